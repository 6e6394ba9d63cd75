import type { GetAuthorizationTokenRequest, GetAuthorizationTokenResponse } from '@aws-sdk/client-ecr';
import { formatEcrHost } from '@towpath/reference';
import { issueToken } from '../access/authorization-token.ts';
import type { Call, Operations } from './operation.ts';

/** The addresses are those of the real registries: who dials them elsewhere has a map for it. */
function getAuthorizationToken({
  ecr,
  caller,
  registry,
  input,
}: Call<GetAuthorizationTokenRequest>): GetAuthorizationTokenResponse {
  const { token, expiresAt } = issueToken(ecr.secret, caller, registry.region, ecr.clock.now());
  return {
    // The field is deprecated and still served: the token it brings is the same.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    authorizationData: (input.registryIds ?? [registry.account]).map((account) => ({
      authorizationToken: token,
      expiresAt,
      proxyEndpoint: `https://${formatEcrHost(account, registry.region)}`,
    })),
  };
}

export const authorizationTokens: Operations = { GetAuthorizationToken: getAuthorizationToken };
