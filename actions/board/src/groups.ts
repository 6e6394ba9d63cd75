import { labelOf } from '@towpath/reference';
import { inNaturalOrder } from '@towpath/tags';
import type { RecordedEnvironment } from './recorded-environment.ts';
import type { BoardFacts } from './facts.ts';
import { configurationOf } from './observe.ts';

/** Environments that are shown side by side: those of one configuration, or those of one prefix. */
export interface PlaceGroup {
  readonly prefix: string;
  readonly all: readonly RecordedEnvironment[];
}

/** Groups the environments of all ledgers and orders each group from the first environment to the last. */
export function groupPlaces({ ledgers, environments }: BoardFacts): readonly PlaceGroup[] {
  const all = ledgers.flatMap((ledger): RecordedEnvironment[] => {
    const label = labelOf(ledger.location);
    const recorded = ledger.environments.map((environment) => ({
      ledger,
      environment,
      configured: configurationOf(environments, ledger, environment.name),
    }));
    const names = new Set(recorded.map(({ environment }) => environment.name));
    const others = environments.filter((one) => one.ledger === label && !names.has(one.name));
    const [problem] = ledger.state === 'read' ? [] : ledger.problems;
    return [
      ...recorded,
      ...others.map((configured) => ({
        ledger,
        environment: {
          name: configured.name,
          history: [],
          attempts: [],
          isComplete: ledger.state === 'read',
          ...(problem !== undefined && { problem }),
        },
        configured,
      })),
    ];
  });
  const common = ledgers.find((ledger) =>
    all.some((recorded) => recorded.configured && recorded.ledger === ledger),
  );
  const groups = new Map<string, RecordedEnvironment[]>();
  for (const recorded of all) {
    // A configuration joins its environments, also if production has its own registry and prefix.
    const prefix = recorded.configured === undefined ? recorded.ledger.prefix : (common?.prefix ?? '');
    groups.set(prefix, [...(groups.get(prefix) ?? []), recorded]);
  }
  return [...groups]
    .map(([prefix, members]) => ({
      prefix,
      all: inOrder(
        members,
        environments.map(({ name }) => name),
      ),
    }))
    .sort((one, other) => one.prefix.localeCompare(other.prefix));
}

/** Orders environments as the configuration does, and otherwise by their distance from the build. */
function inOrder(
  all: readonly RecordedEnvironment[],
  configured: readonly string[],
): readonly RecordedEnvironment[] {
  const rankOf = (recorded: RecordedEnvironment): readonly [number, number, string] => {
    const index = configured.indexOf(recorded.environment.name);
    return [index < 0 ? configured.length : index, distanceOf(recorded, all), recorded.environment.name];
  };
  const ranked = all.map((recorded) => ({ recorded, rank: rankOf(recorded) }));
  ranked.sort(({ rank: [a, b, c] }, { rank: [d, e, f] }) => a - d || b - e || inNaturalOrder(c, f));
  return ranked.map(({ recorded }) => recorded);
}

/**
 * Returns the number of promotions from the build to an environment. Sources that form a circle count once. An
 * environment without entries, whose source is not known, comes last.
 */
function distanceOf(recorded: RecordedEnvironment, all: readonly RecordedEnvironment[]): number {
  if (recorded.configured === undefined && recorded.environment.history.length === 0) return all.length;
  const seen = new Set<RecordedEnvironment>();
  let current: RecordedEnvironment | undefined = recorded;
  while (current !== undefined && !seen.has(current)) {
    seen.add(current);
    current = sourceOf(current, all);
  }
  return seen.size;
}

/** Returns the names of the source environments, or `build`. Empty if they are not known. */
export function sourcesOf({ configured, environment: { history } }: RecordedEnvironment): readonly string[] {
  if (configured !== undefined) return configured.from;
  const recorded = history.find(({ from }) => from !== undefined)?.from;
  return recorded === undefined ? [] : [recorded];
}

/** Returns the source of an environment: in the same ledger if there is one, otherwise in another of the group. */
export function sourceOf(
  recorded: RecordedEnvironment,
  all: readonly RecordedEnvironment[],
): RecordedEnvironment | undefined {
  const last = recorded.environment.history[0]?.from;
  const sources = sourcesOf(recorded);
  // An environment with several sources was promoted from one of them.
  const names = last !== undefined && sources.includes(last) ? [last, ...sources] : sources;
  for (const name of names) {
    const named = all.filter((one) => one.environment.name === name && one !== recorded);
    const found = named.find(({ ledger }) => ledger === recorded.ledger) ?? named[0];
    if (found !== undefined) return found;
  }
  return undefined;
}
