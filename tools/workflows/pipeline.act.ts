import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowRun } from './act.ts';
import { begin, green, type Scene } from './scene.ts';

interface Image {
  readonly name: string;
  readonly digest: string;
}

/** Runs main.yml as a push of what is checked out does. */
async function push(scene: Scene, attempt = 1) {
  const after = await scene.checkout.revision();
  return scene.run('main.yml', { event: 'push', payload: { ref: 'refs/heads/main', after }, attempt });
}

function promotion(version: string, environment: string) {
  return { event: 'workflow_dispatch', payload: { inputs: { version, environment } } };
}

function digestsOf({ outputs }: WorkflowRun): readonly string[] {
  const images = JSON.parse(outputs.get('build/build/images') ?? '[]') as readonly Image[];
  return images.map(({ digest }) => digest);
}

test('a push to main brings the images to dev', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const revision = await checkout.revision();

  const { jobs, outputs, summaries } = green(await push(scene));

  expect([...jobs.values()]).toEqual(['success', 'success', 'success', 'success']);
  const images = JSON.parse(outputs.get('build/build/images') ?? '[]') as Image[];
  expect(images.map(({ name }) => name)).toEqual(team.images);
  for (const { name, digest } of images) {
    const repository = `${team.prefix}/${name}`;
    expect(await stage.shared.tags(repository)).toEqual([`build-${revision}`, `dev-${revision}`]);
    expect(await stage.shared.digestOf(repository, `build-${revision}`)).toBe(digest);
    expect(await stage.shared.digestOf(repository, `dev-${revision}`)).toBe(digest);
    expect(await stage.prod.tags(repository)).toEqual([]);
  }
  expect(scene.artifacts).toMatchObject([{ name: expect.stringMatching(/^image-set-\w+-1$/) as unknown }]);
  // Of build, publish, gate and promote, each of which names every image.
  expect(summaries).toHaveLength(4);
  for (const summary of summaries) for (const { name } of images) expect(summary).toContain(name);
});

test('a version is promoted from a fresh checkout, after an image has joined the configuration', async () => {
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
  // The pipeline's alone.
  expect(scene.artifacts).toHaveLength(1);
});

test('a promotion that skips an environment fails, and prod keeps what it has', async () => {
  const scene = await begin();
  const version = await scene.checkout.revision();
  green(await push(scene));

  const { exitCode, log } = await scene.run('promote.yml', promotion(version, 'prod'));

  expect(exitCode).not.toBe(0);
  expect(log).toContain(`test-${version}`);
  expect(await scene.stage.prod.tags(`${team.prefix}/web`)).toEqual([]);
});

test('a second attempt of a run finds everything done', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const revision = await checkout.revision();
  const first = green(await push(scene));

  const second = green(await push(scene, 2));

  // What attests the build tells when it was; the images are the same.
  const [before, after] = [first, second].map(digestsOf);
  expect(before).toHaveLength(team.images.length);
  expect(after).toEqual(before);
  expect(await stage.shared.tags(`${team.prefix}/web`)).toEqual([`build-${revision}`, `dev-${revision}`]);
  expect(scene.artifacts.map(({ name }) => name.replace(/\w+(?=-\d$)/, 'SET'))).toEqual([
    'image-set-SET-1',
    'image-set-SET-2',
  ]);
});
