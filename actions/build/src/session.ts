import { readDockerConfig, type DockerConfig } from '@towpath/docker';
import type { Runtime } from '@towpath/flow';
import { Session } from '@towpath/session';
import type { BuildInputs } from './inputs.ts';
import { readRunProxy, type RunProxy } from './proxy/run-proxy.ts';

/** What a build holds that is live or secret: a plan holds neither. */
export class BuildSession extends Session {
  /** Docker's configuration, with its logins. */
  readonly docker: DockerConfig;
  /** The proxy, with its password. */
  readonly proxy: RunProxy;

  constructor(inputs: BuildInputs, runtime: Runtime, docker: DockerConfig, proxy: RunProxy) {
    super(runtime, { region: inputs.region, env: proxy.env });
    this.docker = docker;
    this.proxy = proxy;
  }

  /** Reads Docker's configuration, and masks the password of the proxy before anything can show it. */
  static async open(inputs: BuildInputs, runtime: Runtime): Promise<BuildSession> {
    const docker = await readDockerConfig(runtime.env);
    return new BuildSession(inputs, runtime, docker, readRunProxy(inputs, docker, runtime));
  }
}
