import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkflowRun } from './act.ts';
import { spellOutMatrix } from './matrix-jobs.ts';
import { begin, green, release, type Scene } from './scene.ts';

interface Image {
  readonly name: string;
  readonly digest: string;
}

/** Runs main.yml for a push of the current checkout. */
async function push(scene: Scene, attempt = 1) {
  const after = await scene.checkout.revision();
  return scene.run('main.yml', { event: 'push', payload: { ref: 'refs/heads/main', after }, attempt });
}

/** Runs main.yml with a matrix for a push of commits. The runners have one label for each platform. */
async function pushMatrix(scene: Scene, before: string, rows: number) {
  const called = 'towpath/towpath@v1';
  const folder = release().repositories.get(called) ?? '';
  const copy = join(dirname(folder), 'spelt-out');
  await rm(copy, { recursive: true, force: true });
  await cp(folder, copy, { recursive: true });
  const workflow = join(copy, '.github/workflows/pipeline.yml');
  if (rows > 0) await writeFile(workflow, spellOutMatrix(await readFile(workflow, 'utf8'), 'build', rows));
  const after = await scene.checkout.revision();
  return scene.run('main.yml', {
    event: 'push',
    payload: { ref: 'refs/heads/main', before, after },
    labels: ['ubuntu-latest', 'tug-arm64'],
    repositories: new Map([[called, copy]]),
  });
}

/** Returns the jobs of the called workflow that ran, with their results, sorted: jobs of a matrix have no order. */
function resultsOf(jobs: WorkflowRun['jobs']): readonly string[] {
  return [...jobs].map(([name, result]) => `${name.split('/').slice(2).join('/').trim()}: ${result}`).sort();
}

function promotion(version: string, environment: string) {
  return { event: 'workflow_dispatch', payload: { inputs: { version, environment } } };
}

/**
 * Returns the output `images` of the exemplar's build job, which has a role because its base images are private.
 */
function builtBy({ outputs }: WorkflowRun): readonly Image[] {
  return JSON.parse(outputs.get('build-with-role/build/images') ?? '[]') as readonly Image[];
}

/** A configuration whose images are each built in a job without a role. */
const simple = `registry: ssm:/account/ecr/main/registry
images: { reconcile: { context: plain }, web: { context: plain, args: { NAME: web } } }
environments: { staging: { from: build }, prod: { from: staging } }
gate: { fail-on: critical }
`;

/** Replaces the exemplar's images by images without a private base, and changes the call of the pipeline. */
async function simplify({ checkout }: Scene, call: Readonly<Record<string, string>> = {}) {
  const { folder } = checkout;
  await mkdir(join(folder, 'plain'), { recursive: true });
  await writeFile(
    join(folder, 'plain/Dockerfile'),
    'FROM scratch\nARG NAME\nLABEL name=$NAME\nCOPY Dockerfile /\n',
  );
  await writeFile(join(folder, 'towpath.yaml'), simple);
  const main = join(folder, '.github/workflows/main.yml');
  const inputs = Object.entries(call).map(([name, value]) => `\n      ${name}: ${value}`);
  const text = await readFile(main, 'utf8');
  await writeFile(main, text.replace(/\n +build-role: .*/, inputs.join('')));
  await checkout.commit('Build without a role');
}

test('a push to main brings the images to dev', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const revision = await checkout.revision();

  const run = green(await push(scene));
  const { jobs, summaries } = run;

  expect([...jobs.values()]).toEqual(['success', 'success', 'success']);
  const images = builtBy(run);
  expect(images.map(({ name }) => name)).toEqual(team.images);
  for (const { name, digest } of images) {
    const repository = `${team.prefix}/${name}`;
    expect(await stage.shared.tags(repository)).toEqual([`build-${revision}`, `dev-${revision}`]);
    expect(await stage.shared.digestOf(repository, `build-${revision}`)).toBe(digest);
    expect(await stage.shared.digestOf(repository, `dev-${revision}`)).toBe(digest);
    expect(await stage.prod.tags(repository)).toEqual([]);
  }
  expect(scene.artifacts).toMatchObject([{ name: expect.stringMatching(/^image-set-\w+-1$/) as unknown }]);
  // Three summaries, of build, publish and promote. Each names every image.
  expect(summaries).toHaveLength(3);
  for (const summary of summaries) for (const { name } of images) expect(summary).toContain(name);
});

test('a version is promoted from a new checkout after an image was added to the configuration', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const version = await checkout.revision();
  green(await push(scene));

  await writeFile(
    join(checkout.folder, 'towpath.yaml'),
    `registry: ssm:/account/ecr/main/registry
images:
  reconcile: { context: job }
  web: { context: web, platforms: [linux/amd64, linux/arm64] }
  mailer: { context: job }
environments:
  dev: { from: build }
  test: { from: dev }
  prod: { from: test, registry: ${stage.prod.host}, gate: { fail-on: high } }
gate: { fail-on: critical }
`,
  );
  await checkout.commit('Send mail, too');
  green(await scene.run('promote.yml', promotion(version, 'test')));
  const { outputs, summaries } = green(await scene.run('promote.yml', promotion(version, 'prod')));

  const images = JSON.parse(outputs.get('promote/promote/images') ?? '[]') as Image[];
  expect(images.map(({ name }) => name)).toEqual(team.images);
  for (const { name, digest } of images) {
    const repository = `${team.prefix}/${name}`;
    expect(await stage.shared.digestOf(repository, `build-${version}`)).toBe(digest);
    expect(await stage.shared.digestOf(repository, `test-${version}`)).toBe(digest);
    expect(await stage.prod.tags(repository)).toEqual([`prod-${version}`]);
    expect(await stage.prod.digestOf(repository, `prod-${version}`)).toBe(digest);
    expect(summaries.join('\n')).toContain(digest.slice('sha256:'.length, 'sha256:'.length + 12));
  }
  // Only the artifact of the pipeline.
  expect(scene.artifacts).toHaveLength(1);
});

test('a promotion that skips an environment fails, and prod does not change', async () => {
  const scene = await begin();
  const version = await scene.checkout.revision();
  green(await push(scene));

  const { exitCode, log } = await scene.run('promote.yml', promotion(version, 'prod'));

  expect(exitCode).not.toBe(0);
  expect(log).toContain(`test-${version}`);
  expect(await scene.stage.prod.tags(`${team.prefix}/web`)).toEqual([]);
});

test('a second attempt of a run has nothing left to do', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const revision = await checkout.revision();
  const first = green(await push(scene));

  const second = green(await push(scene, 2));

  // The attestations contain the time of the build; the images are the same.
  const [before, after] = [first, second].map((run) => builtBy(run).map(({ digest }) => digest));
  expect(before).toHaveLength(team.images.length);
  expect(after).toEqual(before);
  expect(await stage.shared.tags(`${team.prefix}/web`)).toEqual([`build-${revision}`, `dev-${revision}`]);
  expect(scene.artifacts.map(({ name }) => name.replace(/\w+(?=-\d$)/, 'SET'))).toEqual([
    'image-set-SET-1',
    'image-set-SET-2',
  ]);
});

test('the pipeline promotes to the first environment of the configuration', async () => {
  const scene = await begin();
  await simplify(scene, { platforms: 'linux/arm64', version: '1.4.0' });

  const { jobs, outputs } = green(await push(scene));

  expect([...jobs.values()]).toEqual(['success', 'success', 'success']);
  expect(outputs.get('build/build/images')).toContain('linux/arm64');
  for (const name of team.images)
    expect(await scene.stage.shared.tags(`${team.prefix}/${name}`)).toEqual(['build-1.4.0', 'staging-1.4.0']);
});

test('an environment that no new version can enter fails the run before anything is published', async () => {
  const scene = await begin();
  await simplify(scene, { environment: 'prod' });

  const { exitCode, log } = await push(scene);

  expect(exitCode).not.toBe(0);
  expect(log).toContain('Set environment: staging');
  for (const name of team.images) expect(await scene.stage.shared.tags(`${team.prefix}/${name}`)).toEqual([]);
});

test('a matrix builds what changed, each platform on its own runner, and publishes what was planned', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const file = (path: string) => join(checkout.folder, path);
  const runners = ['default=ubuntu-latest', 'linux/arm64=["self-hosted", "tug-arm64"]'];
  await simplify(scene, {
    matrix: 'true',
    version: '1.4.0',
    runners: `|\n${runners.map((line) => `        ${line}`).join('\n')}`,
  });
  await cp(file('plain'), file('site'), { recursive: true });
  await writeFile(
    file('towpath.yaml'),
    simple.replace('web: { context: plain', 'web: { context: site, platforms: [linux/amd64, linux/arm64]'),
  );
  await checkout.commit('Build for two platforms');
  const before = await checkout.revision();
  await writeFile(file('site/Dockerfile'), 'FROM scratch\nCOPY . /all\n');
  await checkout.commit('Copy everything');

  const { jobs, outputs } = green(await pushMatrix(scene, before, 2));

  expect(resultsOf(jobs)).toEqual([
    'Build web (linux/amd64): success',
    'Build web (linux/arm64): success',
    'Plan: success',
    'Promote to staging: success',
    'Publish: success',
    'Result: success',
    'build: success',
  ]);
  const { include } = JSON.parse(outputs.get('plan/matrix/matrix') ?? '') as {
    include: { runner: unknown }[];
  };
  expect(include.map(({ runner }) => runner)).toEqual(['ubuntu-latest', ['self-hosted', 'tug-arm64']]);
  expect(scene.artifacts).toHaveLength(2);
  const published = JSON.parse(outputs.get('publish/publish/images') ?? '[]') as (Image & {
    platforms: object;
  })[];
  expect(published.map(({ name, platforms }) => [name, Object.keys(platforms)])).toEqual([
    ['web', ['linux/amd64', 'linux/arm64']],
  ]);
  expect(await stage.shared.digestOf(`${team.prefix}/web`, 'staging-1.4.0')).toBe(published[0]?.digest);
  expect(await stage.shared.tags(`${team.prefix}/reconcile`)).toEqual([]);

  const built = await checkout.revision();
  await writeFile(file('README.md'), 'No image contains this file.');
  await checkout.commit('Explain');
  const idle = green(await pushMatrix(scene, built, 0));
  expect(idle.outputs.get('plan/matrix/any')).toBe('false');
  expect(resultsOf(idle.jobs)).toEqual(['Plan: success', 'Result: success']);
  expect(scene.artifacts).toHaveLength(2);
});

test('a second pipeline of a run publishes what it built, not what the first one did', async () => {
  const scene = await begin();
  await simplify(scene);
  const images = ({ outputs }: WorkflowRun) =>
    JSON.parse(outputs.get('build/build/images') ?? '[]') as Image[];
  const first = images(green(await push(scene)));
  await writeFile(join(scene.checkout.folder, 'plain/Dockerfile'), 'FROM scratch\nCOPY . /all\n');
  await scene.checkout.commit('Copy everything');
  const second = images(green(await push(scene, 2)));

  const revision = await scene.checkout.revision();
  expect(second).not.toEqual(first);
  for (const { name, digest } of second)
    expect(await scene.stage.shared.digestOf(`${team.prefix}/${name}`, `staging-${revision}`)).toBe(digest);
});

test('values of build secrets reach the build, also multi-line ones', async () => {
  const scene = await begin();
  const { folder } = scene.checkout;
  const token = randomBytes(16).toString('hex');
  const edit = async (path: string, pattern: RegExp, replacement: string) => {
    const text = await readFile(join(folder, path), 'utf8');
    expect(text).toMatch(pattern);
    await writeFile(join(folder, path), text.replace(pattern, replacement));
  };
  const key = `-----BEGIN KEY-----\n${token.slice(0, 8)}"=,${token.slice(8)}\n-----END KEY-----`;
  const sum = createHash('sha256').update(key).digest('hex');
  await edit(
    'towpath.yaml',
    /context: job/,
    'context: job\n    secrets: { token: { env: NPM_TOKEN }, key: { env: A_KEY } }',
  );
  await edit(
    'job/Dockerfile',
    /^RUN /m,
    `RUN --mount=type=secret,id=token,env=TOKEN --mount=type=secret,id=key test "$TOKEN" = ${token} && test "$(sha256sum < /run/secrets/key)" = "${sum}  -" && `,
  );
  const secrets = `NPM_TOKEN=${token}\nA_KEY<<END\n${key}\nEND`.replaceAll(/^/gm, '        ');
  await edit('.github/workflows/main.yml', /$/, `    secrets:\n      build-secrets: |\n${secrets}\n`);
  await scene.checkout.commit('Build with a secret');

  expect(builtBy(green(await push(scene)))).toHaveLength(team.images.length);
});
