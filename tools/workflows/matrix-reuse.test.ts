import { expect, test } from '@jest/globals';
import { matrix } from '@towpath/action-matrix';
import { publish } from '@towpath/action-publish';
import type { Exec } from '@towpath/flow';
import { readImageSet, writeImageSet } from '@towpath/image-set';
import { digestOf } from '@towpath/reference';
import { fingerprintsOf, makeImageSet, scenario, temporaryFolder, type Scenario } from '@towpath/testing';
import { join } from 'node:path';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: { platforms: [linux/amd64, linux/arm64] }
`;

const files = { 'towpath.yaml': config, Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'content' };
const platforms = ['linux/amd64', 'linux/arm64'];

async function teamWithLedger(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['backend', 'web', 'towpath']) await scene.shared.createRepository(`payroll/${name}`);
  return scene;
}

/** A machine with buildx and without git. */
const exec: Exec = (_, args) =>
  Promise.resolve({ exitCode: args.includes('version') ? 0 : 1, stdout: '', stderr: '' });

/** Publishes the image sets of two jobs that built one platform each. */
async function publishParts(scene: Scenario): Promise<string> {
  const folder = temporaryFolder();
  for (const platform of platforms) {
    const { web: fingerprint } = await fingerprintsOf(files, {}, platform);
    const job = join(folder, platform.replace('/', '-'));
    await makeImageSet(job, [{ name: 'web', platforms: [platform], fingerprint }]);
  }
  const ending = await scene.play(publish, {
    files,
    given: { version: '1.0.0', only: 'web', 'image-set': folder },
  });
  expect(ending.codes).toEqual([]);
  return (JSON.parse(ending.outputs.digests ?? '') as { web: string }).web;
}

async function plan(
  scene: Scenario,
  changed: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
) {
  const given = { only: 'web', base: 'none', reuse: '7d', ...more };
  const ending = await scene.play(matrix, { files: { ...files, ...changed }, given, exec });
  expect(ending.codes).toEqual([]);
  return ending.outputs;
}

/** Publishes what a plan without jobs reuses. */
function publishPlan(
  scene: Scenario,
  { folder = '', images = '', expected = '', reused }: Partial<Record<string, string>>,
) {
  const given = {
    version: '1.1.0',
    'image-set': folder,
    only: images,
    expected,
    images: `[${reused ?? ''}]`,
  };
  return scene.play(publish, { files, given });
}

test('an image whose platforms were built by several jobs is reused, and published again', async () => {
  const scene = await teamWithLedger();
  const digest = await publishParts(scene);

  const planned = await plan(scene);
  expect(planned).toMatchObject({
    any: 'false',
    images: 'web',
    expected: JSON.stringify({ web: platforms }),
    matrix: '{"include":[]}',
    reused: expect.stringContaining(digest.slice(digest.indexOf('@') + 1)) as unknown,
  });
  const { codes, outputs } = await publishPlan(scene, planned);
  expect(codes).toEqual([]);
  expect(outputs.digests).toContain(digest);
  expect(await scene.shared.document('payroll/towpath', '1.1.0.intent.1')).toMatchObject({
    images: [{ name: 'web', verified: true }],
  });
});

test('an image that names no platform is reused if it was built for the platform of the default runner', async () => {
  const scene = await teamWithLedger();
  const { backend: fingerprint } = await fingerprintsOf(files);
  const folder = temporaryFolder();
  await makeImageSet(folder, [{ name: 'backend', platforms: ['linux/amd64'], fingerprint }]);
  const given = { version: '1.0.0', only: 'backend', 'image-set': folder };
  expect((await scene.play(publish, { files, given })).codes).toEqual([]);

  const anyOn = async (runner: string) => {
    const { any } = await plan(scene, {}, { only: 'backend', runners: `default=${runner}` });
    return any;
  };
  expect(await anyOn('ubuntu-latest')).toBe('false');
  expect(await anyOn('["self-hosted", "linux", "x64"]')).toBe('false');
  // Another platform, and one that the label does not say.
  expect(await anyOn('ubuntu-24.04-arm')).toBe('true');
  expect(await anyOn('tug')).toBe('true');

  const planned = await plan(scene, {}, { only: 'backend' });
  expect(JSON.stringify(planned)).not.toMatch(/111122223333|amazonaws/);
  expect((await publishPlan(scene, planned)).codes).toEqual([]);
  expect(await scene.shared.tags('payroll/backend')).toContain('build-1.1.0');
});

test('an image is built by the matrix if a file has changed, or nothing was published', async () => {
  const scene = await teamWithLedger();
  expect(await plan(scene)).toMatchObject({ any: 'true', reused: '' });
  await publishParts(scene);
  const planned = await plan(scene, { a: 'changed' });
  expect(planned).toMatchObject({ any: 'true', reused: '', folder: '' });
  expect(JSON.parse(planned.matrix ?? '')).toMatchObject({ include: [{ images: 'web' }, { images: 'web' }] });
});

test('an image that a plan says to reuse is refused if this checkout has other files', async () => {
  const scene = await teamWithLedger();
  await publishParts(scene);
  const planned = await plan(scene);
  const ending = await scene.play(publish, {
    files: { ...files, a: 'changed' },
    given: { version: '1.1.0', 'image-set': planned.folder ?? '', only: 'web' },
  });
  expect(ending.codes).toEqual(['image-set-invalid']);
  expect(ending.annotations.map(({ message }) => message).join('\n')).toContain(
    'does not give its fingerprint',
  );
});

test('an image that a plan says to reuse is refused with a digest that the ledger does not list', async () => {
  const scene = await teamWithLedger();
  await publishParts(scene);
  const planned = await plan(scene);
  const { folder = '' } = planned;
  const set = await readImageSet(folder);
  const other = digestOf('other');
  await writeImageSet(folder, { ...set, images: set.images.map((image) => ({ ...image, digest: other })) });
  expect((await publishPlan(scene, planned)).codes).toEqual(['digest-mismatch']);
  const agreed = { ...planned, reused: JSON.stringify({ web: other }) };
  expect((await publishPlan(scene, agreed)).codes).toEqual(['image-set-invalid']);
  expect(await scene.shared.tags('payroll/web')).not.toContain('build-1.1.0');
});

/** A buildx that evaluates a bake file with another time each time, and nothing else. */
function bakeWithClock(): Exec {
  let evaluations = 0;
  return (program, args) => {
    if (!args.includes('--print')) return exec(program, args);
    evaluations += 1;
    const web = {
      ...{ context: '.', dockerfile: 'Dockerfile', platforms, args: { TIME: String(evaluations) } },
      tags: [`111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web:${evaluations}`],
    };
    const stdout = JSON.stringify({ group: { default: { targets: ['web'] } }, target: { web } });
    return Promise.resolve({ exitCode: 0, stdout, stderr: '' });
  };
}

test('a bake file with a time in its tags and build args is published with the tags of one evaluation', async () => {
  const scene = await teamWithLedger();
  const bake = bakeWithClock();
  const repository = { 'docker-bake.hcl': '', Dockerfile: files.Dockerfile, a: files.a };
  const common = {
    config: 'docker-bake.hcl',
    registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll',
  };
  const folder = temporaryFolder();
  // The jobs build with the evaluation of the job that planned them.
  for (const platform of platforms)
    await makeImageSet(join(folder, platform.replace('/', '-')), [
      { name: 'web', platforms: [platform], fingerprint: 'a'.repeat(64) },
    ]);
  const given = {
    ...{ ...common, version: '1.0.0', only: 'web', 'image-set': folder },
    expected: JSON.stringify({ web: platforms }),
  };
  for (let attempt = 0; attempt < 2; attempt += 1)
    expect((await scene.play(publish, { files: repository, given, exec: bake })).codes).toEqual([]);
  // Neither the tags nor the fingerprint of another evaluation.
  expect(await scene.shared.tags('payroll/web')).toEqual(['build-1.0.0']);
});
