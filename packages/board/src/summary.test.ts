import { describe, expect, test } from '@jest/globals';
import type { Board, BoardCell, BoardEnvironment } from './model.ts';
import { boardSchema } from './model.ts';
import { statusOf } from './status.ts';
import { renderSummary } from './summary.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

function cellOf(image: string, change: Partial<BoardCell> = {}): BoardCell {
  return {
    image,
    version: '1.4.0',
    repository: `payroll/${image}`,
    digest,
    since: '2026-01-30T11:00:00.000Z',
    isOlder: false,
    entry: 3,
    recorded: 'pass',
    now: { state: 'not-observed', detail: 'The input observe does not have gate.' },
    checks: [{ about: 'image', state: 'ok', detail: 'It exists.' }],
    ...change,
  };
}

function boardOf(cells: readonly BoardCell[], change: Partial<BoardEnvironment> = {}): Board {
  const environment: BoardEnvironment = {
    name: 'prod',
    ledger: 'payroll/towpath',
    history: [],
    attempts: [],
    isComplete: true,
    cells: [...cells],
    ...change,
  };
  return boardSchema.parse({
    schemaVersion: 1,
    read: '2026-01-31T12:00:00.000Z',
    calls: 3,
    ledgers: [{ ledger: 'payroll/towpath', state: 'read', problems: [] }],
    groups: [{ prefix: 'payroll', environments: [environment], comparisons: [], unfinished: [] }],
    runtimes: [],
    services: [],
  });
}

/** Returns the summary without what only escapes text. */
function summary(board: Board): string {
  return renderSummary(board)
    .toString()
    .replace(/\\([.#:-])/g, '$1')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

describe('the summary of a board', () => {
  test('shows the version before the digest, and the recorded verdict beside the current one', () => {
    const now = { state: 'judged' as const, verdict: 'fail' as const, detail: '2 critical findings' };
    expect(summary(boardOf([cellOf('web', { now })]))).toContain(
      '| web | 1.4.0 <code>sha256:abababababab</code>, 25 h, gate pass, now fail, observed as recorded |',
    );
  });

  test('shows drift and what was not observed, and never calls either of them as recorded', () => {
    const drift = { about: 'tag' as const, state: 'drift' as const, detail: 'prod points elsewhere' };
    const unseen = { about: 'lifecycle' as const, state: 'not-observed' as const, detail: '' };
    const text = summary(
      boardOf([
        cellOf('a', { checks: [drift, unseen] }),
        cellOf('b', { checks: [unseen] }),
        cellOf('c', { checks: [] }),
      ]),
    );
    expect(text).toContain('DRIFT tag: prod points elsewhere');
    expect(text.match(/not completely observed \|/g)).toHaveLength(2);
    expect(text).toContain('1 with drift, 2 not completely observed, 0 observed as recorded');
    expect(text).not.toMatch(/observed as recorded \|/);
  });

  test('shows an environment that was not read as unknown', () => {
    const board = boardOf([], { problem: { code: 'access-denied', message: 'AWS denied it.' } });
    const [group] = board.groups;
    const [prod] = group?.environments ?? [];
    if (group === undefined || prod === undefined) throw new Error('the board has a group');
    const dev = { ...prod, name: 'dev', problem: undefined, cells: [cellOf('web')] };
    const text = summary({ ...board, groups: [{ ...group, environments: [dev, prod] }] });
    expect(text).toMatch(/\| web \| .* \| unknown: access-denied \|/);
  });

  test('stays under 1 MiB, and counts the images that it leaves out', () => {
    const long = 'x'.repeat(90);
    const images = Array.from({ length: 9000 }, (_, index) => cellOf(`image-${index}`, { version: long }));
    const text = renderSummary(boardOf(images)).toString();
    expect(Buffer.byteLength(text)).toBeLessThan(2 ** 20);
    expect(text).toMatch(/\d+ more images of payroll/);
  });

  test('shows hostile texts as text', () => {
    const text = renderSummary(
      boardOf([cellOf('web', { version: '[x](javascript:1)|<img src=x>' })]),
    ).toString();
    expect(text).not.toMatch(/<img|\]\(|\|<img/);
  });
});

test.each([
  [[], 'not-observed'],
  [['ok'], 'ok'],
  [['ok', 'not-observed'], 'not-observed'],
  [['not-observed', 'drift'], 'drift'],
] as const)('the checks %j give the state %s', (states, expected) => {
  const checks = states.map((state) => ({ about: 'tag' as const, state, detail: '' }));
  expect(statusOf({ checks })).toBe(expected);
});
