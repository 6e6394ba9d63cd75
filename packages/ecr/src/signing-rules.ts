import { GetSigningConfigurationCommand, PutSigningConfigurationCommand } from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call, failure } from './call.ts';

/** A signing rule of a registry: ECR signs pushed images with a profile of AWS Signer. */
export interface SigningRule {
  readonly profile: string;
  /** Filters of repository names, in which `*` matches any characters. Empty for all repositories. */
  readonly filters: readonly string[];
}

/** Returns the signing rules of a registry. @throws CodedError `access-denied`, … */
export async function signingRules({ client, host }: PrivateEcr): Promise<readonly SigningRule[]> {
  try {
    const { signingConfiguration } = await client.send(new GetSigningConfigurationCommand({}));
    return (signingConfiguration?.rules ?? []).map(({ signingProfileArn = '', repositoryFilters = [] }) => ({
      profile: signingProfileArn,
      filters: repositoryFilters.map(({ filter = '' }) => filter),
    }));
  } catch (error) {
    if (error instanceof Error && error.name === 'SigningConfigurationNotFoundException') return [];
    throw failure({ operation: 'ecr:GetSigningConfiguration', subject: host }, error);
  }
}

/** Replaces all signing rules of a registry. @throws CodedError `access-denied`, … */
export async function putSigningRules(
  { client, host }: PrivateEcr,
  rules: readonly SigningRule[],
): Promise<void> {
  const written = rules.map(({ profile, filters }) => ({
    signingProfileArn: profile,
    ...(filters.length > 0 && {
      repositoryFilters: filters.map((filter) => ({ filter, filterType: 'WILDCARD_MATCH' as const })),
    }),
  }));
  await call({ operation: 'ecr:PutSigningConfiguration', subject: host }, () =>
    client.send(new PutSigningConfigurationCommand({ signingConfiguration: { rules: written } })),
  );
}
