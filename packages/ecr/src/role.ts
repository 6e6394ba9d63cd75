import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import { fromTemporaryCredentials, fromWebToken } from '@aws-sdk/credential-providers';
import { CodedError } from '@towpath/errors';
import { failure } from './call.ts';

/** Credentials, or a function that gets them, as clients of the AWS SDK take them. */
export type CredentialSource = NonNullable<ECRClientConfig['credentials']>;

/** A role to assume. */
export interface RoleRequest {
  /** E.g. `arn:aws:iam::444455556666:role/deploy`. */
  readonly arn: string;
  /** The credentials of the job. Undefined: the default chain of the SDK finds them. */
  readonly own: CredentialSource | undefined;
  /** Whether the job is known to have credentials of its own, so that these are tried first. */
  readonly hasOwn: boolean;
  /** Gets an OIDC token of the job for an audience. Undefined: the job has none. */
  readonly idToken: ((audience: string) => Promise<string>) | undefined;
  /** The address of STS. Undefined: the SDK finds it. */
  readonly endpoint: string | undefined;
}

type Temporary = Awaited<ReturnType<ReturnType<typeof fromTemporaryCredentials>>>;
type Assume = (caller?: object) => Promise<Temporary>;

/** The audience that IAM expects of a token by default (IAM user guide, "Create an OpenID Connect identity provider"). */
const audience = 'sts.amazonaws.com';

/** What CloudTrail shows as the name of the session. */
const sessionName = 'towpath';

/**
 * Returns a provider of a role's credentials. It assumes the role with the credentials of the job, or with the OIDC token
 * of the job, whichever the trust policy of the role allows.
 *
 * @throws CodedError (the provider) `access-denied` that says why each way failed
 */
export function assumedRole({ arn, own, hasOwn, idToken, endpoint }: RoleRequest): Assume {
  const clientConfig = endpoint === undefined ? {} : { endpoint };
  const withCredentials = fromTemporaryCredentials({
    params: { RoleArn: arn, RoleSessionName: sessionName },
    masterCredentials: own,
    clientConfig,
  });
  const withToken = async (caller?: object): Promise<Temporary> => {
    const webIdentityToken = (await idToken?.(audience)) ?? '';
    const request = { roleArn: arn, roleSessionName: sessionName, webIdentityToken, clientConfig };
    return fromWebToken(request)(caller);
  };
  const first = { name: 'sts:AssumeRole with the credentials of the job', assume: withCredentials };
  const token = { name: 'sts:AssumeRoleWithWebIdentity with the OIDC token of the job', assume: withToken };
  const ways = idToken === undefined ? [first] : hasOwn ? [first, token] : [token, first];
  return async (caller) => {
    const reasons: string[] = [];
    for (const { name, assume } of ways) {
      try {
        return await assume(caller);
      } catch (error) {
        const told = failure({ operation: name, subject: arn }, error);
        if (!isRefusal(told)) throw told;
        reasons.push(told.message);
      }
    }
    throw new CodedError('access-denied', `The role ${arn} cannot be assumed. ${reasons.join(' ')}`, {
      hint: `Check that the role exists, and that its trust policy allows this job: sts:AssumeRole for the role of the job, or sts:AssumeRoleWithWebIdentity for its OIDC token (permissions: id-token: write).`,
    });
  };
}

/** Whether another way may succeed: the credentials are missing, or the trust policy refuses them. */
function isRefusal(error: unknown): error is CodedError {
  return (
    error instanceof CodedError && (error.code === 'access-denied' || error.code === 'credentials-missing')
  );
}
