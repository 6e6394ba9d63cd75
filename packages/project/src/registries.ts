import { proxyOf } from '@towpath/build-args';
import { resolveRegistry, type RegistrySource } from '@towpath/config';
import { Aws, parameterValue, RegistryLogin, type EcrRegistry } from '@towpath/ecr';
import type { Runtime } from '@towpath/flow';
import { parseEndpoints, RemoteRepository, Transport, type Endpoints } from '@towpath/oci';
import type { Registry } from '@towpath/reference';

type RegistriesPort = Pick<Runtime, 'env' | 'clock' | 'log'>;

/** The registries of a run: found, logged in to, and spoken with as the caller, by its proxy. */
export class Registries {
  readonly aws: Aws;
  readonly login: RegistryLogin;
  readonly endpoints: Endpoints;
  readonly #port: RegistriesPort;
  readonly #region: string | undefined;
  readonly #transport: Transport;

  /** @param region of SSM parameters and of the caller's own registry; AWS_REGION when absent */
  constructor(port: RegistriesPort, region: string | undefined) {
    this.#port = port;
    this.#region = region;
    for (const secret of proxyOf(port.env).secrets) port.log.mask(secret);
    this.aws = new Aws(port.env);
    this.login = new RegistryLogin(this.aws, port);
    this.endpoints = parseEndpoints(port.env.TOWPATH_REGISTRY_ENDPOINTS);
    this.#transport = new Transport({
      authorize: this.login.authorize,
      endpoints: this.endpoints,
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

  /** A repository over the registry API, for bytes. */
  remote({ host }: Pick<EcrRegistry, 'host'>, repository: string): RemoteRepository {
    return new RemoteRepository(this.#transport, this.#port, host, repository);
  }
}
