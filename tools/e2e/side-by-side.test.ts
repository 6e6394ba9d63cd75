import { expect, test } from '@jest/globals';
import { readImageSet } from '@towpath/image-set';
import type { Interruption } from '@towpath/runner';
import { cp, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBuildkitd } from './clients.ts';
import { servePackages } from './package-server.ts';
import { begin, green, imagesOf, type Scene } from './scene.ts';

/** What a step could leave on the machine: files of the job and of buildx, which has a file for each builder. */
async function machine({ temp, checkout }: Scene, ofBuildx: string): Promise<readonly string[]> {
  const files = [temp, checkout.folder, ofBuildx].map(async (folder) => {
    const names = await readdir(folder, { recursive: true });
    // The runner's own files, and buildx's notes of which builder was used, and when.
    return names
      .filter((name) => !/^_runner|^\.git|(?:^|\/)(?:activity|current|defaults|\.lock|refs)/.test(name))
      .map((name) => join(folder, name));
  });
  return (await Promise.all(files)).flat().sort();
}

test('a dry run of a build creates no builder, no folder and no state', async () => {
  const scene = await begin();
  const builder = 'unix:///nowhere/buildkitd.sock linux/amd64';
  // Tests that run at the same time create builders, too.
  await using folder = await mkdtempDisposable(join(tmpdir(), 'towpath-buildx-'));
  const own = process.env.BUILDX_CONFIG;
  if (own !== undefined) await cp(own, folder.path, { recursive: true });
  const options = { env: own === undefined ? {} : { BUILDX_CONFIG: folder.path } };
  green(await scene.step('build', { only: 'web', 'dry-run': 'true' }, options));
  const before = await machine(scene, folder.path);
  const dry = green(await scene.step('build', { 'dry-run': 'true' }, options));
  expect(dry.log).toContain('Dry run: nothing was done.');
  expect((await dry.post()).log).toBe('');
  const refused = await scene.step('build', { 'dry-run': 'true', builder }, options);
  expect(refused.outputs['failure-reason']).toBe('builder-missing');
  expect((await refused.post()).log).toBe('');
  expect(await machine(scene, folder.path)).toEqual(before);
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

/** A build that waits for a file from the network, so that the test decides when it ends. */
async function beginBuild(scene: Scene, interruption?: Interruption) {
  const requested = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  const server = await servePackages(() => {
    requested.resolve(undefined);
    return released.promise;
  });
  const dockerfile = `FROM scratch\nADD http://127.0.0.1:${server.port}/one /one\n`;
  await writeFile(join(scene.checkout.folder, 'job', 'Dockerfile'), dockerfile);
  const result = scene.step('build', { only: 'reconcile' }, { interruption });
  const hasEnded = result.then(({ log }) => Promise.reject(new Error(`The build did not wait:\n${log}`)));
  await Promise.race([requested.promise, hasEnded]);
  hasEnded.catch(() => undefined);
  return {
    result,
    /** Lets this build and later ones have the file. */
    release: () => {
      released.resolve(undefined);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test('a build refuses the image set that another build is writing', async () => {
  const scene = await begin();
  await using first = await beginBuild(scene);
  const second = await scene.step('build', { only: 'reconcile' });
  expect(second.outputs['failure-reason']).toBe('image-set-in-use');
  first.release();
  const built = imagesOf(green(await first.result)).map(({ digest }) => digest);
  const { images } = await readImageSet(join(scene.temp, 'towpath'));
  expect(images.map(({ digest }) => digest)).toEqual(built);
});

test('a build can use the image set of a build that was killed', async () => {
  const scene = await begin();
  const controller = new AbortController();
  await using killed = await beginBuild(scene, { when: controller.signal, by: 'SIGKILL' });
  controller.abort();
  expect((await killed.result).exitCode).not.toBe(0);
  killed.release();
  green(await scene.step('build', { only: 'reconcile' }));
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
