import type { BuilderChoice, BuilderSetup } from '@towpath/buildx';
import { buildxFolder, readDockerConfig, type DockerConfig, type RegistryCredentials } from '@towpath/docker';
import type { Runtime } from '@towpath/flow';
import { addressesWithPassword, imageProxy, proxyBuildArgs, proxyMasks, type Proxy } from '@towpath/proxy';
import { parseEcrHost } from '@towpath/reference';
import { Session } from '@towpath/session';
import type { BuildInputs } from './inputs.ts';
import type { PlannedBuild, PlannedLogin } from './plan.ts';
import { connectionProxy, readRunProxy, type RunProxy } from './proxy/run-proxy.ts';
import { buildersKey } from './run/tidy-up.ts';

/** What a build holds that is live or secret. A plan holds neither: it names secrets, and the session has them. */
export class BuildSession extends Session {
  /** Docker's configuration, with its logins. */
  readonly docker: DockerConfig;
  /** The proxy, perhaps with a password. */
  readonly proxy: RunProxy;
  /** The builder that the inputs name. Its driver options may hold a password. */
  readonly builder: BuilderChoice;
  /** The variables that build secrets with `env` come from. */
  readonly secretVariables: Readonly<Record<string, string | undefined>>;
  readonly #inputs: BuildInputs;

  constructor(inputs: BuildInputs, runtime: Runtime, docker: DockerConfig, proxy: RunProxy) {
    super(runtime, { region: inputs.region, env: proxy.env });
    this.docker = docker;
    this.proxy = proxy;
    this.builder = inputs.builder;
    this.secretVariables = { ...runtime.env, ...Object.fromEntries(inputs.secrets) };
    this.#inputs = inputs;
  }

  /** Reads Docker's configuration, and masks the password of the proxy before anything can show it. */
  static async open(inputs: BuildInputs, runtime: Runtime): Promise<BuildSession> {
    const docker = await readDockerConfig(runtime.env);
    return new BuildSession(inputs, runtime, docker, readRunProxy(inputs, docker, runtime));
  }

  /** The variables that buildx gets for secrets and build args that are given to it by name. */
  get values(): Readonly<Record<string, string>> {
    return { ...Object.fromEntries(this.#inputs.secrets), ...proxyBuildArgs(this.proxy.shared).values };
  }

  /** The texts of the proxy that must not be shown. */
  get passwords(): readonly string[] {
    return proxyMasks(this.proxy.shared);
  }

  /** The addresses of the proxy that have a password. */
  get addresses(): readonly string[] {
    return addressesWithPassword(this.proxy.shared);
  }

  /** What the steps of an image find in their environment. */
  proxyOf({ isProxied, request }: Pick<PlannedBuild, 'isProxied' | 'request'>): Proxy {
    const { shared, docker } = this.proxy;
    return imageProxy(isProxied ? shared : undefined, docker, new Map(request.args)).proxy;
  }

  /** How a builder is created for the job. */
  builderSetup({ env, temp, keep }: Pick<Runtime, 'env' | 'temp' | 'keep'>): BuilderSetup {
    const created: string[] = [];
    return {
      env: connectionProxy(this.proxy),
      folder: buildxFolder(this.docker, env),
      runner: env.RUNNER_NAME ?? '',
      temp,
      announce: (name) => {
        created.push(name);
        keep(buildersKey, created.join(' '));
      },
    };
  }

  /** Logs in to the registries that a plan names. */
  async logIn(logins: readonly PlannedLogin[]): Promise<RegistryCredentials> {
    const found = new Map<string, { readonly username: string; readonly password: string }>();
    for (const { host, address } of logins) {
      const credentials = parseEcrHost(host) && (await this.login().credentials(host));
      if (credentials !== undefined) found.set(address, credentials);
    }
    return found;
  }
}
