import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { scenario, standInRuntimes, type Running, type Scenario } from '@towpath/testing';
import { cellOf, entry, show, statesOf, write, type Shown } from './harness/ledger.ts';

const expected = digestOf('1.0.0');
const other = digestOf('manual');

/** Shows a board of production and test, which have 1.0.0, with these services and functions. */
async function showRunning(
  running: (uri: string) => Running,
  given: Readonly<Record<string, string>> = {},
): Promise<Shown & { readonly scene: Scenario }> {
  const scene = await scenario();
  await write(scene, [
    entry('test', 1, '2.0.0', { from: 'build' }),
    entry('prod', 1, '1.0.0', { from: 'test' }),
  ]);
  const env = await standInRuntimes(running(`${scene.shared.host}/payroll/web`));
  return { ...(await show(scene, { runtime: 'ecs,lambda', ...given }, { env })), scene };
}

describe('with the input runtime, an image', () => {
  test('is as recorded if a service or function runs it', async () => {
    const { board: shown } = await showRunning((uri) => ({
      services: { web: [`${uri}:prod`, expected] },
      functions: { nightly: `${uri}@${digestOf('2.0.0')}` },
    }));
    expect(statesOf(cellOf(shown, 'prod')).runtime).toBe('ok');
    expect(statesOf(cellOf(shown, 'test')).runtime).toBe('ok');
    expect(shown.services).toEqual([
      {
        kind: 'ecs',
        name: 'main/web',
        repository: 'payroll/web',
        digest: expected,
        running: 1,
        environments: ['payroll/prod'],
      },
      {
        kind: 'lambda',
        name: 'nightly',
        repository: 'payroll/web',
        digest: digestOf('2.0.0'),
        running: 1,
        environments: ['payroll/test'],
      },
    ]);
  });

  test('has drift if its service runs a digest that no entry lists', async () => {
    const { board: shown, page } = await showRunning((uri) => ({
      services: { web: [`${uri}:latest`, other] },
    }));
    expect(cellOf(shown, 'prod').checks.at(-1)).toEqual({
      about: 'runtime',
      state: 'drift',
      detail: `main/web runs ${other.slice(0, 19)}, which no entry lists.`,
    });
    expect(shown.services[0]?.environments).toEqual([]);
    expect(page).toContain('in no entry');
  });

  test('is not observed if nothing runs it, also if other images run', async () => {
    const { board: shown } = await showRunning(() => ({
      services: { proxy: ['docker.io/library/nginx', other] },
    }));
    expect(statesOf(cellOf(shown, 'prod')).runtime).toBe('not-observed');
    expect(shown.services).toEqual([]);
  });

  test.each([
    'ecs:ListClusters',
    'ecs:ListTasks',
    'ecs:DescribeTasks',
    'lambda:ListFunctions',
    'lambda:GetFunction',
  ])('is not observed if AWS denies %s, and the board names the call', async (denied) => {
    const {
      board: shown,
      annotations,
      page,
    } = await showRunning((uri) => ({
      denied: [denied],
      services: { other: [`${uri}-other:1`, other] },
      functions: { other: `${uri}-other@${other}` },
    }));
    expect(statesOf(cellOf(shown, 'prod')).runtime).toBe('not-observed');
    expect(shown.runtimes.map(({ state }) => state).sort()).toEqual(['denied', 'read']);
    expect(annotations.map(({ message }) => message).join()).toContain(denied);
    expect(page).toContain(denied);
  });

  test('is not observed if the limit of requests is reached', async () => {
    const { board: shown } = await showRunning(() => ({}), { 'max-calls': '4' });
    expect(shown.runtimes.map(({ state }) => state)).toContain('failed');
    expect(statesOf(cellOf(shown, 'prod')).runtime).toBe('not-observed');
  });
});

test('sends no request to a runtime without the input runtime', async () => {
  const { board: shown } = await showRunning(() => ({}), { runtime: '' });
  expect([shown.runtimes, statesOf(cellOf(shown, 'prod')).runtime]).toEqual([[], undefined]);
});
