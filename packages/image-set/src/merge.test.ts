import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { fingerprintAnnotation, inputsAnnotation, type BuiltImage } from './image-set.ts';
import { mergeImageSets, type SetPart } from './merge.ts';

function image(name: string, platform: string, content = name): BuiltImage {
  const digest = digestOf(`${content} for ${platform}`);
  return {
    ...{ name, digest, size: 10, bytes: 100, labels: {}, attestations: [] },
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platforms: { [platform]: digest },
    fingerprint: digestOf(content).slice(7),
  };
}

function part(folder: string, images: readonly BuiltImage[], revision = 'a'.repeat(40)): SetPart {
  return { folder, set: { schemaVersion: 1, source: { revision }, images: [...images] } };
}

const amd = image('web', 'linux/amd64');
const arm = image('web', 'linux/arm64');
const both = new Map([['web', ['linux/amd64', 'linux/arm64']]]);

describe('mergeImageSets', () => {
  test('returns all images of all sets', () => {
    const { images } = mergeImageSets(
      [part('one', [amd]), part('two', [image('api', 'linux/amd64')])],
      new Map(),
    );
    expect(images.map(({ image: { name }, folders }) => [name, folders])).toEqual([
      ['web', ['one']],
      ['api', ['two']],
    ]);
    expect(images[0]?.image).toBe(amd);
  });

  test('joins the platforms of one image in an index, the same in any order', () => {
    const [here] = mergeImageSets([part('one', [amd]), part('two', [arm])], both).images;
    const [there] = mergeImageSets([part('two', [arm]), part('one', [amd])], both).images;
    expect(here?.index).toEqual(there?.index);
    expect(here?.image.digest).toBe(digestOf(here?.index ?? ''));
    expect(here?.image.platforms).toEqual({ 'linux/amd64': amd.digest, 'linux/arm64': arm.digest });
    expect(JSON.parse(here?.index?.toString() ?? '')).toMatchObject({
      manifests: [
        { digest: amd.digest, platform: { os: 'linux', architecture: 'amd64' } },
        { digest: arm.digest, platform: { os: 'linux', architecture: 'arm64' } },
      ],
      annotations: { [fingerprintAnnotation]: here?.image.fingerprint },
    });
  });

  test('gives the index the annotations that all platforms share', () => {
    const revision = { 'org.opencontainers.image.revision': 'a'.repeat(40) };
    const described = (one: BuiltImage, value: string): BuiltImage => ({
      ...one,
      annotations: { ...revision, [fingerprintAnnotation]: value, [inputsAnnotation]: 'context=0', value },
    });
    const parts = [part('one', [described(amd, '1')]), part('two', [described(arm, '2')])];
    const [web] = mergeImageSets(parts, both).images;
    const annotations = { ...revision, [fingerprintAnnotation]: web?.image.fingerprint };
    expect(JSON.parse(web?.index?.toString() ?? '')).toMatchObject({ annotations });
    expect(web?.image.annotations).toEqual(annotations);
  });

  test('returns an image of several sets once', () => {
    const { images } = mergeImageSets([part('one', [amd]), part('two', [amd])], new Map());
    expect(images).toEqual([{ image: amd, folders: ['one', 'two'], parts: [amd] }]);
  });

  test.each([
    {
      name: 'a missing platform',
      parts: [part('one', [amd]), part('two', [])],
      says: /web has no linux\/arm64/,
    },
    {
      name: 'two digests of one platform',
      parts: [part('one', [amd]), part('two', [image('web', 'linux/amd64', 'other')]), part('three', [arm])],
      says: /web was built twice for linux\/amd64/,
    },
    {
      name: 'parts of different commits',
      parts: [part('one', [amd]), part('two', [arm], 'b'.repeat(40))],
      says: /different commits: one from a{40}, two from b{40}/,
    },
    {
      name: 'a platform reused from a registry',
      parts: [
        part('one', [{ ...amd, reused: { registry: 'ecr', repository: 'web', tag: 'fp-1', version: '1' } }]),
        part('two', [arm]),
      ],
      says: /web was reused for linux\/amd64/,
    },
    {
      name: 'a part with several platforms',
      parts: [
        part('one', [{ ...amd, platforms: { ...amd.platforms, ...arm.platforms } }]),
        part('two', [image('web', 'linux/s390x')]),
      ],
      says: /has 2 platforms/,
    },
  ])('rejects $name', ({ parts, says }) => {
    expect(() => mergeImageSets(parts, both)).toThrow(
      expect.objectContaining({
        code: 'image-set-invalid',
        problems: expect.arrayContaining([
          expect.objectContaining({ message: expect.stringMatching(says) as unknown }),
        ]) as unknown,
      }),
    );
  });
});
