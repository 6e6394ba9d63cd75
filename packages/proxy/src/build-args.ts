import { proxyName, type Proxy } from './proxy.ts';

/**
 * Build args that the command line passes by name only. Their values are in the environment of the build command.
 */
export interface NamedArgs {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

/** The platform args of a build (Dockerfile reference, "Automatic platform ARGs in the global scope"). */
const platformArg = /^(?:TARGET|BUILD)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT|STAGE)$/;

/** Returns whether BuildKit sets a build arg to the platform. `FROM` sees it at once, a stage only after an `ARG`. */
export function isPlatformArg(name: string): boolean {
  return platformArg.test(name);
}

/** Returns whether BuildKit itself reads a build arg, so that no Dockerfile needs to declare it. */
export function isBuilderArg(name: string): boolean {
  return (
    proxyName(name) !== undefined ||
    name.startsWith('BUILDKIT_') ||
    name === 'SOURCE_DATE_EPOCH' ||
    platformArg.test(name)
  );
}

/**
 * Returns the proxy as build args in upper and lower case. BuildKit predefines them: they need no ARG, are not
 * part of cache keys and leave no trace in the image (Dockerfile reference, "Predefined ARGs").
 */
export function proxyBuildArgs({ variables }: Proxy): NamedArgs {
  const entries = [...variables].flatMap(([name, value]) => [
    [name, value] as const,
    [name.toLowerCase(), value] as const,
  ]);
  return { names: entries.map(([name]) => name), values: Object.fromEntries(entries) };
}
