import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtBy, push, simplify, type Image } from './pushes.ts';
import { begin, green } from './scene.ts';

function promotion(version: string, environment: string) {
  return { event: 'workflow_dispatch', payload: { inputs: { version, environment } } };
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
