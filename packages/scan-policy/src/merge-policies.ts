import type { GatePolicy } from './policy.ts';

/** A policy of which only some keys are written. */
export type PartialPolicy = Partial<GatePolicy>;

/**
 * Merges two policies. Keys of `over` replace those of `under`, one by one: `max`, `grace` and `base` are merged key by
 * key, too. The ignores and the OpenVEX documents of both apply.
 */
export function mergePolicies(under: PartialPolicy, over: PartialPolicy): PartialPolicy {
  return mergeMaps(under, over, mergeKey);
}

/** Merges one key that both policies have. */
function mergeKey(key: string, under: unknown, over: unknown): unknown {
  if (listKeys.has(key)) return [...(under as readonly unknown[]), ...(over as readonly unknown[])];
  if (mapKeys.has(key)) return mergeMaps(under as object, over as object, mergeKey);
  return over;
}

const listKeys: ReadonlySet<string> = new Set(['ignores', 'vex', 'vexFiles']);
const mapKeys: ReadonlySet<string> = new Set(['max', 'grace', 'base']);

function mergeMaps<T extends object>(
  under: T,
  over: T,
  merge: (key: string, under: unknown, over: unknown) => unknown,
): T {
  const old = new Map(entriesOf(under));
  const merged = entriesOf(over).map(([key, value]) => [
    key,
    old.has(key) ? merge(key, old.get(key), value) : value,
  ]);
  return { ...under, ...Object.fromEntries(merged) } as T;
}

/** The entries that are set. */
function entriesOf(map: object): [string, unknown][] {
  return Object.entries(map).filter(([, value]) => value !== undefined);
}
