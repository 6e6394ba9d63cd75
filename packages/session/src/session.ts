import { proxyMasks, proxyOf } from '@towpath/proxy';
import { resolveRegistry, type RegistrySource } from '@towpath/config';
import { waitForAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import {
  accountSetting,
  Aws,
  CallLimits,
  imageSource,
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
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceRef } from './source.ts';

/** The parts of the Runtime that a session uses. */
export type SessionPort = Pick<Runtime, 'env' | 'temp' | 'clock' | 'log' | 'idToken' | 'signal'>;

export interface SessionOptions {
  /** The region of SSM parameters and of the caller's own registry. Default: AWS_REGION. */
  readonly region?: string;
  /** Credentials, endpoints and proxy, if they differ from those of the Runtime. */
  readonly env?: Environment;
}

/**
 * The connections and temporary resources of a step. It provides AWS clients by role and region, registry connections
 * and temporary folders, and removes what it created. Plans contain only data, and refer to these resources by name.
 */
export class Session {
  readonly endpoints: Endpoints;
  readonly #port: SessionPort;
  readonly #env: Environment;
  readonly #region: string | undefined;
  /** Keyed by the ARN of the role; empty for the credentials of the job. */
  readonly #access = new Map<string, Access>();
  readonly #limits: CallLimits;
  readonly #cleanUps: (() => Promise<void>)[] = [];

  /** @throws CodedError `input-invalid` if TOWPATH_REGISTRY_ENDPOINTS or the address of a proxy is invalid */
  constructor(port: SessionPort, { region, env = port.env }: SessionOptions = {}) {
    this.#port = port;
    this.#limits = new CallLimits(port.clock);
    this.#env = env;
    this.#region = region;
    for (const secret of proxyMasks(proxyOf(env))) port.log.mask(secret);
    this.endpoints = parseEndpoints(env.TOWPATH_REGISTRY_ENDPOINTS);
  }

  /**
   * Resolves the registry of a configuration: set directly, by an SSM parameter, or the caller's own. Uses the
   * credentials of the job.
   *
   * @throws CodedError `registry-unknown`, `parameter-missing`, …
   */
  resolve(source: RegistrySource, environment: string): Promise<Registry> {
    const { aws } = this.#accessOf(undefined);
    return resolveRegistry(source, environment, {
      parameter: async (name) => parameterValue(aws, await aws.region(this.#region), name),
      callerHost: async () => aws.callerHost(await aws.region(this.#region)),
    });
  }

  /** Returns the AWS APIs with the credentials for a registry. */
  aws({ role }: Pick<RegistryRef, 'role'> = {}): Aws {
    return this.#accessOf(role).aws;
  }

  /** The number of requests to the AWS APIs so far. */
  get calls(): number {
    return this.#limits.sent;
  }

  /** Returns the login to registries with the credentials for a registry. */
  login({ role }: Pick<RegistryRef, 'role'> = {}): RegistryLogin {
    return this.#accessOf(role).login;
  }

  /**
   * Starts the login to a registry before it is needed, while other requests are under way. A failure is reported by the
   * request that needs the login.
   */
  logInAhead(registry: RegistryRef): void {
    if (registry.kind === 'private')
      this.login(registry)
        .authorize(registry.host)
        .catch(() => undefined);
  }

  /** Returns the API of a registry. */
  ecr(registry: EcrHost & { readonly role?: string }): PrivateEcr;
  ecr(registry: RegistryRef): EcrRegistry;
  ecr(registry: RegistryRef): EcrRegistry {
    const aws = this.aws(registry);
    if (registry.kind === 'private') return aws.registry(registry);
    const remote = (repository: string) => this.remote(registry, repository);
    return { ...registry, client: () => aws.ecrPublic(), remote };
  }

  /** Returns a client for the blobs and manifests of a repository over the registry API. */
  remote(registry: RegistryRef, repository: string): RemoteRepository {
    const { host, role } = registry;
    const { transport, publicTransport } = this.#accessOf(role);
    return registry.kind === 'private'
      ? new RemoteRepository(transport, this.#port, host, repository, {
          mounts: () => this.#mounts(registry),
          turn: (signal) => this.#limits.manifest(registry.region, signal),
        })
      : new RemoteRepository(publicTransport, this.#port, host, `${registry.alias}/${repository}`, {
          mounts: false,
        });
  }

  /**
   * Returns a client that reads a repository of any registry. Only hosts of private ECR get credentials, so others must
   * be public.
   *
   * @param host as references name it, e.g. `docker.io`
   */
  anyRemote(host: string, repository: string): RemoteRepository {
    const { transport } = this.#accessOf(undefined);
    const address = host === 'docker.io' ? 'registry-1.docker.io' : host;
    return new RemoteRepository(transport, this.#port, address, repository, { mounts: false });
  }

  /**
   * Returns whether a registry mounts layers. Undefined if it belongs to another account, whose settings cannot be read,
   * or if the role may not read them.
   */
  #mounts(registry: EcrHost & { readonly role?: string }): Promise<boolean | undefined> {
    const { aws, login, mounts } = this.#accessOf(registry.role);
    const known = mounts.get(registry.host) ?? readMounting(aws.registry(registry), login);
    mounts.set(registry.host, known);
    return known;
  }

  /** Returns the content of a repository. Its manifests are read over the AWS API, several with one request. */
  reader(registry: RegistryRef, repository: string): ContentSource {
    return imageSource(this.ecr(registry), repository, this.remote(registry, repository));
  }

  /** Opens the source of an image that a plan refers to. */
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
   * Creates a folder that no other step or job uses. The session removes it when it is closed.
   *
   * @returns its absolute path
   */
  async temporaryFolder(name: string): Promise<string> {
    await mkdir(this.#port.temp, { recursive: true });
    const folder = await mkdtemp(join(this.#port.temp, `${name}-`));
    this.onClose(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Registers a cleanup that runs when the step ends, even if it fails. */
  onClose(cleanUp: () => Promise<void>): void {
    this.#cleanUps.push(cleanUp);
  }

  /**
   * Removes the resources of the session in reverse order. Every cleanup runs, even if another one fails.
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
      mounts: new Map(),
      transport: new Transport({ ...common, authorize: login.authorize }),
      publicTransport: new Transport({ ...common, authorize: login.authorizePublic, tokensOnly: true }),
    };
  }
}

/** The credentials of one role for the AWS APIs and for registries. */
interface Access {
  readonly aws: Aws;
  readonly login: RegistryLogin;
  /** Whether registries mount layers, by host. */
  readonly mounts: Map<string, Promise<boolean | undefined>>;
  readonly transport: Transport;
  /** For pushing to public registries. Pulling from them needs no credentials. */
  readonly publicTransport: Transport;
}

/** Reads the account setting `BLOB_MOUNTING`. It is the setting of the caller's account, whatever the registry is. */
async function readMounting(ecr: PrivateEcr, login: RegistryLogin): Promise<boolean | undefined> {
  const setting = accountSetting(ecr, 'BLOB_MOUNTING').catch((error: unknown) => {
    if (error instanceof CodedError) return undefined;
    throw error;
  });
  const [value, account] = await waitForAll([setting, login.account(ecr.host)]);
  return value === undefined || account !== ecr.account ? undefined : value === 'ENABLED';
}
