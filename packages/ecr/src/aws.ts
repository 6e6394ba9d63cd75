import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import type { Inspector2Client } from '@aws-sdk/client-inspector2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { pLimit, RateLimit, type LimitFunction, type WaitClock } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import { agentsFor, type RemoteRepository } from '@towpath/oci';
import { parseEcrHost, type EcrHost, type PublicHost } from '@towpath/reference';
import { call } from './call.ts';
import { profileRegion, sharedCredentials } from './profile.ts';
import { assumedRole, type CredentialSource, type EndpointConfig } from './role.ts';

/** An account's private registry in one region, with its API client. */
export interface PrivateEcr extends EcrHost {
  readonly client: ECRClient;
}

/** An account's public registry. Its AWS API does not return manifests, so they are read over the registry API. */
export interface PublicEcr extends PublicHost {
  readonly client: () => Promise<ECRPUBLICClient>;
  /** @param repository the name without the alias */
  readonly remote: (repository: string) => RemoteRepository;
}

/** A registry of Amazon ECR. */
export type EcrRegistry = PrivateEcr | PublicEcr;

/** The only region with the complete API of public registries (ECR Public user guide, "Registry authentication"). */
const publicRegion = 'us-east-1';

/** Calls at a time in one region. AWS counts them by account and region. */
const concurrentCalls = 24;

/** PutImage a second in one account and region (ECR service quotas). Manifests over the registry API count, too. */
const putsPerSecond = 10;

/** Calls of PutImage at a time. */
const concurrentPuts = 8;

/** The limits of parallel calls, one for each region. All clients of an account share them. */
export class CallLimits {
  readonly #limits = new Map<string, LimitFunction>();
  readonly #puts = new Map<string, { readonly limit: LimitFunction; readonly rate: RateLimit }>();
  readonly #clock: WaitClock | undefined;
  /** The number of requests that were sent, retries included. */
  sent = 0;

  /** @param clock for the waits before PutImage. Default: real time */
  constructor(clock?: WaitClock) {
    this.#clock = clock;
  }

  of(region: string): LimitFunction {
    return getOrCreate(this.#limits, region, () => pLimit(concurrentCalls));
  }

  /** Calls PutImage when its turn has come. */
  put<T>(region: string, send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { limit, rate } = this.#putsOf(region);
    return limit(async () => {
      await rate.turn(signal);
      return send();
    });
  }

  /** Waits until a manifest may be sent over the registry API. */
  manifest(region: string, signal?: AbortSignal): Promise<void> {
    return this.#putsOf(region).rate.turn(signal);
  }

  #putsOf(region: string): { readonly limit: LimitFunction; readonly rate: RateLimit } {
    return getOrCreate(this.#puts, region, () => ({
      limit: pLimit(concurrentPuts),
      rate: new RateLimit(putsPerSecond, this.#clock),
    }));
  }
}

/** The common interface of all API clients. */
interface Client {
  readonly middlewareStack: {
    addRelativeTo(
      middleware: <I, O>(
        next: (args: I) => Promise<O>,
        context: { readonly commandName?: string },
      ) => (args: I) => Promise<O>,
      options: { readonly relation: 'after'; readonly toMiddleware: string; readonly name: string },
    ): void;
  };
  readonly config: { readonly requestHandler: RequestHandler };
}

interface RequestHandler {
  handle(request: never, options?: { abortSignal?: unknown }): Promise<unknown>;
}

/** The environment and the credentials of the API clients. */
export interface AwsOptions {
  /** Credentials, endpoints, region and proxy, as in the AWS CLI. Default credentials: the default chain of the SDK. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A role to assume. Default: the credentials of the job are used directly. */
  readonly role?: string;
  /** Requests an OIDC token of the job for an audience. Undefined if the job cannot get one. */
  readonly idToken?: (audience: string) => Promise<string>;
  /** The limits of parallel calls, which all roles of a step share. */
  readonly limits?: CallLimits;
  /** Cancels all calls. */
  readonly signal?: AbortSignal;
}

/** The clients of the AWS APIs for one role, one for each API and region. All calls to a region share a limit. */
export class Aws {
  readonly #env: AwsOptions['env'];
  readonly #credentials: CredentialSource;
  readonly #limits: CallLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #ecr = new Map<string, ECRClient>();
  readonly #ssm = new Map<string, SSMClient>();
  readonly #inspector = new Map<string, Inspector2Client>();
  #public: ECRPUBLICClient | undefined;

  constructor({ env, role, idToken, limits = new CallLimits(), signal }: AwsOptions) {
    this.#env = env;
    this.#limits = limits;
    this.#signal = signal;
    const own = credentialsIn(env) ?? sharedCredentials(env);
    this.#credentials =
      role === undefined
        ? own
        : assumedRole({
            arn: role,
            own,
            hasOwn: hasCredentials(env),
            idToken,
            endpoint: endpointOf(env, 'STS'),
          });
  }

  registry(host: EcrHost): PrivateEcr {
    return { ...host, client: this.ecr(host.region) };
  }

  ecr(region: string): ECRClient {
    return getOrCreate(this.#ecr, region, () =>
      this.#limited(region, new ECRClient(this.#config(region, 'ECR'))),
    );
  }

  /**
   * Returns the client of the caller's public registry. Public registries have no region. Only few runs need it, so it
   * is loaded here, as those of SSM and Inspector.
   */
  async ecrPublic(): Promise<ECRPUBLICClient> {
    const { ECRPUBLICClient: Client } = await import('@aws-sdk/client-ecr-public');
    this.#public ??= this.#limited(publicRegion, new Client(this.#config(publicRegion, 'ECR_PUBLIC')));
    return this.#public;
  }

  async inspector(region: string): Promise<Inspector2Client> {
    const { Inspector2Client: Client } = await import('@aws-sdk/client-inspector2');
    return getOrCreate(this.#inspector, region, () =>
      this.#limited(region, new Client(this.#config(region, 'INSPECTOR2'))),
    );
  }

  async ssm(region: string): Promise<SSMClient> {
    const { SSMClient: Client } = await import('@aws-sdk/client-ssm');
    return getOrCreate(this.#ssm, region, () =>
      this.#limited(region, new Client(this.#config(region, 'SSM'))),
    );
  }

  /**
   * Returns a client of another service, with the endpoint, the credentials and the limits of all clients.
   *
   * @param create receives the configuration of the client
   */
  client<C extends Client>(service: Service, region: string, create: (config: object) => C): C {
    return this.#limited(region, create(this.#config(region, service)));
  }

  /**
   * Returns the host of the caller's own registry. The authorization token contains it, so no further permission is
   * needed.
   *
   * @throws CodedError
   */
  async callerHost(region: string): Promise<string> {
    const { authorizationData } = await call({ operation: 'ecr:GetAuthorizationToken' }, () =>
      this.ecr(region).send(new GetAuthorizationTokenCommand({})),
    );
    const endpoint = authorizationData?.[0]?.proxyEndpoint ?? '';
    const host = endpoint.replace(/^https:\/\//, '');
    if (parseEcrHost(host) !== undefined) return host;
    throw new CodedError(
      'registry-unknown',
      `AWS returned ${JSON.stringify(endpoint)} instead of the registry of this account.`,
    );
  }

  /**
   * Returns the region of the input, or else of the environment, or else of the AWS profile, as the AWS CLI does.
   *
   * @throws CodedError `input-invalid` if none of them has a region
   */
  async region(input: string | undefined): Promise<string> {
    const { AWS_REGION, AWS_DEFAULT_REGION } = this.#env;
    const given = [input, AWS_REGION, AWS_DEFAULT_REGION].find(Boolean);
    const region = given ?? (await profileRegion(this.#env));
    if (region !== undefined) return region;
    throw new CodedError('input-invalid', 'The AWS region is not set.', {
      hint: 'Set the input region (aws-region of the reusable workflows) or AWS_REGION, or set region in the AWS profile, or write the registry with its region.',
    });
  }

  /** Limits the attempts, not the calls, so that a call that waits for its next attempt does not block others. */
  #limited<C extends Client>(region: string, client: C): C {
    const { requestHandler } = client.config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = (request, options) =>
      handle(request, { ...options, abortSignal: anySignal(this.#signal, options?.abortSignal) });
    client.middlewareStack.addRelativeTo(
      (next, { commandName }) => {
        const limit = this.#limits.of(region);
        const isPut = commandName === 'PutImageCommand';
        return (args) => {
          const send = () => {
            this.#signal?.throwIfAborted();
            this.#limits.sent += 1;
            return next(args);
          };
          return isPut ? this.#limits.put(region, send, this.#signal) : limit(send);
        };
      },
      { relation: 'after', toMiddleware: 'retryMiddleware', name: 'limit' },
    );
    return client;
  }

  #config(region: string, service: Service): object {
    const { http, https } = agentsFor(this.#env);
    return {
      region,
      ...endpointOf(this.#env, service),
      credentials: this.#credentials,
      maxAttempts: 5,
      // If AWS throttles one call, all calls of the client slow down.
      retryMode: 'adaptive',
      requestHandler: {
        httpAgent: http,
        httpsAgent: https,
        connectionTimeout: 10_000,
        requestTimeout: 60_000,
      },
    };
  }
}

/** The names of the services in variables such as `AWS_ENDPOINT_URL_ECR` (AWS SDKs reference, "Service-specific endpoints"). */
type Service = 'ECR' | 'ECR_PUBLIC' | 'ECS' | 'INSPECTOR2' | 'KMS' | 'LAMBDA' | 'SSM' | 'STS';

/**
 * Returns the settings for the endpoint of a service, without those that the environment does not have: the SDK has
 * defaults for them, and reads the AWS profile.
 */
function endpointOf(env: AwsOptions['env'], service: Service): EndpointConfig {
  const { AWS_USE_FIPS_ENDPOINT: fips, AWS_USE_DUALSTACK_ENDPOINT: dualStack } = env;
  const isIgnored = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true';
  const endpoint = isIgnored ? undefined : (env[`AWS_ENDPOINT_URL_${service}`] ?? env.AWS_ENDPOINT_URL);
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(fips && { useFipsEndpoint: fips === 'true' }),
    ...(dualStack && { useDualstackEndpoint: dualStack === 'true' }),
  };
}

function credentialsIn(env: AwsOptions['env']): CredentialSource | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  const { AWS_SESSION_TOKEN: sessionToken } = env;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** Variables from which the default chain of the SDK reads credentials. */
const credentialVariables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
];

function hasCredentials(env: AwsOptions['env']): boolean {
  return credentialVariables.some((name) => Boolean(env[name]));
}

function anySignal(one: AbortSignal | undefined, other: unknown): AbortSignal | undefined {
  if (one === undefined) return other as AbortSignal | undefined;
  return other instanceof AbortSignal ? AbortSignal.any([one, other]) : one;
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}
