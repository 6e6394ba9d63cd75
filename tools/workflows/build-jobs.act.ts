import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { createHash, randomBytes } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowRun } from './act.ts';
import { spellOutMatrix } from './matrix-jobs.ts';
import { builtBy, generateBefore, generatedFiles, push, simple, simplify, type Image } from './pushes.ts';
import { begin, green, type Scene } from './scene.ts';

/** Runs main.yml with a matrix for a push of commits. The runners have one label for each platform. */
async function pushMatrix(scene: Scene, before: string, rows: number) {
  const called = 'towpath/towpath@v1';
  const copy = await scene.copyOf(called);
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
  return [...jobs]
    .map(([name, result]) => [name.split('/').slice(2).join('/').trim(), result] as const)
    .flatMap(([name, result]) => (name === '' ? [] : [`${name}: ${result}`]))
    .sort();
}

/** Returns the names of the artifacts with image sets. */
function setsOf({ artifacts }: Scene): readonly string[] {
  return artifacts.flatMap(({ name }) => (name.startsWith('image-set-') ? [name] : []));
}

test('a matrix builds what changed with the files of an earlier job, each platform on its own runner, and publishes what was planned', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const file = (path: string) => join(checkout.folder, path);
  const runners = ['default=ubuntu-latest', 'linux/arm64=["self-hosted", "tug-arm64"]'];
  await simplify(scene, {
    matrix: 'true',
    version: '1.4.0',
    ...generatedFiles,
    runners: `|\n${runners.map((line) => `        ${line}`).join('\n')}`,
  });
  await cp(file('plain'), file('site'), { recursive: true });
  await generateBefore(scene, 'site');
  await writeFile(
    file('towpath.yaml'),
    simple.replace('web: { context: plain', 'web: { context: site, platforms: [linux/amd64, linux/arm64]'),
  );
  await checkout.commit('Build for two platforms');
  const before = await checkout.revision();
  await writeFile(file('site/Dockerfile'), 'FROM scratch\nCOPY generated.txt /\nCOPY . /all\n');
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
  expect(setsOf(scene)).toHaveLength(2);
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
  expect(setsOf(scene)).toHaveLength(2);
});

test('a matrix with a role is planned, built and published by the jobs with this role', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  await simplify(scene, {
    'build-role': 'arn:aws:iam::111122223333:role/payroll-build',
    ...{ matrix: 'true', base: 'none', reuse: '7d', only: 'web' },
  });
  const first = green(await push(scene));
  expect(resultsOf(first.jobs)).toEqual([
    'Build web (runner’s platform): success',
    'Plan: success',
    'Promote to staging: success',
    'Publish: success',
    'Result: success',
  ]);
  expect(first.outputs.get('plan-with-role/matrix/any')).toBe('true');
  expect(await stage.shared.tags(`${team.prefix}/web`)).toContain(`staging-${await checkout.revision()}`);
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
