import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { begin, release, type Scene } from './scene.ts';

// Shows that the pipeline tests would fail for an incomplete release. Each test breaks a copy of it.

async function pushWith({ checkout, run }: Scene, repositories: ReadonlyMap<string, string>) {
  const after = await checkout.revision();
  return run('main.yml', { event: 'push', payload: { ref: 'refs/heads/main', after }, repositories });
}

/** The folder for a reference that does not exist on GitHub, because act would otherwise query GitHub. */
const nowhere = '/nonexistent';

const inner = () => `towpath/towpath@${release().dist}`;

test('a release without a bundle builds but cannot publish', async () => {
  const scene = await begin();
  const broken = await scene.copyOf(inner());
  await rm(join(broken, 'actions/publish/dist'), { recursive: true });

  const { exitCode, jobs } = await pushWith(scene, new Map([[inner(), broken]]));

  expect(exitCode).not.toBe(0);
  expect([...jobs.values()]).toContain('failure');
  expect(await scene.stage.shared.tags(`${team.prefix}/web`)).toEqual([]);
});

test.each([
  ['digests and artifact of the build', 'row-0: ${{ steps.row.outputs.row-0 }}', 'row-0: ""', []],
  [
    'environment of publish',
    'environment: ${{ steps.publish.outputs.environment }}',
    'environment: ""',
    ['build'],
  ],
  ['digests of publish', 'digests: ${{ steps.publish.outputs.digests }}', 'digests: ""', ['build']],
])(
  'a pipeline whose job output is dropped, the %s, fails and reports the reason',
  async (_, output, dropped, places) => {
    const scene = await begin();
    const broken = await scene.copyOf('towpath/towpath@v1');
    const workflow = join(broken, '.github/workflows/pipeline.yml');
    const text = await readFile(workflow, 'utf8');
    expect(text).toContain(output);
    // GitHub drops an output that contains a masked value; act does not.
    await writeFile(workflow, text.replaceAll(output, dropped));

    const { exitCode, log } = await pushWith(scene, new Map([['towpath/towpath@v1', broken]]));

    expect(exitCode).not.toBe(0);
    // act sometimes loses the last output of a failing step, but it always reports which step failed.
    expect(log).toMatch(/Failure - Main Check the outputs of/);
    expect(text).toContain('GitHub drops a job output that contains a masked value.');
    const tags = await scene.stage.shared.tags(`${team.prefix}/web`);
    expect(tags.map((tag) => tag.split('-')[0])).toEqual(places);
  },
);

test('a workflow that is pinned to a wrong commit does nothing', async () => {
  const scene = await begin();
  const broken = await scene.copyOf('towpath/towpath@v1');
  const workflow = join(broken, '.github/workflows/pipeline.yml');
  const text = await readFile(workflow, 'utf8');
  expect(text).toContain(release().dist);
  const wrong = '0'.repeat(40);
  await writeFile(workflow, text.replaceAll(release().dist, wrong));

  const { exitCode } = await pushWith(
    scene,
    new Map([
      ['towpath/towpath@v1', broken],
      [`towpath/towpath@${wrong}`, nowhere],
    ]),
  );

  expect(exitCode).not.toBe(0);
  expect(scene.artifacts).toEqual([]);
});

test('a caller that names a version that does not exist does nothing', async () => {
  const scene = await begin();
  const main = join(scene.checkout.folder, '.github/workflows/main.yml');
  await writeFile(main, (await readFile(main, 'utf8')).replace('@v1', '@v9'));

  const { exitCode } = await pushWith(scene, new Map([['towpath/towpath@v9', nowhere]]));

  expect(exitCode).not.toBe(0);
  expect(scene.artifacts).toEqual([]);
});
