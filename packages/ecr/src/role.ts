import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import { fromTemporaryCredentials, fromWebToken } from '@aws-sdk/credential-providers';
import { CodedError } from '@towpath/errors';
import { failure } from './call.ts';
import { tokenHint } from './exceptions.ts';

/** Credentials for a client of the AWS SDK, or a function that returns them. */
export type CredentialSource = NonNullable<ECRClientConfig['credentials']>;

/** The settings of a client for the endpoint of its service. */
export interface EndpointConfig {
  readonly endpoint?: string;
  readonly useFipsEndpoint?: boolean;
  readonly useDualstackEndpoint?: boolean;
}

/** A role to assume. */
export interface RoleRequest {
  /** E.g. `arn:aws:iam::444455556666:role/deploy`. */
  readonly arn: string;
  /** The credentials of the job. */
  readonly own: CredentialSource;
  /** Whether the job has credentials. If so, they are tried before the OIDC token. */
  readonly hasOwn: boolean;
  /** Requests an OIDC token of the job for an audience. Undefined if the job cannot get one. */
  readonly idToken: ((audience: string) => Promise<string>) | undefined;
  /** The endpoint of STS. Default: the one of the region of the client that needs the role. */
  readonly endpoint: EndpointConfig;
}

type Temporary = Awaited<ReturnType<ReturnType<typeof fromTemporaryCredentials>>>;
type Assume = (caller?: object) => Promise<Temporary>;

/** The audience that IAM expects of a token by default (IAM user guide, "Create an OpenID Connect identity provider"). */
const audience = 'sts.amazonaws.com';

/** The name of the session in CloudTrail. */
const sessionName = 'towpath';

/**
 * Returns a provider that assumes a role, with the credentials or with the OIDC token of the job. The trust policy of the
 * role must allow one of them.
 *
 * @throws CodedError (the provider) `access-denied` with the reason of each failed attempt
 */
export function assumedRole({ arn, own, hasOwn, idToken, endpoint: clientConfig }: RoleRequest): Assume {
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
  const credentials = { name: 'sts:AssumeRole with the credentials of the job', assume: withCredentials };
  const token = { name: 'sts:AssumeRoleWithWebIdentity with the OIDC token of the job', assume: withToken };
  const attempts =
    idToken === undefined ? [credentials] : hasOwn ? [credentials, token] : [token, credentials];
  return async (caller) => {
    const reasons: CodedError[] = [];
    for (const { name, assume } of attempts) {
      try {
        return await assume(caller);
      } catch (error) {
        const reason = failure({ operation: name, subject: arn }, error);
        if (!isDenial(reason)) throw reason;
        reasons.push(reason);
      }
    }
    const all = reasons.map(({ message }) => message).join(' ');
    const isRejected = reasons.some(({ hint }) => hint === tokenHint);
    throw new CodedError('access-denied', `The role ${arn} cannot be assumed. ${all}`, {
      hint: isRejected
        ? tokenHint
        : `Check that the role exists, and that its trust policy allows this job: sts:AssumeRole for the role of the job, or sts:AssumeRoleWithWebIdentity for its OIDC token (permissions: id-token: write).`,
    });
  };
}

/** Returns true if another attempt can succeed: the credentials are missing, or the trust policy denies access. */
function isDenial(error: unknown): error is CodedError {
  return (
    error instanceof CodedError && (error.code === 'access-denied' || error.code === 'credentials-missing')
  );
}
