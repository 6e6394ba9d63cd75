import { builderVariables } from '@towpath/buildx';
import type { ProxyMode } from '@towpath/config';
import { dockerProxy, type DockerConfig } from '@towpath/docker';
import type { Environment, Runtime } from '@towpath/flow';
import { proxyBuildArgs, proxyMasks, proxyName, proxyOf, type Proxy } from '@towpath/proxy';
import type { BuildInputs } from '../inputs.ts';

/** The proxy of the run, before the images have their say. */
export interface RunProxy {
  /** What the input, the environment and Docker's configuration say, in this order. */
  readonly shared: Proxy;
  /** What buildx adds to a build by itself. */
  readonly docker: Proxy;
  /** Instead of the configuration's. */
  readonly mode: ProxyMode | undefined;
  /** The environment of our own connections. */
  readonly env: Environment;
  /** The build args of the inputs that are no proxy. */
  readonly args: ReadonlyMap<string, string>;
}

/** Reads the proxy of the run, and masks it before anything else can show it. */
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

/** What a BuildKit that is made for the build needs for its own connections: programs in Go read these three. */
export function connectionProxy({ shared: { variables } }: Pick<RunProxy, 'shared'>): Record<string, string> {
  return Object.fromEntries([...variables].filter(([name]) => name !== 'FTP_PROXY' && name !== 'ALL_PROXY'));
}
