import { describe, expect, test } from '@jest/globals';
import { scenario, type Ending, type Play, type Scenario } from '@towpath/testing';
import { promote } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: {}
environments:
  dev: { from: build }
`;
const names = ['backend', 'web'] as const;

interface Entry {
  readonly name: string;
  readonly repository: string;
  readonly digest: string;
  readonly verdict?: string;
}

/** Creates a team that has published 1.0.0 to repositories with mutable tags. */
async function team(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of names) {
    await scene.shared.createRepository(`payroll/${name}`, 'MUTABLE');
    await scene.publish(`payroll/${name}`, 'build-1.0.0', { name });
  }
  return scene;
}

function promoting(scene: Scenario, images: string, play: Partial<Play> = {}): Promise<Ending> {
  const given = { version: '1.0.0', 'target-environment': 'dev', images, ...play.given };
  return scene.play(promote, { files: { 'towpath.yaml': config }, ...play, given });
}

/** Returns the result of the gate in the form of its output `images`. */
async function gated(scene: Scenario): Promise<readonly Entry[]> {
  const listed = names.map(async (name) => {
    const repository = `payroll/${name}`;
    const digest = (await scene.shared.digestOf(repository, 'build-1.0.0')) ?? '';
    return { name, repository, digest, verdict: 'pass' };
  });
  return Promise.all(listed);
}

async function expectNothingWritten(scene: Scenario): Promise<void> {
  for (const name of names) expect(await scene.shared.tags(`payroll/${name}`)).toEqual(['build-1.0.0']);
}

test('promotes exactly the images that the gate lists', async () => {
  const scene = await team();
  const images = await gated(scene);
  const { codes, outputs } = await promoting(scene, JSON.stringify(images));
  expect(codes).toEqual([]);
  const promoted = JSON.parse(outputs.images ?? '') as readonly Entry[];
  expect(promoted.map(({ digest }) => digest)).toEqual(images.map(({ digest }) => digest));
});

test('promotes no image whose tag moved after the gate', async () => {
  const scene = await team();
  const images = await gated(scene);
  await scene.publish('payroll/web', 'build-1.0.0', { name: 'web', content: 'another' });
  const { green, codes, annotations } = await promoting(scene, JSON.stringify(images));
  expect([green, codes]).toEqual([false, ['digest-mismatch']]);
  expect(annotations[0]?.message).toContain('a tag moved in between');
  await expectNothingWritten(scene);
});

describe('rejects before it writes anything', () => {
  const other = `sha256:${'0'.repeat(64)}`;
  const web = (change: Partial<Entry>) => (one: Entry) => (one.name === 'web' ? { ...one, ...change } : one);
  test.each<{ name: string; change: (images: readonly Entry[]) => readonly Entry[]; codes: string[] }>([
    { name: 'an image that is not listed', change: (all) => all.slice(0, 1), codes: ['digest-mismatch'] },
    {
      name: 'a listed image that is not part of the version',
      change: (all) => [...all, { name: 'job', repository: 'payroll/job', digest: other }],
      codes: ['digest-mismatch'],
    },
    {
      name: 'a listed digest from another repository',
      change: (all) => all.map(web({ repository: 'payroll/backend' })),
      codes: ['digest-mismatch'],
    },
    {
      name: 'a different digest',
      change: (all) => all.map(web({ digest: other })),
      codes: ['digest-mismatch'],
    },
    { name: 'the verdict fail', change: (all) => all.map(web({ verdict: 'fail' })), codes: ['gate-failed'] },
    {
      name: 'an invalid verdict',
      change: (all) => all.map(web({ verdict: 'PASS' })),
      codes: ['gate-unknown'],
    },
    {
      name: 'swapped images',
      change: (all) => all.map((one, index) => ({ ...one, name: names[1 - index] ?? '' })),
      codes: ['digest-mismatch', 'digest-mismatch'],
    },
  ])('$name', async ({ change, codes }) => {
    const scene = await team();
    const ending = await promoting(scene, JSON.stringify(change(await gated(scene))));
    expect([ending.green, ending.codes]).toEqual([false, codes]);
    await expectNothingWritten(scene);
  });

  const entry = { name: 'web', repository: 'payroll/web', digest: other };
  test.each<{ name: string; given: unknown }>([
    { name: 'an empty list', given: [] },
    { name: 'an empty object', given: {} },
    { name: 'an object without digests', given: { web: { digest: other } } },
    { name: 'null', given: null },
    { name: 'a null entry', given: [null] },
    { name: 'an invalid digest', given: [{ ...entry, digest: 'sha256:0' }] },
    { name: 'an entry without a digest', given: [{ name: 'web', repository: 'payroll/web' }] },
    { name: 'a repository with a host', given: [{ ...entry, repository: '***.dkr.ecr/payroll/web' }] },
    { name: 'a name that is listed twice', given: [entry, { ...entry, digest: `sha256:${'1'.repeat(64)}` }] },
    { name: 'a verdict that is not a string', given: [{ ...entry, verdict: null }] },
  ])('rejects $name as a list of images', async ({ given }) => {
    const scene = await team();
    expect((await promoting(scene, JSON.stringify(given))).codes).toEqual(['input-invalid']);
  });

  test('rejects truncated JSON', async () => {
    expect((await promoting(await team(), '[{"name":')).codes).toEqual(['input-invalid']);
  });
});

test('with only, promotes the listed images if the list names only these', async () => {
  const scene = await team();
  const images = (await gated(scene)).filter(({ name }) => name === 'web');
  const { codes } = await promoting(scene, JSON.stringify(images), { given: { only: 'web' } });
  expect(codes).toEqual([]);
  expect(await scene.shared.tags('payroll/backend')).toEqual(['build-1.0.0']);
});
