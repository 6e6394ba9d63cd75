import type {
  DeleteSigningConfigurationResponse,
  GetSigningConfigurationResponse,
  PutSigningConfigurationRequest,
  PutSigningConfigurationResponse,
} from '@aws-sdk/client-ecr';
import { Refusal } from '../refusal.ts';
import type { SigningRule } from '../registry/settings.ts';
import type { Call, Operations } from './operation.ts';

/** Images are not signed. Only the configuration is emulated. */
async function put({
  registry,
  input,
}: Call<PutSigningConfigurationRequest>): Promise<PutSigningConfigurationResponse> {
  const signing = (input.signingConfiguration.rules ?? []).map(
    ({ signingProfileArn = '', repositoryFilters }): SigningRule => ({
      signingProfileArn,
      ...(repositoryFilters !== undefined && {
        repositoryFilters: repositoryFilters.map(({ filter = '' }) => ({
          filter,
          filterType: 'WILDCARD_MATCH' as const,
        })),
      }),
    }),
  );
  await registry.configure((settings) => ({ ...settings, signing }));
  return { signingConfiguration: { rules: signing.map((rule) => ({ ...rule })) } };
}

function get({ registry }: Call<object>): GetSigningConfigurationResponse {
  const { signing } = registry.settings;
  if (signing === undefined)
    throw new Refusal(
      'SigningConfigurationNotFoundException',
      `The registry with id '${registry.account}' has no signing configuration`,
    );
  return {
    registryId: registry.account,
    signingConfiguration: { rules: signing.map((rule) => ({ ...rule })) },
  };
}

async function remove(call: Call<object>): Promise<DeleteSigningConfigurationResponse> {
  const removed = get(call);
  await call.registry.configure((settings) => ({ ...settings, signing: undefined }));
  return removed;
}

export const signing: Operations = {
  PutSigningConfiguration: put,
  GetSigningConfiguration: get,
  DeleteSigningConfiguration: remove,
};
