import { proxyName, type Proxy } from './proxy.ts';

/** Build args that are on a command line by name alone: their values are for the environment of whoever builds. */
export interface NamedArgs {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

/** The platforms of a build (Dockerfile reference, "Automatic platform ARGs in the global scope"). */
const platformArg = /^(?:TARGET|BUILD)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT|STAGE)$/;

/** Whether BuildKit itself reads a build arg, so that no Dockerfile needs to declare it. */
export function isBuilderArg(name: string): boolean {
  return (
    proxyName(name) !== undefined ||
    name.startsWith('BUILDKIT_') ||
    name === 'SOURCE_DATE_EPOCH' ||
    platformArg.test(name)
  );
}

/**
 * The proxy as build args, in both cases. BuildKit predefines them: they need no ARG, are no part of a cache key, and
 * leave no trace in the image (Dockerfile reference, "Predefined ARGs").
 */
export function proxyBuildArgs({ variables }: Proxy): NamedArgs {
  const entries = [...variables].flatMap(([name, value]) => [
    [name, value] as const,
    [name.toLowerCase(), value] as const,
  ]);
  return { names: entries.map(([name]) => name), values: Object.fromEntries(entries) };
}
