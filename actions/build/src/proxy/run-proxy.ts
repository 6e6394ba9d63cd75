import { builderVariables } from '@towpath/buildx';
import type { ProxyMode } from '@towpath/config';
import { dockerProxy, type DockerConfig } from '@towpath/docker';
import type { Environment, Runtime } from '@towpath/flow';
import { proxyBuildArgs, proxyMasks, proxyName, proxyOf, type Proxy } from '@towpath/proxy';
import type { BuildInputs } from '../inputs.ts';

/** The proxy of the run, before the settings of individual images apply. */
export interface RunProxy {
  /** The settings from the input, the environment and Docker's configuration, in order of precedence. */
  readonly shared: Proxy;
  /** The proxy settings that buildx adds to a build itself. */
  readonly docker: Proxy;
  /** Overrides the configuration. */
  readonly mode: ProxyMode | undefined;
  /** The environment for Towpath's own connections. */
  readonly env: Environment;
  /** The build args of the inputs that are not proxy variables. */
  readonly args: ReadonlyMap<string, string>;
}

/** Reads the proxy of the run, and masks it before any output can show it. */
export function readRunProxy(inputs: BuildInputs, docker: DockerConfig, { env, log }: Runtime): RunProxy {
  const isProxy = ([name]: readonly [string, string]) => proxyName(name) !== undefined;
  const variables = inputs.proxy === 'off' ? [] : [...inputs.proxy];
  const given = proxyOf(Object.fromEntries(variables), Object.fromEntries([...inputs.args].filter(isProxy)));
  const own = proxyBuildArgs(given).values;
  const shared = proxyOf(own, env, dockerProxy(docker, env));
  const { builder } = inputs;
  const ofBuilder = proxyOf(builder.kind === 'container' ? builderVariables(builder.options) : {});
  for (const secret of [...proxyMasks(shared), ...proxyMasks(ofBuilder)]) log.mask(secret);
  return {
    shared,
    docker: proxyOf(dockerProxy(docker, env)),
    mode: inputs.proxy === 'off' ? 'off' : undefined,
    env: { ...env, ...own },
    args: new Map([...inputs.args].filter((arg) => !isProxy(arg))),
  };
}

/**
 * Returns the variables that a BuildKit created for the job needs for its own connections. Go programs read these
 * three.
 */
export function connectionProxy({ shared: { variables } }: Pick<RunProxy, 'shared'>): Record<string, string> {
  return Object.fromEntries([...variables].filter(([name]) => name !== 'FTP_PROXY' && name !== 'ALL_PROXY'));
}
