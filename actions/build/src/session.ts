import type { BuilderChoice, BuilderSetup } from '@towpath/buildx';
import { buildxFolder, readDockerConfig, type DockerConfig, type RegistryCredentials } from '@towpath/docker';
import type { Runtime } from '@towpath/flow';
import { addressesWithPassword, imageProxy, proxyBuildArgs, proxyMasks, type Proxy } from '@towpath/proxy';
import { parseEcrHost } from '@towpath/reference';
import { Session } from '@towpath/session';
import type { BuildInputs } from './inputs.ts';
import type { PlannedBuild } from './build-plan.ts';
import type { PlannedLogin } from '@towpath/reuse';
import { connectionProxy, readRunProxy, type RunProxy } from './proxy/run-proxy.ts';
import { buildersKey } from './run/tidy-up.ts';

/**
 * The connections and secrets of a build. A plan contains neither: it refers to secrets by name, and the session
 * resolves them.
 */
export class BuildSession extends Session {
  /** Docker's configuration, including logins. */
  readonly docker: DockerConfig;
  /** The proxy. Its address may contain a password. */
  readonly proxy: RunProxy;
  /** The builder that the inputs select. Its driver options may contain a password. */
  readonly builder: BuilderChoice;
  /** The variables that build secrets with `env` read. */
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

  /** Reads Docker's configuration, and masks the proxy password before any output can show it. */
  static async open(inputs: BuildInputs, runtime: Runtime): Promise<BuildSession> {
    const docker = await readDockerConfig(runtime.env);
    return new BuildSession(inputs, runtime, docker, readRunProxy(inputs, docker, runtime));
  }

  /** Returns the variables for secrets and build args that buildx receives by name. */
  get values(): Readonly<Record<string, string>> {
    return { ...Object.fromEntries(this.#inputs.secrets), ...proxyBuildArgs(this.proxy.shared).values };
  }

  /** Returns the secret parts of the proxy addresses. */
  get passwords(): readonly string[] {
    return proxyMasks(this.proxy.shared);
  }

  /** Returns the proxy addresses that contain a password. */
  get addresses(): readonly string[] {
    return addressesWithPassword(this.proxy.shared);
  }

  /** Returns the proxy variables for the environment of an image's steps. */
  proxyOf({ isProxied, request }: Pick<PlannedBuild, 'isProxied' | 'request'>): Proxy {
    const { shared, docker } = this.proxy;
    return imageProxy(isProxied ? shared : undefined, docker, new Map(request.args)).proxy;
  }

  /** Returns the settings for creating a builder for the job. */
  builderSetup({ env, temp, keep, signal }: Pick<Runtime, 'env' | 'temp' | 'keep' | 'signal'>): BuilderSetup {
    const created: string[] = [];
    return {
      env: connectionProxy(this.proxy),
      folder: buildxFolder(this.docker, env),
      runner: env.RUNNER_NAME ?? '',
      temp,
      signal,
      announce: (name) => {
        created.push(name);
        keep(buildersKey, created.join(' '));
      },
    };
  }

  /** Logs in to the registries of a plan. */
  async logIn(logins: readonly PlannedLogin[]): Promise<RegistryCredentials> {
    const found = new Map<string, { readonly username: string; readonly password: string }>();
    for (const { host, address } of logins) {
      const credentials = parseEcrHost(host) && (await this.login().credentials(host));
      if (credentials !== undefined) found.set(address, credentials);
    }
    return found;
  }
}
