import { proxyMasks, proxyOf } from '@towpath/proxy';
import { resolveRegistry, type RegistrySource } from '@towpath/config';
import {
  Aws,
  CallLimits,
  parameterValue,
  RegistryLogin,
  type EcrRegistry,
  type PrivateEcr,
} from '@towpath/ecr';
import type { Environment, Runtime } from '@towpath/flow';
import {
  jointSource,
  Layout,
  mediaTypes,
  parseEndpoints,
  parseManifest,
  RemoteRepository,
  Transport,
  type ContentSource,
  type Endpoints,
} from '@towpath/oci';
import type { EcrHost, Registry, RegistryRef } from '@towpath/reference';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceRef } from './source.ts';

/** What a session needs of the Runtime. */
export type SessionPort = Pick<Runtime, 'env' | 'temp' | 'clock' | 'log' | 'idToken' | 'signal'>;

export interface SessionOptions {
  /** The region of SSM parameters and of the caller's own registry. Default: AWS_REGION. */
  readonly region?: string;
  /** Credentials, endpoints and proxy, if they are not those of the Runtime. */
  readonly env?: Environment;
}

/**
 * Everything live that a step holds: clients of the AWS APIs by role and region, connections to registries, temporary
 * folders, and what else has to be removed in the end. Plans hold values alone, and get what is live from here.
 */
export class Session {
  readonly endpoints: Endpoints;
  readonly #port: SessionPort;
  readonly #env: Environment;
  readonly #region: string | undefined;
  /** By the ARN of the role; empty for the credentials of the job. */
  readonly #access = new Map<string, Access>();
  readonly #limits = new CallLimits();
  readonly #cleanUps: (() => Promise<void>)[] = [];

  /** @throws CodedError `input-invalid` if TOWPATH_REGISTRY_ENDPOINTS or the address of a proxy is invalid */
  constructor(port: SessionPort, { region, env = port.env }: SessionOptions = {}) {
    this.#port = port;
    this.#env = env;
    this.#region = region;
    for (const secret of proxyMasks(proxyOf(env))) port.log.mask(secret);
    this.endpoints = parseEndpoints(env.TOWPATH_REGISTRY_ENDPOINTS);
  }

  /**
   * Returns the registry that a configuration names directly, by an SSM parameter or as the caller's own. The
   * credentials of the job are used.
   *
   * @throws CodedError `registry-unknown`, `parameter-missing`, …
   */
  resolve(source: RegistrySource, environment: string): Promise<Registry> {
    const { aws } = this.#accessOf(undefined);
    return resolveRegistry(source, environment, {
      parameter: (name) => parameterValue(aws, aws.region(this.#region), name),
      callerHost: () => aws.callerHost(aws.region(this.#region)),
    });
  }

  /** The AWS APIs with the credentials that a registry is used with. */
  aws({ role }: Pick<RegistryRef, 'role'> = {}): Aws {
    return this.#accessOf(role).aws;
  }

  /** The login to registries with the credentials that a registry is used with. */
  login({ role }: Pick<RegistryRef, 'role'> = {}): RegistryLogin {
    return this.#accessOf(role).login;
  }

  /** The API of a registry. */
  ecr(registry: EcrHost & { readonly role?: string }): PrivateEcr;
  ecr(registry: RegistryRef): EcrRegistry;
  ecr(registry: RegistryRef): EcrRegistry {
    const aws = this.aws(registry);
    if (registry.kind === 'private') return aws.registry(registry);
    const remote = (repository: string) => this.remote(registry, repository);
    return { ...registry, client: aws.ecrPublic(), remote };
  }

  /** A repository over the registry API, for its blobs and manifests. */
  remote(registry: RegistryRef, repository: string): RemoteRepository {
    const { host, role } = registry;
    const { transport, publicTransport } = this.#accessOf(role);
    return registry.kind === 'private'
      ? new RemoteRepository(transport, this.#port, host, repository)
      : new RemoteRepository(publicTransport, this.#port, host, `${registry.alias}/${repository}`, {
          mounts: false,
        });
  }

  /** Opens what a plan reads an image from. */
  source(ref: SourceRef): ContentSource {
    if (ref.kind === 'repository') return this.remote(ref.registry, ref.repository);
    const index =
      ref.index === undefined ? undefined : parseManifest(Buffer.from(ref.index), mediaTypes.ociIndex);
    return jointSource(
      ref.folders.map((folder) => new Layout(folder)),
      index,
    );
  }

  /**
   * Makes a folder that no other step or job uses. The session removes it in the end.
   *
   * @returns its absolute path
   */
  async temporaryFolder(name: string): Promise<string> {
    const folder = await mkdtemp(join(this.#port.temp, `${name}-`));
    this.onClose(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Registers what has to happen when the step ends, however it ends. */
  onClose(cleanUp: () => Promise<void>): void {
    this.#cleanUps.push(cleanUp);
  }

  /**
   * Removes what the session has made, the last first. Every clean-up runs, even if another one fails.
   *
   * @throws the first failure
   */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const cleanUp of this.#cleanUps.splice(0).reverse())
      await cleanUp().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0] as Error;
  }

  #accessOf(role: string | undefined): Access {
    const known = this.#access.get(role ?? '') ?? this.#openAccess(role);
    this.#access.set(role ?? '', known);
    return known;
  }

  #openAccess(role: string | undefined): Access {
    const { endpoints } = this;
    const { idToken, signal } = this.#port;
    const env = this.#env;
    const aws = new Aws({ env, role, idToken, limits: this.#limits, signal });
    const login = new RegistryLogin(aws, this.#port);
    const common = { endpoints, env, signal };
    return {
      aws,
      login,
      transport: new Transport({ ...common, authorize: login.authorize }),
      publicTransport: new Transport({ ...common, authorize: login.authorizePublic, tokensOnly: true }),
    };
  }
}

/** What one role is known by: to the AWS APIs, and to registries. */
interface Access {
  readonly aws: Aws;
  readonly login: RegistryLogin;
  readonly transport: Transport;
  /** For pushing to public registries. Pulling from them needs no credentials. */
  readonly publicTransport: Transport;
}
