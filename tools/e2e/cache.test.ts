import { expect } from '@jest/globals';
import { startActionsCache, startDistribution } from '@towpath/stage';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBuilder } from './builder.ts';
import { testWith, testWithBuildkitd } from './clients.ts';
import { commandLinesDuring } from './command-lines.ts';
import { filesWith } from './files-with.ts';
import { begin, green, imagesOf, type Scene } from './scene.ts';

const withDistribution = testWith('docker-registry or buildkitd', [
  'sh',
  '-c',
  'docker-registry --version && buildkitd --version',
]);
const busybox = '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';

type Env = Readonly<Record<string, string>>;

/** Starts a BuildKit with an empty cache, as on another machine. */
async function freshBuilder() {
  const folder = await mkdtemp(join(tmpdir(), 'bk-'));
  const builder = await startBuilder(folder, {});
  return {
    name: builder.name,
    [Symbol.asyncDispose]: async () => {
      await builder[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Configures two images with a step whose result is random, so that equal results come from the cache. */
async function beginRandom(cache: string): Promise<Scene> {
  const scene = await begin();
  const uuid = '/proc/sys/kernel/random/uuid';
  const files = {
    'towpath.yaml': `cache: ${cache}\nimages:\n  one: { context: job, dockerfile: job/one.Dockerfile }\n  two: { context: job, dockerfile: job/two.Dockerfile }\n`,
    'job/one.Dockerfile': `FROM ${busybox} AS made\nRUN cat ${uuid} > /one\nFROM scratch\nCOPY --from=made /one /\n`,
    'job/two.Dockerfile': `FROM ${busybox}\nRUN cat ${uuid} > /two\n`,
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(scene.checkout.folder, path), text);
  return scene;
}

async function buildFresh({ step }: Scene, env: Env = {}) {
  await using builder = await freshBuilder();
  const result = green(await step('build', { config: 'towpath.yaml', builder: builder.name }, { env }));
  const warnings = result.annotations
    .filter(({ level }) => level === 'warning')
    .map(({ message }) => message);
  return { digests: imagesOf(result).map(({ digest }) => digest), warnings, log: result.log };
}

/** Expects a second machine to get the digests of the first from the cache. */
async function expectCached(scene: Scene, env?: Env): Promise<void> {
  const first = await buildFresh(scene, env);
  expect(first.warnings).toEqual([]);
  expect(await buildFresh(scene, env)).toMatchObject({ digests: first.digests, warnings: [] });
}

testWithBuildkitd('none: another machine builds different images', async () => {
  const scene = await beginRandom('none');
  const [first, second] = [await buildFresh(scene), await buildFresh(scene)];
  expect(first.digests.filter((digest) => second.digests.includes(digest))).toEqual([]);
});

testWithBuildkitd(
  'registry: stores the layers of each image in its own cache repository in ECR',
  async () => {
    const scene = await beginRandom('registry');
    for (const name of ['one', 'two'])
      await scene.stage.shared.createRepository(`payroll/${name}-cache`, 'MUTABLE');
    await expectCached(scene);
    for (const name of ['one', 'two'])
      expect(await scene.stage.shared.tags(`payroll/${name}-cache`)).toEqual([
        expect.stringMatching(/^layers-linux-/),
      ]);
  },
);

withDistribution(
  'registry: stores the layers of each image under its own tag in one repository',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'registry-'));
    await using registry = await startDistribution(folder);
    await expectCached(
      await beginRandom(`{ type: registry, reference: "${registry.host}/payroll/cache:main" }`),
    );
    const { tags } = (await (await fetch(`${registry.url}/v2/payroll/cache/tags/list`)).json()) as {
      tags: string[];
    };
    expect(tags.sort()).toEqual([
      expect.stringMatching(/^main-one-linux-/),
      expect.stringMatching(/^main-two-linux-/),
    ]);
    await rm(folder, { recursive: true });
  },
);

testWithBuildkitd('local: stores the layers of each image in a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layers-'));
  await expectCached(await beginRandom('local'), { XDG_CACHE_HOME: folder });
  await rm(folder, { recursive: true });
});

testWithBuildkitd('gha: stores the layers in the cache of GitHub Actions and exposes no token', async () => {
  await using cache = await startActionsCache();
  const env = cache.job('write');
  const scene = await beginRandom('gha');
  const [first, commandLines] = await commandLinesDuring(() => buildFresh(scene, env));
  expect(first.warnings).toEqual([]);
  const { keys } = cache;
  for (const name of ['one', 'two'])
    expect(keys).toContainEqual(expect.stringContaining(`index-${name}-linux-`));
  const token = env.ACTIONS_RUNTIME_TOKEN;
  expect([...commandLines].filter((line) => line.includes(token))).toEqual([]);
  expect(await filesWith(scene.temp, [token])).toEqual([]);
  expect(first.log).not.toContain(token);

  // A job with read access uses the cache and gets a warning for each image it cannot store.
  const folder = scene.checkout.folder;
  await writeFile(join(folder, 'web/more.Dockerfile'), `FROM ${busybox}\nRUN echo more > /more\n`);
  await appendFile(
    join(folder, 'towpath.yaml'),
    '  more: { context: web, dockerfile: web/more.Dockerfile }\n',
  );
  const second = await buildFresh(scene, cache.job('read'));
  expect(second.digests.slice(0, 2)).toEqual(first.digests);
  expect(second.warnings).toContainEqual(expect.stringMatching(/^more: its cache could not be written: /));
  expect(cache.keys).toEqual(keys);
});

testWithBuildkitd('builds the images and warns if the cache cannot be reached', async () => {
  const scene = await beginRandom('{ type: registry, reference: "127.0.0.1:1/payroll/cache" }');
  const { digests, warnings } = await buildFresh(scene);
  expect(digests).toHaveLength(2);
  expect(warnings.sort()).toEqual([
    expect.stringMatching(/^one: its cache could not be read, .*127\.0\.0\.1:1/),
    expect.stringMatching(/^one: its cache could not be written: .*127\.0\.0\.1:1/),
    expect.stringMatching(/^two: its cache could not be read, .*127\.0\.0\.1:1/),
    expect.stringMatching(/^two: its cache could not be written: .*127\.0\.0\.1:1/),
  ]);
});

testWithBuildkitd('reports a failing step, not the missing cache of a first run', async () => {
  const scene = await beginRandom('registry');
  for (const name of ['one', 'two'])
    await scene.stage.shared.createRepository(`payroll/${name}-cache`, 'MUTABLE');
  await writeFile(
    join(scene.checkout.folder, 'job/two.Dockerfile'),
    `FROM ${busybox}\nRUN echo aground && false\n`,
  );
  await using builder = await freshBuilder();
  const result = await scene.step('build', { config: 'towpath.yaml', builder: builder.name });
  const problems = JSON.parse(result.outputs.problems ?? '') as { message: string }[];
  expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(/RUN echo aground/)]);
});

/** The environment of a run for a pull request. */
const pullRequest = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/7/merge' };

testWithBuildkitd(
  'registry: a pull request reads the layers of main, and main reads none of the pull request',
  async () => {
    const scene = await beginRandom('registry');
    for (const name of ['one', 'two'])
      await scene.stage.shared.createRepository(`payroll/${name}-cache`, 'MUTABLE');
    const request = await buildFresh(scene, pullRequest);
    for (const name of ['one', 'two'])
      expect(await scene.stage.shared.tags(`payroll/${name}-cache`)).toEqual([]);
    const main = await buildFresh(scene);
    expect(main.digests.filter((digest) => request.digests.includes(digest))).toEqual([]);
    expect(await buildFresh(scene, pullRequest)).toMatchObject({ digests: main.digests });
  },
);

testWithBuildkitd('local: a pull request writes no layers to the folder that main reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layers-'));
  const scene = await beginRandom('local');
  const env = { XDG_CACHE_HOME: folder };
  const request = await buildFresh(scene, { ...env, ...pullRequest });
  const main = await buildFresh(scene, env);
  expect(main.digests.filter((digest) => request.digests.includes(digest))).toEqual([]);
  expect(await buildFresh(scene, { ...env, ...pullRequest })).toMatchObject({ digests: main.digests });
  await rm(folder, { recursive: true });
});

testWithBuildkitd('gha: a pull request stores its layers in a separate scope', async () => {
  await using cache = await startActionsCache();
  const scene = await beginRandom('gha');
  const event = join(scene.temp, '..', 'event.json');
  await writeFile(event, JSON.stringify({ number: 7, pull_request: { number: 7 } }));
  const env = { ...cache.job('write'), ...pullRequest, GITHUB_EVENT_PATH: event };
  const request = await buildFresh(scene, env);
  expect(await buildFresh(scene, env)).toMatchObject({ digests: request.digests });
  const main = await buildFresh(scene, cache.job('write'));
  expect(main.digests.filter((digest) => request.digests.includes(digest))).toEqual([]);
});
