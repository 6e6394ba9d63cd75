import type { GetAuthorizationTokenRequest, GetAuthorizationTokenResponse } from '@aws-sdk/client-ecr';
import { formatEcrHost } from '@towpath/reference';
import { issueToken } from '../access/authorization-token.ts';
import type { Call, Operations } from './operation.ts';

/** Returns the hosts of the real registries. Clients map them to the emulator's addresses. */
function getAuthorizationToken({
  ecr,
  caller,
  registry,
  input,
}: Call<GetAuthorizationTokenRequest>): GetAuthorizationTokenResponse {
  const { token, expiresAt } = issueToken(ecr.secret, caller, registry.region, ecr.clock.now());
  return {
    // The field is deprecated but still supported. The token is the same for all registries.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    authorizationData: (input.registryIds ?? [registry.account]).map((account) => ({
      authorizationToken: token,
      expiresAt,
      proxyEndpoint: `https://${formatEcrHost(account, registry.region)}`,
    })),
  };
}

export const authorizationTokens: Operations = { GetAuthorizationToken: getAuthorizationToken };
