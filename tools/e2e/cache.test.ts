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

/** A BuildKit that has never built anything: another machine. */
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

/** Two images with a step each that never gives the same twice: who has its result has it from a cache. */
async function chancy(cache: string): Promise<Scene> {
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

/** A second machine builds the same: not by chance, but by the layers of the first. */
async function expectKept(scene: Scene, env?: Env): Promise<void> {
  const first = await buildFresh(scene, env);
  expect(first.warnings).toEqual([]);
  expect(await buildFresh(scene, env)).toMatchObject({ digests: first.digests, warnings: [] });
}

testWithBuildkitd('without a cache, another machine builds another image', async () => {
  const scene = await chancy('none');
  const [first, second] = [await buildFresh(scene), await buildFresh(scene)];
  expect(first.digests.filter((digest) => second.digests.includes(digest))).toEqual([]);
});

testWithBuildkitd(
  'registry: the layers of each image are in a repository of Amazon ECR beside it',
  async () => {
    const scene = await chancy('registry');
    for (const name of ['one', 'two'])
      await scene.stage.shared.createRepository(`payroll/${name}-cache`, 'MUTABLE');
    await expectKept(scene);
    for (const name of ['one', 'two'])
      expect(await scene.stage.shared.tags(`payroll/${name}-cache`)).toEqual([
        expect.stringMatching(/^layers-linux-/),
      ]);
  },
);

withDistribution('registry: one repository anywhere keeps the layers of all images apart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  await using registry = await startDistribution(folder);
  await expectKept(await chancy(`{ type: registry, reference: "${registry.host}/payroll/cache:main" }`));
  const { tags } = (await (await fetch(`${registry.url}/v2/payroll/cache/tags/list`)).json()) as {
    tags: string[];
  };
  expect(tags.sort()).toEqual([
    expect.stringMatching(/^main-one-linux-/),
    expect.stringMatching(/^main-two-linux-/),
  ]);
  await rm(folder, { recursive: true });
});

testWithBuildkitd('local: the layers of each image are in a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layers-'));
  await expectKept(await chancy('local'), { XDG_CACHE_HOME: folder });
  await rm(folder, { recursive: true });
});

testWithBuildkitd(
  'gha: the layers are in the cache of GitHub Actions, and its token nowhere else',
  async () => {
    await using cache = await startActionsCache();
    const env = cache.job('write');
    const scene = await chancy('gha');
    const [first, commandLines] = await commandLinesDuring(() => buildFresh(scene, env));
    expect(first.warnings).toEqual([]);
    const { keys } = cache;
    for (const name of ['one', 'two'])
      expect(keys).toContainEqual(expect.stringContaining(`index-${name}-linux-`));
    const token = env.ACTIONS_RUNTIME_TOKEN;
    expect([...commandLines].filter((line) => line.includes(token))).toEqual([]);
    expect(await filesWith(scene.temp, [token])).toEqual([]);
    expect(first.log).not.toContain(token);

    // Who may only read builds upon what is there, and is told what is not kept.
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
  },
);

testWithBuildkitd('a cache that cannot be reached is told of, and the images are built', async () => {
  const scene = await chancy('{ type: registry, reference: "127.0.0.1:1/payroll/cache" }');
  const { digests, warnings } = await buildFresh(scene);
  expect(digests).toHaveLength(2);
  expect(warnings.sort()).toEqual([
    expect.stringMatching(/^one: its cache could not be read, .*127\.0\.0\.1:1/),
    expect.stringMatching(/^one: its cache could not be written: .*127\.0\.0\.1:1/),
    expect.stringMatching(/^two: its cache could not be read, .*127\.0\.0\.1:1/),
    expect.stringMatching(/^two: its cache could not be written: .*127\.0\.0\.1:1/),
  ]);
});

testWithBuildkitd('a failing step is told, and not the cache that was not there yet', async () => {
  const scene = await chancy('registry');
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

/** A run of a pull request, as GitHub starts it. */
const pullRequest = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/7/merge' };

testWithBuildkitd(
  'a pull request reads the layers of main in a registry, and main none of its own',
  async () => {
    const scene = await chancy('registry');
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

testWithBuildkitd('a pull request writes no layers to a folder that main reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layers-'));
  const scene = await chancy('local');
  const env = { XDG_CACHE_HOME: folder };
  const request = await buildFresh(scene, { ...env, ...pullRequest });
  const main = await buildFresh(scene, env);
  expect(main.digests.filter((digest) => request.digests.includes(digest))).toEqual([]);
  expect(await buildFresh(scene, { ...env, ...pullRequest })).toMatchObject({ digests: main.digests });
  await rm(folder, { recursive: true });
});

testWithBuildkitd(
  'a pull request keeps its layers in a scope of its own of the cache of GitHub Actions',
  async () => {
    await using cache = await startActionsCache();
    const scene = await chancy('gha');
    const event = join(scene.temp, '..', 'event.json');
    await writeFile(event, JSON.stringify({ number: 7, pull_request: { number: 7 } }));
    const env = { ...cache.job('write'), ...pullRequest, GITHUB_EVENT_PATH: event };
    const request = await buildFresh(scene, env);
    expect(await buildFresh(scene, env)).toMatchObject({ digests: request.digests });
    const main = await buildFresh(scene, cache.job('write'));
    expect(main.digests.filter((digest) => request.digests.includes(digest))).toEqual([]);
  },
);
