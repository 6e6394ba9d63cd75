import { expect, test } from '@jest/globals';
import { readImageSet } from '@towpath/image-set';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { buildx } from '@towpath/stage';
import { withBuildkitd } from './clients.ts';
import { begin, green, imagesOf, type Scene } from './scene.ts';

/** What a step could leave on the machine: files of the job and of buildx, and builders. */
async function machine({ temp, checkout }: Scene): Promise<readonly string[]> {
  const folders = [temp, checkout.folder, process.env.BUILDX_CONFIG ?? ''].filter(Boolean);
  const files = folders.map(async (folder) => {
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    // The runner's own files, and buildx's notes of which builder was used, and when.
    return names
      .filter((name) => !/^_runner|^\.git|(?:^|\/)(?:activity|current|defaults|\.lock|refs)/.test(name))
      .map((name) => join(folder, name));
  });
  const builders = (await buildx('ls', '--format={{.Name}}')).split('\n').filter(Boolean);
  return [...(await Promise.all(files)).flat(), ...builders].sort();
}

test('a dry run of a build creates no builder, no folder and no state', async () => {
  const scene = await begin();
  const builder = 'unix:///nowhere/buildkitd.sock linux/amd64';
  green(await scene.step('build', { only: 'web', 'dry-run': 'true' }));
  const before = await machine(scene);
  const dry = green(await scene.step('build', { 'dry-run': 'true' }));
  expect(dry.log).toContain('Dry run: nothing was done.');
  expect((await dry.post()).log).toBe('');
  const refused = await scene.step('build', { 'dry-run': 'true', builder });
  expect(refused.outputs['failure-reason']).toBe('builder-missing');
  expect((await refused.post()).log).toBe('');
  expect(await machine(scene)).toEqual(before);
});

test('a dry run writes the plan that plan-out names, without a secret', async () => {
  const scene = await begin();
  await writeFile(
    join(scene.checkout.folder, 'towpath.yaml'),
    'images: { job: { context: job, secrets: { npm: { env: NPM_TOKEN } } } }\n',
  );
  const inputs = { 'dry-run': 'true', 'plan-out': 'plan.json', secrets: 'NPM_TOKEN=s3cret-of-the-team' };
  const env = { HTTPS_PROXY: 'http://tug:pr0xy-s3cret@127.0.0.1:9', NO_PROXY: '*' };
  green(await scene.step('build', inputs, { env }));
  const text = await readFile(join(scene.checkout.folder, 'plan.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ action: 'build', plan: { builds: [{ name: 'job' }] } });
  expect(text).not.toMatch(/s3cret/);
});

/** Waits until a build has reserved its image set (unix(7), abstract sockets). */
async function reserved(): Promise<void> {
  while (!(await readFile('/proc/net/unix', 'utf8')).includes('@towpath-image-set-')) await setTimeout(5);
}

test('a build refuses the image set that another build is writing', async () => {
  const scene = await begin();
  await scene.withoutCache();
  const first = scene.step('build');
  await reserved();
  const second = await scene.step('build');
  expect(second.outputs['failure-reason']).toBe('image-set-in-use');
  const built = imagesOf(green(await first)).map(({ digest }) => digest);
  const { images } = await readImageSet(join(scene.temp, 'towpath'));
  expect(images.map(({ digest }) => digest)).toEqual(built);
});

test('a build can use the image set of a build that was killed', async () => {
  const scene = await begin();
  await scene.withoutCache();
  const controller = new AbortController();
  const killed = scene.step('build', {}, { interruption: { when: controller.signal, by: 'SIGKILL' } });
  await reserved();
  controller.abort();
  expect((await killed).exitCode).not.toBe(0);
  green(await scene.step('build'));
});

withBuildkitd(test)('builds that run at the same time do not meet', async () => {
  const one = await begin();
  const other = await one.clone();
  await one.withoutCache();
  const sets = ['set-a', 'set-b'].map((name) => join(one.temp, name));
  const results = await Promise.all([
    ...sets.map((folder) => one.step('build', { 'image-set': folder })),
    other.step('build'),
  ]);
  const digests = results.map((result) => imagesOf(green(result)).map(({ digest }) => digest));
  expect(digests[1]).toEqual(digests[0]);
  expect(digests[2]).toEqual(digests[0]);
  for (const folder of [...sets, join(other.temp, 'towpath')])
    expect((await readImageSet(folder)).images.map(({ digest }) => digest)).toEqual(digests[0]);
  const left = await readdir(one.temp);
  expect(left.filter((name) => name.startsWith('towpath-'))).toEqual([]);
});
