import { proxyBuildArgs } from './build-args.ts';
import { proxyName, proxyOf, type Proxy } from './proxy.ts';

/** The proxy for the build of one image. */
export interface ImageProxy {
  /** The proxy in the environment of the build steps. */
  readonly proxy: Proxy;
  /** Build args whose values are in the environment of the build command. */
  readonly names: readonly string[];
  /** Build args to pass with values. They disable the proxy that docker would add by itself. */
  readonly args: ReadonlyMap<string, string>;
}

/**
 * Returns the proxy for the build of one image.
 *
 * @param shared the proxy for all images, including Docker's own; undefined: no shared proxy
 * @param docker the proxy of Docker's configuration, which buildx adds to every build that does not override it
 * @param own the build args of the image; its proxy args take precedence over the shared ones
 */
export function imageProxy(
  shared: Proxy | undefined,
  docker: Proxy,
  own: ReadonlyMap<string, string>,
): ImageProxy {
  const ownArgs = new Map([...own].filter(([name]) => proxyName(name) !== undefined));
  const ownNames = new Set([...ownArgs.keys()].map((name) => proxyName(name)));
  const notOwn = (name: string) => !ownNames.has(proxyName(name));
  const given = shared === undefined ? {} : proxyBuildArgs(shared).values;
  const added = proxyBuildArgs(docker).names;
  const missing = (name: string) => notOwn(name) && !(name in given);
  return {
    proxy: proxyOf(Object.fromEntries(ownArgs), shared === undefined ? {} : given),
    names: Object.keys(given).filter(notOwn),
    args: new Map(added.filter(missing).map((name) => [name, ''])),
  };
}

/**
 * Returns the build args of an image without those that repeat the shared proxy. Compose and bake files pass the
 * proxy of the environment on by name, and the resolved values would appear on a command line.
 */
export function withoutRepeated(
  args: ReadonlyMap<string, string>,
  shared: Proxy | undefined,
): ReadonlyMap<string, string> {
  const repeats = (name: string, value: string) => {
    const known = proxyName(name);
    return known !== undefined && shared?.variables.get(known) === value;
  };
  return new Map([...args].filter(([name, value]) => !repeats(name, value)));
}
