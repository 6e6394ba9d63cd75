import { describe, expect, test } from '@jest/globals';
import { makeImageSet, scenario, temporaryFolder, type ImageDraft, type Scenario } from '@towpath/testing';
import {
  backend,
  config,
  messagesOf,
  publishing,
  team,
  teamWithLedger,
  web,
  writes,
} from './harness/team.ts';

/** Two builds of the same files with different bytes. */
const first: ImageDraft = { ...backend, content: 'first build', sources: 'same' };
const second: ImageDraft = { ...backend, content: 'second build', sources: 'same' };

/** Returns the output `images` of a build with these images. */
async function imagesOf(drafts: readonly ImageDraft[]): Promise<string> {
  const built = await makeImageSet(temporaryFolder(), drafts);
  return JSON.stringify(built.map(({ name, digest }) => ({ name, digest })));
}

/** Publishes the first build and fails after every tag is set, before the release is written. */
async function publishWithoutRelease(scene: Scenario): Promise<void> {
  const fault = { kind: 'exception', exception: 'AccessDeniedException' } as const;
  // The first `PutImage` writes the intent, the next two set the tags, and the fourth writes the release.
  scene.emulator.addFault({ ...fault, operation: 'ecr:PutImage', nth: 4 });
  const { codes } = await publishing(scene, { imageSet: [first, web] });
  expect(codes).toEqual(['access-denied']);
  expect(await scene.shared.tags('payroll/backend')).toEqual(['build-1.0.0']);
  expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0.intent.1']);
  scene.emulator.clearFaults();
}

describe('a rebuild from the same files with different bytes', () => {
  test('adopts the image of a run that failed before its release', async () => {
    const scene = await teamWithLedger();
    await publishWithoutRelease(scene);
    const [published] = await makeImageSet(temporaryFolder(), [first]);
    const rebuilt = await publishing(scene, { imageSet: [second, web] });
    expect(rebuilt.codes).toEqual([]);
    expect(await scene.shared.digestOf('payroll/backend', 'build-1.0.0')).toBe(published?.digest);
    expect(rebuilt.outputs.digests).toContain(published?.digest);
    expect(rebuilt.annotations).toContainEqual({
      level: 'notice',
      message: expect.stringContaining(`${published?.digest ?? ''} was published before`),
    });
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0', '1.0.0.intent.1']);
  });

  test('adopts the image of the release and writes nothing', async () => {
    const scene = await teamWithLedger();
    const published = await publishing(scene, { imageSet: [first, web] });
    const rebuilt = await publishing(scene, { imageSet: [second, web] });
    expect(rebuilt.codes).toEqual([]);
    expect(writes(rebuilt)).toEqual([]);
    expect(rebuilt.outputs.images).toBe(published.outputs.images);
  });

  test.each(['nested', 'with-artifact', 'without-platforms'] as const)(
    'adopts an index that is %s and reports all its platforms',
    async (shape) => {
      const scene = await teamWithLedger();
      const same = { ...web, shape, sources: 'same' };
      const published = await publishing(scene, { imageSet: [backend, { ...same, content: 'first' }] });
      const rebuilt = await publishing(scene, { imageSet: [backend, { ...same, content: 'second' }] });
      expect(rebuilt.codes).toEqual([]);
      expect(rebuilt.outputs.images).toBe(published.outputs.images);
      const images = JSON.parse(rebuilt.outputs.images ?? '') as { name: string; platforms: object }[];
      const { platforms = {} } = images.find(({ name }) => name === 'web') ?? {};
      expect(Object.keys(platforms)).toEqual(['linux/amd64', 'linux/arm64']);
      expect(new Set(Object.values(platforms)).size).toBe(2);
    },
  );

  test('adopts the image of the release in a mutable repository', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/backend', 'MUTABLE');
    await scene.shared.createRepository('payroll/towpath');
    const files = { 'towpath.yaml': config.replace(/ {2}web.*\n/, '') };
    const published = await publishing(scene, { files, imageSet: [first] });
    const rebuilt = await publishing(scene, { files, imageSet: [second] });
    expect(rebuilt.outputs.digest).toBe(published.outputs.digest);
    expect(writes(rebuilt)).toEqual([]);
  });

  test('adopts nothing if images are given: only their digests are delivered', async () => {
    for (const publishFirst of [publishWithoutRelease, publishWhole]) {
      const scene = await teamWithLedger();
      await publishFirst(scene);
      const imageSet = [second, web];
      const given = { images: await imagesOf(imageSet) };
      const rebuilt = await publishing(scene, { imageSet, given });
      expect(rebuilt.codes[0]).toBe('tag-conflict');
      expect(messagesOf(rebuilt)).toMatch(/re-run only its failed jobs.*Otherwise publish another version/);
      expect(writes(rebuilt)).toEqual([]);
    }
  });

  test('adopts nothing without a ledger and reports how to continue', async () => {
    const scene = await team();
    await publishing(scene, { imageSet: [first, web] });
    const rebuilt = await publishing(scene, { imageSet: [second, web] });
    expect(rebuilt.codes).toEqual(['tag-conflict']);
    expect(messagesOf(rebuilt)).toMatch(
      /Publish another version\..*create-repository: true.*aws ecr create-repository --repository-name payroll\/towpath --image-tag-mutability IMMUTABLE/,
    );
    expect(writes(rebuilt)).toEqual([]);
  });
});

async function publishWhole(scene: Scenario): Promise<void> {
  expect((await publishing(scene, { imageSet: [first, web] })).codes).toEqual([]);
}

test('publishes the same bytes again if images are given', async () => {
  const scene = await teamWithLedger();
  await publishWithoutRelease(scene);
  const imageSet = [first, web];
  const again = await publishing(scene, { imageSet, given: { images: await imagesOf(imageSet) } });
  expect(again.codes).toEqual([]);
  expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0', '1.0.0.intent.1']);
});

describe('an image that someone else pushed under the tag of a version', () => {
  test.each(['IMMUTABLE', 'MUTABLE'] as const)(
    'with the fingerprint of the build is not adopted, in a repository that is %s',
    async (mutability) => {
      const scene = await scenario();
      await scene.shared.createRepository('payroll/backend', mutability);
      await scene.shared.createRepository('payroll/towpath');
      await scene.publish('payroll/backend', 'build-1.0.0', { ...first, content: 'not from our build' });
      const planted = await scene.shared.digestOf('payroll/backend', 'build-1.0.0');
      for (const images of ['', await imagesOf([second])]) {
        const given = { only: 'backend', ...(images !== '' && { images }) };
        const ending = await publishing(scene, { given, imageSet: [second] });
        expect(ending.codes).toEqual(['tag-conflict']);
        expect(ending.outputs.digests ?? '').not.toContain(planted);
        expect(writes(ending)).toEqual([]);
      }
    },
  );

  test('is not adopted because another version has it', async () => {
    const scene = await teamWithLedger();
    await publishing(scene, { imageSet: [first, web] });
    await scene.publish('payroll/backend', 'build-1.1.0', first);
    const ending = await publishing(scene, { given: { version: '1.1.0' }, imageSet: [second, web] });
    expect(ending.codes).toEqual(['tag-conflict']);
    expect(messagesOf(ending)).toContain('the ledger does not list it for this version');
  });

  test('is not adopted because it belongs to a different image of the version', async () => {
    const scene = await teamWithLedger();
    const api: ImageDraft = { ...first, name: 'web' };
    const files = {
      'towpath.yaml':
        'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll\nimages: { backend: {}, web: {} }\n',
    };
    await publishing(scene, { files, given: { only: 'web' }, imageSet: [api] });
    await scene.publish('payroll/backend', 'build-1.0.0', api);
    const ending = await publishing(scene, { files, given: { only: 'backend' }, imageSet: [second] });
    expect(ending.codes).toEqual(['tag-conflict']);
  });
});

test('images of different files under the tags of a version fail the run before anything is written', async () => {
  for (const begin of [team, teamWithLedger]) {
    const scene = await begin();
    await publishing(scene);
    const other = await publishing(scene, {
      imageSet: [
        { ...backend, content: 'changed' },
        { ...web, content: 'changed too' },
      ],
    });
    expect(other.codes.slice(0, 2)).toEqual(['tag-conflict', 'tag-conflict']);
    expect(writes(other)).toEqual([]);
  }
});
