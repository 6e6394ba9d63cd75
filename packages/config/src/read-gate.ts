import type { FilePosition } from '@towpath/errors';
import { mergePolicies, type GateRules, type PartialPolicy } from '@towpath/scan-policy';
import type { WrittenGate, WrittenRules } from './gate-schema.ts';

/** The policies of the files that the gates of a configuration name, by the path as it is written. */
export type NamedPolicies = ReadonlyMap<string, PartialPolicy>;

/**
 * Returns the keys of a gate that are written, over those of the policy file that it names. The documents of `vex` are
 * read later.
 *
 * @param positionOf returns the position of a key of the gate in its file
 */
export function readGate(
  written: WrittenGate,
  positionOf: (path: readonly PropertyKey[]) => FilePosition,
  policies: NamedPolicies = new Map(),
): PartialPolicy {
  const { policy } = written;
  const own = readKeys(written, positionOf);
  const named = policy === undefined ? undefined : policies.get(policy);
  return named === undefined ? own : mergePolicies(named, own);
}

function readKeys(
  written: WrittenGate,
  positionOf: (path: readonly PropertyKey[]) => FilePosition,
): PartialPolicy {
  return defined<PartialPolicy>({
    ...readRules(written),
    base: written.base === undefined ? undefined : readRules(written.base),
    baseline: written.baseline,
    ignores: written.ignore?.map(({ 'when-fixed': whenFixed, ...ignore }, index) =>
      defined({ ...ignore, whenFixed, position: positionOf(['ignore', index]) }),
    ),
    staleIgnores: written['stale-ignores'],
    vexFiles: written.vex,
    attachedVex: written['attached-vex'],
    onUnsupported: written['on-unsupported'],
    maxAge: written['max-age'],
  });
}

function readRules(written: WrittenRules): Partial<GateRules> {
  return defined<Partial<GateRules>>({
    failOn: written['fail-on'],
    max: written.max,
    onlyFixable: written['only-fixable'],
    unknownFix: written['unknown-fix'],
    cvss: written.cvss,
    epss: written.epss,
    kev: written.kev,
    unknownExploitability: written['unknown-exploitability'],
    grace: written.grace,
    graceSince: written['grace-since'],
  });
}

/** Returns the object without keys that are undefined, so that a policy contains only what is written. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
