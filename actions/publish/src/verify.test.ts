import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { fingerprintsOf, makeImageSet, temporaryFolder, type ImageDraft, type Play } from '@towpath/testing';
import { join } from 'node:path';
import { publish } from './action.ts';
import { config, messagesOf, publishing, team, teamWithLedger } from './harness/team.ts';

const files = {
  'towpath.yaml': config,
  Dockerfile: 'FROM alpine:3\nCOPY a /\n',
  a: 'content',
};
const bases = { 'alpine:3': digestOf('alpine') };
const fingerprints = await fingerprintsOf(files, bases);
const backend: ImageDraft = { name: 'backend', fingerprint: fingerprints.backend, bases };
const only: Partial<Play> = { given: { only: 'backend' } };
const fpTag = `fp-${fingerprints.backend?.slice(0, 24) ?? ''}`;

type Scene = Awaited<ReturnType<typeof team>>;

function listed(scene: Scene, tag: string): Promise<unknown> {
  return scene.shared.document('payroll/towpath', tag);
}

describe('a fingerprint that this checkout confirms', () => {
  test('is recorded as verified and gets a tag', async () => {
    const scene = await teamWithLedger();
    const ending = await publishing(scene, { ...only, files, imageSet: [backend] });
    expect(ending.codes).toEqual([]);
    expect(await scene.shared.fingerprintTags('payroll/backend')).toEqual([fpTag]);
    expect(await listed(scene, '1.0.0.intent.1')).toMatchObject({ images: [{ verified: true }] });
    expect(messagesOf(ending)).not.toContain('reuse');
  });
});

describe('a fingerprint tag that names an image that cannot be read stops no publication', () => {
  const next: Partial<Play> = { files, given: { only: 'backend', version: '1.1.0' } };

  test.each<{ readonly build: string; readonly content: string }>([
    { build: 'with other bytes', content: 'other' },
    { build: 'with the same bytes, which restores the image', content: 'backend' },
  ])('archived, and built again $build', async ({ content }) => {
    const scene = await teamWithLedger();
    await publishing(scene, { ...only, files, imageSet: [backend] });
    await scene.shared.archive('payroll/backend', 'build-1.0.0');
    const { codes, outputs } = await publishing(scene, { ...next, imageSet: [{ ...backend, content }] });
    expect(codes).toEqual([]);
    expect(await scene.shared.digestOf('payroll/backend', 'build-1.1.0')).toBe(outputs.digest);
    const restored = await scene.shared.digestOf('payroll/backend', fpTag);
    expect(restored).toBe(content === 'backend' ? outputs.digest : undefined);
  });

  test('pushed by another program', async () => {
    const scene = await teamWithLedger();
    await scene.publish('payroll/backend', 'bait', { name: 'backend', content: 'bait' });
    const text = (await scene.shared.manifest('payroll/backend', 'bait')).toString();
    const { mediaType } = JSON.parse(text) as { readonly mediaType: string };
    const twice = Buffer.from(text.replace('{', '{"Config":{},'));
    await scene.shared.putManifest('payroll/backend', twice, mediaType, fpTag);
    const { codes } = await publishing(scene, { ...next, imageSet: [backend] });
    expect([codes, await scene.shared.tags('payroll/backend')]).toEqual([[], ['bait', 'build-1.1.0']]);
  });
});

describe('a fingerprint that this checkout does not confirm', () => {
  const chosen = 'f'.repeat(64);
  test.each<{ name: string; draft?: ImageDraft; files?: Record<string, string>; why: RegExp }>([
    { name: 'one that was chosen', draft: { ...backend, fingerprint: chosen }, why: /backend \(.+\)/ },
    { name: 'one of different files', files: { ...files, a: 'other' }, why: /backend/ },
    { name: 'one without sources', files: { 'towpath.yaml': config }, why: /cannot be read/ },
    { name: 'one without the digests of bases', draft: { ...backend, bases: {} }, why: /digest of alpine:3/ },
    {
      name: 'one with the digest of a different image',
      draft: { ...backend, bases: { ...bases, busybox: digestOf('busybox') } },
      why: /does not name busybox/,
    },
    {
      name: 'one with the digest of a different base',
      draft: { ...backend, bases: { 'alpine:3': digestOf('other') } },
      why: /backend/,
    },
  ])('gets no tag and is not recorded as verified: $name', async ({ draft = backend, why, ...given }) => {
    const scene = await teamWithLedger();
    const ending = await publishing(scene, { ...only, files: given.files ?? files, imageSet: [draft] });
    expect(ending.codes).toEqual([]);
    expect(await scene.shared.tags('payroll/backend')).toEqual(['build-1.0.0']);
    expect(await scene.shared.fingerprintTags('payroll/backend')).toEqual([]);
    expect(await listed(scene, '1.0.0.intent.1')).toMatchObject({
      images: [{ fingerprint: draft.fingerprint }],
    });
    expect(await listed(scene, '1.0.0.intent.1')).not.toMatchObject({ images: [{ verified: true }] });
    expect(messagesOf(ending)).toMatch(why);
  });

  test('does not matter without a ledger', async () => {
    const ending = await publishing(await team(), {
      ...only,
      files: { 'towpath.yaml': config },
      imageSet: [backend],
    });
    expect(messagesOf(ending)).not.toContain('fingerprint');
  });
});

const arm = await fingerprintsOf(files, bases, 'linux/arm64');

describe('an image that was built with extra build args', () => {
  const args = { VERSION: '1.2', HTTPS_PROXY: 'http://proxy.example:3128' };

  test.each([
    { name: 'the same build-args', args: 'VERSION=1.2\nHTTPS_PROXY=http://proxy.example:3128', verified: 1 },
    { name: 'different build-args', args: 'VERSION=1.3', verified: 0 },
    { name: 'no build-args', args: '', verified: 0 },
  ])('is verified only if publish gets the same build args: $name', async ({ args: given, verified }) => {
    const { backend: fingerprint = '' } = await fingerprintsOf(files, bases, undefined, {
      VERSION: args.VERSION,
    });
    const scene = await teamWithLedger();
    const ending = await publishing(scene, {
      files,
      given: { only: 'backend', version: '1.0.0', 'build-args': given },
      imageSet: [{ ...backend, fingerprint }],
    });
    expect(ending.codes).toEqual([]);
    expect(await scene.shared.fingerprintTags('payroll/backend')).toHaveLength(verified);
    if (verified === 0) expect(messagesOf(ending)).toMatch(/give publish the same build-args/);
  });
});

describe('a tag with the fingerprint', () => {
  const tagged: Partial<Play> = {
    files,
    given: { only: 'backend', version: '1.0.0', tags: 'build-{version}, of-{fingerprint:12}' },
  };

  test('contains the fingerprint that publish computed', async () => {
    const scene = await team();
    expect((await publishing(scene, { ...tagged, imageSet: [backend] })).codes).toEqual([]);
    const tags = await scene.shared.tags('payroll/backend');
    expect(tags).toEqual(['build-1.0.0', `of-${fingerprints.backend?.slice(0, 12) ?? ''}`]);
  });

  test('is refused if the build chose the fingerprint', async () => {
    const scene = await team();
    const ending = await publishing(scene, {
      ...tagged,
      imageSet: [{ ...backend, fingerprint: 'f'.repeat(64) }],
    });
    expect(ending.codes).toEqual(['tag-invalid']);
    expect(messagesOf(ending)).toMatch(
      /^Image backend gets no tag from of-\{fingerprint:12\}, because publish/,
    );
    expect(await scene.shared.tags('payroll/backend')).toEqual([]);
  });
});

describe('an image with one job for each platform', () => {
  test.each([
    { name: 'all fingerprints are true', fingerprint: arm.web, tags: 1 },
    { name: 'one was chosen by a build', fingerprint: 'f'.repeat(64), tags: 0 },
  ])('is verified by its parts: $name', async ({ fingerprint, tags }) => {
    const scene = await teamWithLedger();
    const folder = temporaryFolder();
    const part = { name: 'web', bases };
    await makeImageSet(join(folder, 'amd'), [
      { ...part, platforms: ['linux/amd64'], fingerprint: fingerprints.web },
    ]);
    await makeImageSet(join(folder, 'arm'), [{ ...part, platforms: ['linux/arm64'], fingerprint }]);
    const given = { version: '1.0.0', only: 'web', 'image-set': folder };
    const ending = await scene.play(publish, { files, given });
    expect(ending.codes).toEqual([]);
    expect(await scene.shared.fingerprintTags('payroll/web')).toHaveLength(tags);
  });
});

describe('a reused image', () => {
  const reused = {
    registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
    repository: 'payroll/backend',
    tag: fpTag,
    version: '1.0.0',
  };
  const again: Partial<Play> = { files, given: { version: '1.1.0', only: 'backend' } };

  test('is published again if the ledger lists it as verified', async () => {
    const scene = await teamWithLedger();
    const first = await publishing(scene, { ...only, files, imageSet: [backend] });
    const second = await publishing(scene, { ...again, imageSet: [{ ...backend, reused }] });
    expect(second.codes).toEqual([]);
    expect(second.outputs.digests).toBe(first.outputs.digests);
    expect(await listed(scene, '1.1.0.intent.1')).toMatchObject({ images: [{ verified: true }] });
  });

  test.each<{ name: string; first?: ImageDraft; second: ImageDraft }>([
    { name: 'has a different fingerprint', second: { ...backend, fingerprint: 'f'.repeat(64), reused } },
    { name: 'belongs to another version', second: { ...backend, reused: { ...reused, version: '0.9.0' } } },
    {
      name: 'is in another repository',
      second: { ...backend, reused: { ...reused, repository: 'payroll/web' } },
    },
    { name: 'has different bytes', second: { ...backend, content: 'evil', reused } },
    {
      name: 'was published with an unverified fingerprint',
      first: { ...backend, fingerprint: 'f'.repeat(64) },
      second: { ...backend, fingerprint: 'f'.repeat(64), reused },
    },
  ])('is refused if the image in the ledger $name', async ({ first = backend, second }) => {
    const scene = await teamWithLedger();
    await publishing(scene, { ...only, files, imageSet: [first] });
    const ending = await publishing(scene, { ...again, imageSet: [second] });
    expect(ending.codes).toEqual(['image-set-invalid']);
    expect(await scene.shared.tags('payroll/backend')).not.toContain('build-1.1.0');
  });

  test('is refused if this checkout has other files, though the ledger lists it', async () => {
    const scene = await teamWithLedger();
    await publishing(scene, { ...only, files, imageSet: [backend] });
    for (const changed of [{ ...files, a: 'other' }, { 'towpath.yaml': config }]) {
      const ending = await publishing(scene, {
        ...again,
        files: changed,
        imageSet: [{ ...backend, reused }],
      });
      expect(ending.codes).toEqual(['image-set-invalid']);
      expect(messagesOf(ending)).toMatch(/^Image backend was reused from .* does not give its fingerprint: /);
    }
    expect(await scene.shared.tags('payroll/backend')).toEqual(['build-1.0.0']);
  });

  test('is refused without a ledger', async () => {
    const scene = await team();
    await publishing(scene, { ...only, files, imageSet: [backend] });
    const ending = await publishing(scene, { ...again, imageSet: [{ ...backend, reused }] });
    expect(ending.codes).toEqual(['image-set-invalid']);
  });
});
