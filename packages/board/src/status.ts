import { inNaturalOrder } from '@towpath/tags';
import type { Board, BoardAttempt, BoardCell, BoardEnvironment, BoardGroup } from './model.ts';

/** The observed state of a cell. Without any observation it is `not-observed`, never `ok`. */
export type Status = 'ok' | 'drift' | 'not-observed';

/** Returns the state of a cell: drift comes first, and `ok` requires an observation for every check. */
export function statusOf({ checks }: Pick<BoardCell, 'checks'>): Status {
  if (checks.some(({ state }) => state === 'drift')) return 'drift';
  return checks.length > 0 && checks.every(({ state }) => state === 'ok') ? 'ok' : 'not-observed';
}

/** Returns the names of all images of a group, in natural order: `web2` before `web10`. */
export function imageNames({ environments }: BoardGroup): readonly string[] {
  const names = environments.flatMap(({ cells }) => cells.map(({ image }) => image));
  return [...new Set(names)].sort(inNaturalOrder);
}

/** The number of images in every state. */
export function countStates(board: Board): Readonly<Record<Status, number>> {
  const counts = { ok: 0, drift: 0, 'not-observed': 0 };
  for (const cell of allCells(board)) counts[statusOf(cell)] += 1;
  return counts;
}

function allCells({ groups }: Board): readonly BoardCell[] {
  return groups.flatMap(({ environments }) => environments.flatMap(({ cells }) => cells));
}

/** Returns whether another environment of a group has the same name. Then only its ledger distinguishes it. */
export function isNamesake({ name }: BoardEnvironment, { environments }: BoardGroup): boolean {
  return environments.filter((one) => one.name === name).length > 1;
}

/** Returns the last promotion or rollback of an environment, if it was refused or failed. */
export function lastAttempt({ attempts, history }: BoardEnvironment): BoardAttempt | undefined {
  const newest = history[0]?.number ?? 0;
  return attempts.find(({ after }) => after === newest);
}

/** Returns what was attempted: `promotion of 1.4.0`, `rollback to the previous images`. */
export function describeAttempted({ kind, version }: BoardAttempt): string {
  const link = kind === 'rollback' ? 'to' : 'of';
  return `${kind} ${link} ${version ?? 'the previous images'}`;
}
