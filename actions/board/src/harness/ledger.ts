import type { Board, BoardCell, BoardEnvironment } from '@towpath/board';
import {
  writeAttempt,
  writeEnvironmentEntry,
  writeRelease,
  type Attempt,
  type EnvironmentEntry,
  type Release,
} from '@towpath/ledger';
import { digestOf, parseEcrHost, type EcrHost } from '@towpath/reference';
import { sessionOf, type Ending, type Play, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { board } from '../action.ts';

type Account = Scenario['shared'];

/** The time of the fake clock. */
export const now = Date.UTC(2026, 0, 31, 12);

/** Returns a time some hours before the fake clock. */
export function hoursAgo(hours: number): string {
  return new Date(now - hours * 3_600_000).toISOString();
}

/** Returns an entry of a team's environment with one image `web`. */
export function entry(
  environment: string,
  number: number,
  version: string,
  change: Partial<EnvironmentEntry> = {},
): EnvironmentEntry {
  return {
    schemaVersion: 1,
    environment,
    number,
    kind: 'promotion',
    version,
    when: hoursAgo(100 - number),
    actor: 'maria',
    run: `https://github.com/acme/app/actions/runs/${number}`,
    source: {},
    images: [{ name: 'web', repository: 'payroll/web', digest: digestOf(version), version, verdict: 'pass' }],
    ...change,
  };
}

/** Returns a refused promotion. */
export function attempt(
  environment: string,
  after: number,
  version: string,
  change: Partial<Attempt> = {},
): Attempt {
  return {
    ...{ schemaVersion: 1, environment, after, number: 1, outcome: 'refused', kind: 'promotion', version },
    when: hoursAgo(1),
    actor: 'ada',
    source: {},
    problems: [{ code: 'gate-failed', message: `web ${version} has CVE-2026-1` }],
    ...change,
  };
}

/** Returns a release with one image `web`. */
export function release(version: string, commit: string, change: Partial<Release> = {}): Release {
  return {
    schemaVersion: 1,
    version,
    published: hoursAgo(200),
    run: 'https://github.com/acme/app/actions/runs/7',
    source: { repository: 'acme/app', revision: commit.repeat(40) },
    images: [{ name: 'web', repository: 'payroll/web', digest: digestOf(version), fingerprint: 'x' }],
    ...change,
  };
}

/** Writes documents into a ledger, and creates the ledger if it does not exist. */
export async function write(
  scene: Scenario,
  documents: readonly (EnvironmentEntry | Release | Attempt)[],
  {
    account = scene.shared,
    prefix = 'payroll',
  }: { readonly account?: Account; readonly prefix?: string } = {},
): Promise<void> {
  const repository = `${prefix}/towpath`;
  if ((await account.repository(repository)) === undefined) await account.createRepository(repository);
  const location = { registry: hostOf(account), repository };
  const session = sessionOf(scene, account);
  for (const document of documents) {
    if ('published' in document) await writeRelease(location, document, session);
    else if ('outcome' in document) await writeAttempt(location, document, session);
    else await writeEnvironmentEntry(location, document, session);
  }
}

export function hostOf({ host }: Account): EcrHost {
  const parsed = parseEcrHost(host);
  if (parsed === undefined) throw new Error('the account has a registry');
  return parsed;
}

/** The ending of the action, with the board that it wrote. */
export interface Shown extends Ending {
  readonly board: Board;
  readonly page: string;
}

/** Runs the action, which must succeed. */
export async function show(scene: Scenario, given: Play['given'] = {}, play: Play = {}): Promise<Shown> {
  const registries = `${scene.shared.host}/payroll`;
  const ending = await scene.play(board, { ...play, given: { registries, ...given } });
  if (!ending.green) throw new Error(`The action failed: ${ending.outputs.problems ?? ''}`);
  const { outputs } = ending;
  return {
    ...ending,
    board: JSON.parse(readFileSync(outputs.board ?? '', 'utf8')) as Board,
    page: readFileSync(outputs.page ?? '', 'utf8'),
  };
}

/** Returns an environment of a board. @throws Error if the board does not have it */
export function environmentOf({ groups }: Board, name: string, prefix = 'payroll'): BoardEnvironment {
  const group = groups.find((one) => one.prefix === prefix);
  const found = group?.environments.find((one) => one.name === name);
  if (found === undefined) throw new Error(`The board has no ${prefix} ${name}: ${JSON.stringify(groups)}`);
  return found;
}

/** Returns the first image of an environment. */
export function cellOf(shown: Board, name: string, prefix?: string): BoardCell {
  const [cell] = environmentOf(shown, name, prefix).cells;
  if (cell === undefined) throw new Error(`${name} has no image`);
  return cell;
}

/** Returns the state of each check of an image. */
export function statesOf({ checks }: BoardCell): Readonly<Record<string, string>> {
  return Object.fromEntries(checks.map(({ about, state }) => [about, state]));
}
