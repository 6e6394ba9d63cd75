import type { Baseline, KnownFinding } from './context.ts';

/** What is new in an image, relative to the baseline. */
export interface BaselineIndex {
  /** Returns whether the baseline has the same vulnerability in the same package. */
  readonly has: (finding: KnownFinding) => boolean;
  /** Returns whether the baseline contains the same version of the package. */
  readonly hasPackage: (finding: KnownFinding) => boolean;
}

/**
 * Indexes the findings of a baseline. Two findings are the same if they have the same id, or if the id of one is an
 * alias of the other. Common aliases are not enough: an advisory of a distribution can cover several vulnerabilities.
 */
export function indexBaseline({ findings, packages = [] }: Baseline): BaselineIndex {
  const byId = new Map<string, Set<string>>();
  const byAlias = new Map<string, Set<string>>();
  for (const finding of findings) {
    add(byId, keyOf(finding.id, finding), typeOf(finding));
    for (const alias of finding.aliases) add(byAlias, keyOf(alias, finding), typeOf(finding));
  }
  const contained = new Set(
    [...packages, ...findings.flatMap(({ package: one }) => one ?? [])].map(packageKey),
  );
  return {
    has: (finding) => {
      const { id, aliases } = finding;
      const isIn = (index: typeof byId, name: string) =>
        isSameType(index.get(keyOf(name, finding)), typeOf(finding));
      return isIn(byId, id) || isIn(byAlias, id) || aliases.some((alias) => isIn(byId, alias));
    },
    hasPackage: ({ package: one }) => one?.version !== undefined && contained.has(packageKey(one)),
  };
}

function keyOf(id: string, { package: one }: KnownFinding): string {
  return `${id.toUpperCase()}\0${one?.name ?? ''}`;
}

function packageKey({ name, version }: { readonly name: string; readonly version?: string }): string {
  return `${name}\0${version ?? ''}`;
}

/** The type of the package. Empty if it is unknown. */
function typeOf({ package: one }: KnownFinding): string {
  return one?.type ?? '';
}

function isSameType(known: ReadonlySet<string> | undefined, type: string): boolean {
  return known !== undefined && (type === '' || known.has('') || known.has(type));
}

function add(index: Map<string, Set<string>>, key: string, value: string): void {
  const values = index.get(key);
  if (values === undefined) index.set(key, new Set([value]));
  else values.add(value);
}
