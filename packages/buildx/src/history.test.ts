import { describe, expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { hasBuildRecords, pruneUnreferenced, removeBuildRecords } from './history.ts';

const began = new Date('2026-11-21T12:00:00Z');
const builder = { name: 'tug', buildx: { program: 'docker', args: ['buildx'] } };

interface FakeRecord {
  readonly created: string;
  readonly args?: readonly (string | undefined)[] | null;
  readonly status?: string;
  /** What inspect prints instead. */
  readonly printed?: string;
  /** The names of the args. Default: X. */
  readonly names?: readonly string[];
}

/** A fake buildx with these build records, which keeps its commands. */
function historyOf(records: Readonly<Record<string, FakeRecord>>, refusal?: string) {
  const removed: string[] = [];
  const commands: string[] = [];
  const answer = (args: readonly string[]): string => {
    const [, verb = '', ...rest] = args;
    const id = rest.find((one) => !one.startsWith('--')) ?? '';
    if (verb === 'ls') {
      const lines = Object.entries(records).map(([name, { created }]) =>
        JSON.stringify({ ref: `tug/tug0/${name}`, created_at: created }),
      );
      return `${lines.join('\n')}\n`;
    }
    if (verb === 'rm') removed.push(id);
    const names = records[id]?.names ?? ['X'];
    const BuildArgs =
      records[id]?.args?.map((Value, index) => ({ Name: names[index] ?? 'X', Value })) ?? null;
    return verb === 'inspect'
      ? (records[id]?.printed ?? JSON.stringify({ BuildArgs, Status: records[id]?.status ?? 'completed' }))
      : '';
  };
  return {
    removed,
    commands,
    exec: (program: string, args: readonly string[]) => {
      commands.push([program, ...args].join(' '));
      const result = { exitCode: refusal === undefined ? 0 : 1, stderr: refusal ?? '' };
      return Promise.resolve({ ...result, stdout: refusal === undefined ? answer(args.slice(1)) : '' });
    },
  };
}

describe('removeBuildRecords', () => {
  test('removes records of these builds that contain a secret', async () => {
    const port = historyOf({
      secret: { created: '2026-11-21T12:00:01Z', args: ['x', 'http://tug:s3cret@proxy'] },
      harmless: { created: '2026-11-21T12:00:02Z', args: ['x'] },
      empty: { created: '2026-11-21T12:00:02Z', args: [undefined] },
      plain: { created: '2026-11-21T12:00:02Z', args: null },
      old: { created: '2026-11-20T12:00:00Z', args: ['http://tug:s3cret@proxy'] },
      // The clock of a remote builder may be slow.
      late: { created: '2026-11-21T11:55:00Z', args: ['http://tug:s3cret@proxy'] },
    });
    expect(await removeBuildRecords(port, builder, ['s3cret'], began)).toBeUndefined();
    expect(port.removed).toEqual(['secret', 'late']);
    expect(port.commands.join()).not.toContain('s3cret');
    expect(port.commands[0]).toBe('docker buildx history ls --format=json --no-trunc --builder=tug');
  });

  test('removes older records of builds of ours that were killed', async () => {
    const secret = 'http://tug:s3cret@proxy';
    const killed = { args: [secret, '0'], names: ['HTTP_PROXY', 'SOURCE_DATE_EPOCH'] };
    const port = historyOf({
      killed: { created: '2026-11-20T12:00:00Z', ...killed },
      running: { created: '2026-11-20T12:00:00Z', ...killed, status: 'running' },
      other: { created: '2026-11-20T12:00:00Z', args: ['x', '0'], names: killed.names },
      foreign: { created: '2026-11-20T12:00:00Z', args: [secret], names: ['HTTP_PROXY'] },
      own: { created: '2026-11-21T12:00:01Z', args: [secret] },
    });
    expect(await removeBuildRecords(port, builder, ['s3cret'], began)).toBeUndefined();
    expect(port.removed.toSorted()).toEqual(['killed', 'own']);
  });

  test('removes records by a test of values', async () => {
    const port = historyOf({
      one: { created: '2026-11-21T12:00:01Z', args: ['a'] },
      other: { created: '2026-11-21T12:00:01Z', args: ['b'] },
    });
    await removeBuildRecords(port, builder, (value) => value === 'b', began);
    expect(port.removed).toEqual(['other']);
  });

  test('hasBuildRecords finds records since a time, and assumes some if the builder does not report them', async () => {
    const old = { created: '2026-11-20T12:00:00Z' };
    expect(await hasBuildRecords(historyOf({ old }), builder, began)).toBe(false);
    expect(await hasBuildRecords(historyOf({}), builder, began)).toBe(false);
    const own = { created: '2026-11-21T12:00:01Z' };
    expect(await hasBuildRecords(historyOf({ old, own }), builder, began)).toBe(true);
    expect(await hasBuildRecords(historyOf({}, 'ERROR: unknown command'), builder, began)).toBe(true);
  });

  test('returns the error of a buildx without history', async () => {
    const port = historyOf({}, 'WARN: old\nERROR: unknown command: docker buildx history\n');
    expect(await removeBuildRecords(port, builder, ['s3cret'], began)).toBe(
      'ERROR: unknown command: docker buildx history',
    );
  });

  test.each(['[]', '{}', 'completed', '{"Status":1}'])(
    'may be left if inspect prints %s',
    async (printed) => {
      const port = historyOf({ odd: { created: '2026-11-21T12:00:01Z', printed } });
      expect(await removeBuildRecords(port, builder, ['s3cret'], began)).toBe(
        'buildx history inspect printed an unknown format.',
      );
    },
  );

  test('are removed if they contain a secret in a key that is not known', async () => {
    const printed = JSON.stringify({ Status: 'completed', Args: { X: 'http://tug:s3"cret@proxy' } });
    const port = historyOf({ newer: { created: '2026-11-21T12:00:01Z', printed } });
    expect(await removeBuildRecords(port, builder, ['s3"cret'], began)).toBeUndefined();
    expect(port.removed).toEqual(['newer']);
  });

  test.each(['{"ref":"tug/tug0/a"}', '{"ref":"a","created_at":"yesterday"}', '3', 'no JSON'])(
    'may be left if ls prints %s',
    async (line) => {
      const exec = () => Promise.resolve({ exitCode: 0, stdout: `${line}\n`, stderr: '' });
      expect(await removeBuildRecords({ exec }, builder, ['s3cret'], began)).toBe(
        'buildx history ls printed an unknown format.',
      );
    },
  );

  test('waits until the records of cancelled builds are written', async () => {
    const args = ['http://tug:s3cret@proxy'];
    const records: Record<string, FakeRecord> = {
      one: { created: '2026-11-21T12:00:01Z', args, status: 'running' },
    };
    const port = historyOf(records);
    const removing = removeBuildRecords(port, builder, args, began, {
      builds: 2,
      until: AbortSignal.timeout(10_000),
    });
    await setTimeout(600);
    expect(port.removed).toEqual([]);
    records.one = { created: '2026-11-21T12:00:01Z', args, status: 'canceled' };
    records.two = { created: '2026-11-21T12:00:01Z', args, status: 'canceled' };
    expect(await removing).toBeUndefined();
    expect(port.removed).toEqual(['one', 'two']);
  });

  test('stops waiting for records of cancelled builds at the deadline', async () => {
    const port = historyOf({});
    const until = AbortSignal.timeout(100);
    expect(await removeBuildRecords(port, builder, ['s3cret'], began, { builds: 1, until })).toBeUndefined();
  });

  test('pruneUnreferenced prunes only content without references', async () => {
    const port = historyOf({});
    expect(await pruneUnreferenced(port, builder)).toBeUndefined();
    expect(port.commands).toEqual(['docker buildx prune --force --filter=until=87600h --builder=tug']);
  });
});
