import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { SSMClient } from '@aws-sdk/client-ssm';
import { CodedError } from '@towpath/errors';
import { agentsFor, type RemoteRepository } from '@towpath/oci';
import { parseEcrHost, type EcrHost, type PublicHost } from '@towpath/reference';
import { call } from './call.ts';

/** One account's private registry in one region, and the client that asks it. */
export interface PrivateEcr extends EcrHost {
  readonly client: ECRClient;
}

/** One account's public registry. Its API reads no manifests: these come over the registry API. */
export interface PublicEcr extends PublicHost {
  readonly client: ECRPUBLICClient;
  /** @param repository without the alias */
  readonly remote: (repository: string) => RemoteRepository;
}

/** A registry of Amazon ECR. What only private ones have is asked of a {@link PrivateEcr}. */
export type EcrRegistry = PrivateEcr | PublicEcr;

/** The only region with all of the API of public registries (ECR Public user guide, "Registry authentication"). */
const publicRegion = 'us-east-1';

/** The AWS APIs as the caller's credentials see them: one client for each API and region. */
export class Aws {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #ecr = new Map<string, ECRClient>();
  readonly #ssm = new Map<string, SSMClient>();
  #public: ECRPUBLICClient | undefined;

  /** @param env for the proxy and the region; credentials come by the SDK's default chain */
  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  registry(host: EcrHost): PrivateEcr {
    return { ...host, client: this.ecr(host.region) };
  }

  ecr(region: string): ECRClient {
    return remember(this.#ecr, region, () => new ECRClient(this.#config(region)));
  }

  /** Of the caller's public registry; of no region, as far as anybody outside sees. */
  ecrPublic(): ECRPUBLICClient {
    this.#public ??= new ECRPUBLICClient(this.#config(publicRegion));
    return this.#public;
  }

  ssm(region: string): SSMClient {
    return remember(this.#ssm, region, () => new SSMClient(this.#config(region)));
  }

  /**
   * The host of the caller's own registry. The token's endpoint names it, so that no further permission is needed.
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
      `AWS names no registry of this account, but ${JSON.stringify(endpoint)}.`,
    );
  }

  /** @throws CodedError `input-invalid` when neither is given */
  region(input: string | undefined): string {
    const region = input ?? this.#env.AWS_REGION ?? this.#env.AWS_DEFAULT_REGION;
    if (region !== undefined && region !== '') return region;
    throw new CodedError('input-invalid', 'No AWS region is known.', {
      hint: 'Give the input region, set AWS_REGION, or name the registry with its region.',
    });
  }

  #config(region: string): object {
    const { http, https } = agentsFor(this.#env);
    return {
      region,
      maxAttempts: 5,
      requestHandler: {
        httpAgent: http,
        httpsAgent: https,
        connectionTimeout: 10_000,
        requestTimeout: 60_000,
      },
    };
  }
}

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
