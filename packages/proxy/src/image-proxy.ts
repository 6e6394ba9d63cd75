import { proxyBuildArgs } from './build-args.ts';
import { proxyName, proxyOf, type Proxy } from './proxy.ts';

/** The proxy as one image is built with it. */
export interface ImageProxy {
  /** What its steps find in their environment. */
  readonly proxy: Proxy;
  /** Build args whose values are in the environment of whoever builds. */
  readonly names: readonly string[];
  /** Build args to be given with their values: those that take away what docker would add by itself. */
  readonly args: ReadonlyMap<string, string>;
}

/**
 * The proxy of one image.
 *
 * @param shared what all images are built with, Docker's own included; undefined: nothing of it
 * @param docker what Docker's configuration says: buildx adds it to every build that does not say otherwise
 * @param own the build args of the image: those that are a proxy count before the shared ones
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
 * The build args of an image, but for those that repeat what all images are built with: Compose and bake files hand
 * on the proxy of the environment by its name, and what they make of it would be on a command line.
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
