import { expect, test } from '@jest/globals';
import type { Attempt } from '@towpath/ledger';
import { attempt, entry, environmentOf, show, write } from './harness/ledger.ts';
import { team } from './harness/team.ts';

/** Returns the text of the tables and lists of a page. */
function visible(page: string): string {
  const main = page.slice(page.indexOf('<main>'), page.indexOf('</main>'));
  return main.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

/** Returns summaries without what only escapes text. */
function plain(summaries: readonly string[]): string {
  return summaries
    .join('\n')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll(/\\([.()-])/g, '$1');
}

test('shows promotions that were refused or failed above the entry that they left in place', async () => {
  const scene = await team();
  const failure: Partial<Attempt> = {
    outcome: 'failed',
    problems: [{ code: 'outside-failed', message: '<b>503</b>' }],
  };
  await write(scene, [
    attempt('prod', 0, '0.9.0'),
    entry('prod', 1, '1.0.0'),
    entry('prod', 2, '1.1.0'),
    attempt('prod', 2, '1.2.0'),
    attempt('prod', 2, '1.3.0', failure),
    // An environment of this name is another one.
    attempt('prod.eu', 0, '1.0.0'),
  ]);
  const { board: shown, page } = await show(scene);
  const { history, attempts, isComplete } = environmentOf(shown, 'prod');
  expect([history.map(({ number }) => number), isComplete]).toEqual([[2, 1], true]);
  expect(attempts.map(({ after, outcome, version }) => `${after} ${outcome} ${version}`)).toEqual([
    '2 failed 1.3.0',
    '2 refused 1.2.0',
    '0 refused 0.9.0',
  ]);
  expect(attempts[1]).toMatchObject({ actor: 'ada', problems: [{ code: 'gate-failed' }] });
  const order = ['1.3.0</td>', '1.2.0</td>', '#2 promotion', '#1 promotion', '0.9.0</td>'];
  const positions = order.map((text) => page.lastIndexOf(text));
  expect(positions).toEqual(positions.toSorted((one, other) => one - other));
  expect(positions).not.toContain(-1);
  expect(page).not.toContain('<b>503');
  expect(shown.groups[0]?.environments.map(({ name }) => name)).not.toContain('prod.2.attempt');
});

test('shows an environment that was never promoted, with the attempt that was refused last', async () => {
  const scene = await team();
  const soaking = { code: 'soak-pending', message: '1.1.0 has been in test since yesterday' };
  await write(scene, [
    entry('test', 1, '1.1.0', { from: 'build' }),
    attempt('prod', 0, '1.0.0'),
    attempt('prod', 0, '1.1.0', { problems: [soaking] }),
    // Attempts after an entry that does not exist make no environment.
    attempt('ghost', 3, '1.0.0'),
  ]);
  const { board: shown, page, summaries, requests } = await show(scene);
  expect(shown.groups[0]?.environments.map(({ name }) => name)).toEqual(['test', 'prod']);
  expect(environmentOf(shown, 'prod')).toMatchObject({
    ...{ history: [], cells: [], isComplete: true },
    attempts: [{ version: '1.1.0' }, { version: '1.0.0' }],
  });
  expect(visible(page)).toMatch(/no entries last attempt refused promotion of 1\.1\.0 · 1 h · ada/);
  expect(visible(page)).toContain('prod: no entries, 2 attempts refused or failed');
  expect(plain(summaries)).toContain(
    'prod has no entries. The last promotion of 1.1.0 was refused 1 h ago (ada): 1.1.0 has been in test',
  );
  const reads = requests.filter(({ operation }) => operation === 'ecr:BatchGetImage');
  expect(reads).toHaveLength(2);
});

test('says that the last attempt after the newest entry was refused, and nothing about earlier ones', async () => {
  const scene = await team();
  await write(scene, [
    ...[entry('test', 1, '1.0.0'), attempt('test', 1, '1.1.0'), entry('test', 2, '1.2.0')],
    ...[entry('prod', 1, '1.0.0'), attempt('prod', 1, '1.2.0')],
  ]);
  const { summaries } = await show(scene);
  expect(plain(summaries).match(/^.* last promotion of .*? was refused/gm)).toEqual([
    'prod: the last promotion of 1.2.0 was refused',
  ]);
});

test('shows the environments of at most 50 names that only attempts have', async () => {
  const scene = await team();
  const names = Array.from({ length: 60 }, (_, index) => `forged-${index}`);
  await write(scene, [entry('prod', 1, '1.0.0'), ...names.map((name) => attempt(name, 0, '1.0.0'))]);
  const { board: shown } = await show(scene);
  expect(shown.groups[0]?.environments).toHaveLength(50);
  expect(environmentOf(shown, 'prod').history).toHaveLength(1);
  expect(shown.ledgers[0]?.problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('has tags of 61 environments: only 50 are shown'),
  ]);
});

test('shows an attempt under a wrong tag as a problem, and the entries all the same', async () => {
  const scene = await team();
  await write(scene, [entry('prod', 1, '1.0.0'), attempt('prod', 1, '1.1.0')]);
  const manifest = await scene.shared.manifest('payroll/towpath', 'prod.1.attempt.1');
  // The last two are not read: there is no ninth attempt, and no entry 7.
  for (const tag of ['prod.1.attempt.2', 'prod.1.attempt.9', 'prod.7.attempt.1'])
    await scene.shared.putManifest(
      'payroll/towpath',
      manifest,
      'application/vnd.oci.image.manifest.v1+json',
      tag,
    );
  const { board: shown } = await show(scene);
  const { history, attempts } = environmentOf(shown, 'prod');
  expect([history.length, attempts.length]).toEqual([1, 1]);
  expect(shown.ledgers[0]?.problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('prod.1.attempt.2 belongs to prod.1.attempt.1'),
  ]);
});
