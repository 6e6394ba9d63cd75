import { expect, test } from '@jest/globals';
import { readImageSet } from '@towpath/image-set';
import { buildx } from '@towpath/stage';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBuilder } from './builder.ts';
import { testWithBuildkitd } from './clients.ts';
import { begin, green, imagesOf, type Scene } from './scene.ts';

const busybox = '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';

/** Starts a BuildKit that the test can reach only by its address. */
async function buildkit(): Promise<{ address: string; blobs: () => Promise<number> } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'bk-'));
  const builder = await startBuilder(folder, {});
  return {
    address: `unix://${join(folder, 'buildkitd.sock')}`,
    blobs: async () => {
      const names = await readdir(join(folder, 'root'), { recursive: true });
      return names.filter((name) => /blobs\/sha256\/./.test(name)).length;
    },
    [Symbol.asyncDispose]: async () => {
      await builder[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Returns the builders that build created for an address. Other tests create builders at the same time. */
async function createdFor(address: string): Promise<readonly string[]> {
  const lines = (await buildx('ls', '--format={{.Name}} {{.DriverEndpoint}}')).split('\n');
  return lines
    .filter((line) => line.endsWith(address))
    .flatMap((line) => /\btowpath-[0-9a-f]{8}/.exec(line) ?? []);
}

async function write({ checkout }: Scene, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) await writeFile(join(checkout.folder, path), text);
}

testWithBuildkitd('two builders for one platform each give the same digests as one builder', async () => {
  await using one = await buildkit();
  await using two = await buildkit();
  const { step } = await begin();
  const alone = imagesOf(green(await step('build', { only: 'web' })));
  const builder = `${one.address} linux/amd64\n${two.address} linux/arm64`;
  const result = green(await step('build', { only: 'web', builder }));
  expect(imagesOf(result).map(({ digest }) => digest)).toEqual(alone.map(({ digest }) => digest));
  expect(await one.blobs()).toBeGreaterThan(0);
  expect(await two.blobs()).toBeGreaterThan(0);

  const created = await createdFor(one.address);
  expect(created).toHaveLength(1);
  expect((await result.post()).log).toBe(`Builder ${created[0]} was removed.`);
  expect(await createdFor(one.address)).toEqual([]);
});

/** Returns the highest number of images that were being built at the same time. */
function highestParallelism(log: string): number {
  let [running, most] = [0, 0];
  for (const line of log.split('\n')) {
    if (/^\w+: building$/.test(line)) running += 1;
    if (/^▸ Log of \w+ \(.+ (?:ms|s)\)$/.test(line)) running -= 1;
    most = Math.max(most, running);
  }
  expect(running).toBe(0);
  return most;
}

testWithBuildkitd(
  'distributes images over builders of one platform, up to max-parallel at a time',
  async () => {
    await using one = await buildkit();
    await using two = await buildkit();
    const scene = await begin();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const images = names.map((name) => `  ${name}: { context: job, dockerfile: ${name}.Dockerfile }`);
    await write(scene, {
      'towpath.yaml': `images:\n${images.join('\n')}\n`,
      ...Object.fromEntries(
        names.map((name) => [
          `${name}.Dockerfile`,
          `FROM scratch\nLABEL name=${name}\nCOPY reconcile.sh /${name}\n`,
        ]),
      ),
    });
    const builder = `${one.address} linux/amd64\n${two.address} linux/amd64`;
    const result = green(await scene.step('build', { builder, 'max-parallel': '2' }));
    expect(imagesOf(result)).toHaveLength(names.length);
    expect(highestParallelism(result.log)).toBe(2);
    expect(Math.min(await one.blobs(), await two.blobs())).toBeGreaterThan(0);
    await result.post();
  },
);

test('publish merges platforms that were built by separate jobs into one image', async () => {
  const { stage, step, temp } = await begin();
  const only = { only: 'web' };
  for (const platform of ['amd64', 'arm64']) {
    const inputs = { platforms: `linux/${platform}`, 'image-set': join(temp, 'sets', platform) };
    green(await step('build', { ...only, ...inputs }));
  }
  const inputs = { version: '1.0.0', 'image-set': join(temp, 'sets') };
  const [web] = imagesOf(green(await step('publish', { ...only, ...inputs })));
  expect(Object.keys(web?.platforms ?? {})).toEqual(['linux/amd64', 'linux/arm64']);
  expect(await stage.shared.digestOf('payroll/web', 'build-1.0.0')).toBe(web?.digest);
  for (const digest of Object.values(web?.platforms ?? {}))
    expect(await stage.shared.referrers('payroll/web', digest)).toHaveLength(1);
});

test('rejects steps for a platform that the builder cannot run before the build starts', async () => {
  const scene = await begin();
  await write(scene, { 'job/Dockerfile': `FROM ${busybox}\nRUN uname -m\n` });
  const result = await scene.step('build', { platforms: 'linux/s390x', only: 'reconcile' });
  expect(result.outputs['failure-reason']).toBe('platform-unsupported');
  expect(result.log).toMatch(/Image reconcile runs steps on linux\/s390x/);
  expect(result.log).toMatch(/setup-qemu-action/);
  expect(result.log).not.toContain('reconcile: building');
  expect(result.annotations).toContainEqual(expect.objectContaining({ file: 'job/Dockerfile', line: '2' }));
});

test('reports every image that fails at its line, and writes the other images to the set', async () => {
  const scene = await begin();
  await write(scene, {
    'towpath.yaml': [
      'images:',
      '  web: { context: web }',
      '  one: { context: job, dockerfile: job/one.Dockerfile }',
      '  two: { context: job, dockerfile: job/two.Dockerfile }',
      '  upon: { context: job, dockerfile: job/upon.Dockerfile, contexts: { base: target:one } }',
    ].join('\n'),
    'job/one.Dockerfile': `FROM ${busybox}\nRUN echo "ledger one" && false\n`,
    'job/two.Dockerfile': `FROM ${busybox} as x\nCOPY . .\nRUN echo "ledger two" && false\n`,
    'job/upon.Dockerfile': 'FROM base\n',
  });
  const result = await scene.step('build');
  expect(result.exitCode).toBe(1);
  const problems = JSON.parse(result.outputs.problems ?? '') as { message: string; place?: object }[];
  expect(problems.map(({ place }) => place)).toEqual([
    { file: 'job/one.Dockerfile', line: 2 },
    { file: 'job/two.Dockerfile', line: 3 },
    undefined,
  ]);
  expect(problems[0]?.message).toMatch(/^ledger one$/m);
  expect(problems[2]?.message).toContain('because its base one could not be built');
  expect(result.log).toContain('3 of 4 images could not be built.');
  expect(result.log).toContain(
    `the image set in ${join(scene.temp, 'towpath')}: web; missing: one, two, upon`,
  );
  expect(result.log).not.toContain('Nothing was written');
  const { images } = await readImageSet(join(scene.temp, 'towpath'));
  expect(images.map(({ name }) => name)).toEqual(['web']);
});

test('deletes an older image set if no image can be built', async () => {
  const scene = await begin();
  const only = { only: 'reconcile' };
  green(await scene.step('build', only));
  await write(scene, { 'job/Dockerfile': 'FROM scratch\nCOPY missing /\n' });
  expect((await scene.step('build', only)).outputs['failure-reason']).toBe('build-failed');
  const published = await scene.step('publish', { version: '1.0.0', ...only });
  expect(published.outputs['failure-reason']).toBe('image-set-missing');
});

test('annotates the lines of the Dockerfile with the warnings of BuildKit', async () => {
  const scene = await begin();
  await write(scene, { 'job/Dockerfile': `FROM ${busybox} as x\nMAINTAINER tug\nRUN true\n` });
  const { annotations, log, summary } = green(await scene.step('build', { only: 'reconcile' }));
  expect(log).toMatch(/^ *\[\d\/\d\] RUN true \((?:cached|\d+\.\d s)\)$/m);
  expect(summary).toMatch(/\| reconcile \|.*\| [\d.]+ \w+B \|.*\| \d of \d+ \|/);
  expect(annotations).toContainEqual(
    expect.objectContaining({
      file: 'job/Dockerfile',
      line: '1',
      message: expect.stringContaining('FromAsCasing') as unknown,
    }),
  );
  expect(annotations).toContainEqual(
    expect.objectContaining({
      line: '2',
      message: expect.stringContaining('MaintainerDeprecated') as unknown,
    }),
  );
});

test('builds images that are based on each other and shares their common layers', async () => {
  const scene = await begin();
  await write(scene, {
    'towpath.yaml': [
      'images:',
      '  app: { context: job, dockerfile: job/app.Dockerfile, contexts: { base: target:base } }',
      '  base: { context: job, dockerfile: job/base.Dockerfile }',
      '  left: { context: job, dockerfile: job/both.Dockerfile, target: left }',
      '  right: { context: job, dockerfile: job/both.Dockerfile, target: right }',
    ].join('\n'),
    'job/app.Dockerfile': 'FROM base\nCOPY reconcile.sh /app\nRUN test -s /uuid\n',
    'job/base.Dockerfile': `FROM ${busybox}\nRUN cat /proc/sys/kernel/random/uuid > /uuid\n`,
    'job/both.Dockerfile': `FROM ${busybox} AS shared\nRUN cat /proc/sys/kernel/random/uuid > /shared\nFROM shared AS left\nCOPY reconcile.sh /left\nFROM shared AS right\nCOPY reconcile.sh /right\n`,
  });
  green(await scene.step('build'));
  const { images } = await readImageSet(join(scene.temp, 'towpath'));
  const layersOf = async (name: string) => {
    const { digest = '' } = images.find((one) => one.name === name) ?? {};
    const path = join(scene.temp, 'towpath/blobs', digest.replace(':', '/'));
    const manifest = JSON.parse(await readFile(path, 'utf8')) as { layers: { digest: string }[] };
    return manifest.layers.map((layer) => layer.digest);
  };
  expect((await layersOf('app')).slice(0, 2)).toEqual(await layersOf('base'));
  expect((await layersOf('left')).slice(0, 2)).toEqual((await layersOf('right')).slice(0, 2));

  // The base image is built too, but it is not selected by `only`, so it is not in the set.
  const [only, ...more] = imagesOf(green(await scene.step('build', { only: 'app' })));
  expect([only?.name, more]).toEqual(['app', []]);
});
