import type { Proxy } from './proxy.ts';

/** Build args that are on a command line by name alone: their values are for the environment of whoever builds. */
export interface NamedArgs {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
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
