import { resolveRegistry, type RegistrySource } from '@towpath/config';
import { Aws, parameterValue, RegistryLogin, type EcrRegistry } from '@towpath/ecr';
import type { Runtime } from '@towpath/flow';
import { parseEndpoints, RemoteRepository, Transport, type Endpoints } from '@towpath/oci';
import { proxyMasks, proxyOf } from '@towpath/proxy';
import type { Registry, RegistryHost } from '@towpath/reference';

type RegistriesPort = Pick<Runtime, 'env' | 'clock' | 'log'>;

/** The registries of a run: found, logged in to, and spoken with as the caller, by its proxy. */
export class Registries {
  readonly aws: Aws;
  readonly login: RegistryLogin;
  readonly endpoints: Endpoints;
  readonly #port: RegistriesPort;
  readonly #region: string | undefined;
  readonly #transport: Transport;
  /** For public registries where something is published: to pull from them is nobody's right in particular. */
  readonly #gallery: Transport;

  /** @param region of SSM parameters and of the caller's own registry; AWS_REGION when absent */
  constructor(port: RegistriesPort, region: string | undefined) {
    this.#port = port;
    this.#region = region;
    for (const secret of proxyMasks(proxyOf(port.env))) port.log.mask(secret);
    this.aws = new Aws(port.env);
    this.login = new RegistryLogin(this.aws, port);
    this.endpoints = parseEndpoints(port.env.TOWPATH_REGISTRY_ENDPOINTS);
    const { login, endpoints } = this;
    this.#transport = new Transport({ authorize: login.authorize, endpoints, env: port.env });
    this.#gallery = new Transport({
      authorize: login.authorizePublic,
      tokensOnly: true,
      endpoints,
      env: port.env,
    });
  }

  /** @throws CodedError `registry-unknown`, `parameter-missing`, … */
  resolve(source: RegistrySource, environment: string): Promise<Registry> {
    const { aws } = this;
    return resolveRegistry(source, environment, {
      parameter: (name) => parameterValue(aws, aws.region(this.#region), name),
      callerHost: () => aws.callerHost(aws.region(this.#region)),
    });
  }

  /** A registry, and what it takes to ask it. */
  registry(registry: RegistryHost): EcrRegistry {
    if (registry.kind === 'private') return this.aws.registry(registry);
    const { kind, host, alias } = registry;
    const remote = (repository: string) => this.remote(registry, repository);
    return { kind, host, alias, client: this.aws.ecrPublic(), remote };
  }

  /** A repository over the registry API, for bytes. */
  remote({ host, alias }: { host: string; alias?: string }, repository: string): RemoteRepository {
    return alias === undefined
      ? new RemoteRepository(this.#transport, this.#port, host, repository)
      : new RemoteRepository(this.#gallery, this.#port, host, `${alias}/${repository}`, { mounts: false });
  }
}
