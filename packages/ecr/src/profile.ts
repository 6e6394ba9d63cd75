import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { loadSharedConfigFiles } from '@smithy/core/config';
import { CodedError, nearest } from '@towpath/errors';
import { agentsFor } from '@towpath/oci';
import type { CredentialSource } from './role.ts';

type Chain = Extract<CredentialSource, (...args: never[]) => unknown>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the locations of the AWS configuration. By default, they are in `~/.aws`. */
function files({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }: Environment): object {
  return {
    ...(AWS_CONFIG_FILE && { configFilepath: AWS_CONFIG_FILE }),
    ...(AWS_SHARED_CREDENTIALS_FILE && { filepath: AWS_SHARED_CREDENTIALS_FILE }),
  };
}

/**
 * Returns the credentials of the default chain of the SDK: a profile, IAM Identity Center (SSO), a web identity, a container or
 * an instance. The requests of the chain itself go through the proxy, too.
 */
export function sharedCredentials(env: Environment): Chain {
  const { http, https } = agentsFor(env);
  const chain: Chain = fromNodeProviderChain({
    ...(env.AWS_PROFILE && { profile: env.AWS_PROFILE }),
    ...files(env),
    clientConfig: { requestHandler: { httpAgent: http, httpsAgent: https } },
  });
  return async (caller) => {
    await requireProfile(env);
    return chain(caller);
  };
}

/**
 * Requires the profile in `AWS_PROFILE` to exist. The SDK would go on to the next source of credentials.
 *
 * @throws CodedError `credentials-missing`
 */
async function requireProfile(env: Environment): Promise<void> {
  const { AWS_PROFILE: name } = env;
  if (!name) return;
  const { configFile, credentialsFile } = await loadSharedConfigFiles(files(env));
  const names = [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])];
  if (names.includes(name)) return;
  const other = nearest(name, names);
  throw new CodedError('credentials-missing', `The AWS configuration has no profile ${name}.`, {
    hint: `${other === undefined ? '' : `Did you mean ${other}? `}To list the profiles, run aws configure list-profiles.`,
  });
}

/** Returns the region of the profile in `AWS_PROFILE`, or else of the profile `default`; undefined if it has none. */
export async function profileRegion(env: Environment): Promise<string | undefined> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles(files(env));
  const { AWS_PROFILE = '' } = env;
  const name = AWS_PROFILE === '' ? 'default' : AWS_PROFILE;
  return [configFile[name]?.region, credentialsFile[name]?.region].find(Boolean);
}
