import { boardSchema, type Board, type BoardGroup } from '@towpath/board';
import type { PlannedStep } from '@towpath/flow';
import { formatCount } from '@towpath/markdown';
import { labelOf } from '@towpath/reference';
import { compareEnvironments } from './compare.ts';
import { type RecordedEnvironment } from './recorded-environment.ts';
import { describeEnvironment } from './environment.ts';
import type { BoardFacts } from './facts.ts';
import { groupPlaces } from './groups.ts';
import type { BoardInputs } from './inputs.ts';
import { describeServices } from './services.ts';

/** The board and the folder of its files. */
export interface BoardPlan {
  readonly board: Board;
  readonly folder: string;
}

export function plan(_inputs: BoardInputs, facts: BoardFacts): BoardPlan {
  const { ledgers, unlisted, read, calls, folder } = facts;
  const groups = groupPlaces(facts);
  const board: Board = {
    schemaVersion: 1,
    read: read.toISOString(),
    calls,
    ledgers: [
      ...unlisted.map(({ host, problem }) => ({
        ledger: host,
        state: 'denied' as const,
        problems: [problem],
      })),
      ...ledgers.map(({ location, state, problems }) => ({
        ledger: labelOf(location),
        state,
        problems: [...problems],
      })),
    ],
    groups: groups.map(({ prefix, all }) => describeGroup(prefix, all, facts)),
    runtimes: facts.runtimes.map(({ kind, recorded, state, detail }) => ({
      kind,
      registry: recorded,
      state,
      detail,
    })),
    services: describeServices(groups, facts),
  };
  return { board: boardSchema.parse(board), folder };
}

function describeGroup(prefix: string, all: readonly RecordedEnvironment[], facts: BoardFacts): BoardGroup {
  const unfinished = all.flatMap(({ ledger }) => ledger.unfinished);
  return {
    prefix,
    environments: all.map((recorded) => describeEnvironment(recorded, all, facts)),
    comparisons: all.flatMap((recorded) => compareEnvironments(recorded, all)),
    unfinished: [...new Set(unfinished)],
  };
}

export function describe({ board: { groups, calls }, folder }: BoardPlan): readonly PlannedStep[] {
  const environments = groups.reduce((sum, group) => sum + group.environments.length, 0);
  return [
    {
      what: `write index.html and board.json into ${folder}`,
      why: `${formatCount(environments, 'environment')} were read with ${formatCount(calls, 'request')}`,
    },
  ];
}
