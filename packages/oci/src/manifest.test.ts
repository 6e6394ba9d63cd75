import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { digestOf } from '@towpath/reference';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { blobsOf, imagesOf, parseManifest, type ImageIndex } from './manifest.ts';

const descriptor = { mediaType: 'application/octet-stream', digest: digestOf('x'), size: 1 };
const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: descriptor,
  layers: [descriptor],
};
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [descriptor] };

function parse(content: unknown, mediaType: string = mediaTypes.ociManifest) {
  return parseManifest(
    Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    mediaType,
  );
}

/** Returns the code of the thrown error, or undefined if there is none. */
function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
}

describe('a manifest', () => {
  test('without layers or children may have null for them, as programs in Go write it', () => {
    expect(parse({ ...image, layers: null })).toMatchObject({ kind: 'image', layers: [] });
    expect(parse({ ...index, manifests: null })).toMatchObject({ kind: 'index', manifests: [] });
  });

  test('of an image has a config and layers, and keeps its text', () => {
    const bytes = Buffer.from(JSON.stringify({ ...image, annotations: { a: 'b' } }, undefined, 3));
    expect(parseManifest(bytes, 'text/plain')).toEqual({
      kind: 'image',
      text: bytes.toString(),
      size: bytes.length,
      digest: digestOf(bytes),
      mediaType: mediaTypes.ociManifest,
      annotations: { a: 'b' },
      config: descriptor,
      layers: [descriptor],
    });
  });

  test('of several platforms has a manifest for each', () => {
    const child = {
      ...descriptor,
      platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
      annotations: { a: 'b' },
    };
    expect(parse({ ...index, manifests: [child] })).toMatchObject({ kind: 'index', manifests: [child] });
  });

  test.each(Object.values(mediaTypes))(
    'without its own type has the type that the registry returns: %s',
    (mediaType) => {
      const content = mediaType.includes('index') || mediaType.includes('list') ? index : image;
      expect(parse({ ...content, mediaType: undefined }, mediaType).mediaType).toBe(mediaType);
    },
  );

  test('of an unknown type is recognized by its content', () => {
    expect(parse({ ...image, mediaType: 'application/vnd.example+json' }).kind).toBe('image');
  });

  test('may have nulls for absent members, as programs in Go write them', () => {
    const child = { ...descriptor, platform: null, annotations: null };
    expect(parse({ ...index, manifests: [child], annotations: null })).toMatchObject({
      annotations: {},
      manifests: [descriptor],
    });
  });

  const hostile: { name: string; content: unknown }[] = [
    { name: 'no content', content: '' },
    { name: 'invalid JSON', content: '{' },
    { name: 'null', content: 'null' },
    { name: 'a list', content: [image] },
    { name: 'a byte order mark', content: `\uFEFF${JSON.stringify(image)}` },
    { name: 'a million brackets', content: '['.repeat(1_000_000) },
    { name: 'neither layers nor manifests', content: { schemaVersion: 2, config: descriptor } },
    { name: 'layers without a config', content: { ...image, config: undefined } },
    { name: 'layers that are an object', content: { ...image, layers: { 0: descriptor, length: 1 } } },
    { name: 'layers and manifests', content: { ...image, manifests: [] } },
    { name: 'the type of an index and layers', content: { ...image, mediaType: mediaTypes.dockerIndex } },
    {
      name: 'the type of an image and manifests',
      content: { ...index, mediaType: mediaTypes.dockerManifest },
    },
    { name: 'a type that is not a text', content: { ...image, mediaType: 1 } },
    { name: 'annotations that are not texts', content: { ...image, annotations: { a: { toString: 1 } } } },
    {
      name: 'a digest that is a path',
      content: { ...image, config: { ...descriptor, digest: 'sha256:../../../etc/passwd' } },
    },
    {
      name: 'a digest of another algorithm',
      content: { ...image, config: { ...descriptor, digest: `sha512:${'0'.repeat(128)}` } },
    },
    { name: 'a negative size', content: { ...image, layers: [{ ...descriptor, size: -1 }] } },
    { name: 'a size that is not an integer', content: { ...image, layers: [{ ...descriptor, size: 1.5 }] } },
    {
      name: 'a size beyond the safe integers',
      content: { ...image, layers: [{ ...descriptor, size: 2 ** 53 }] },
    },
    {
      name: 'a number as a platform',
      content: { ...index, manifests: [{ ...descriptor, platform: { os: 1, architecture: 'arm' } }] },
    },
    { name: 'a null among the manifests', content: { ...index, manifests: [null] } },
  ];
  test.each(hostile)('with $name is rejected', ({ content }) => {
    expect(codeOf(() => parse(content))).toBe('image-set-invalid');
  });

  test('with bytes that are not UTF-8 is rejected, because a string would change them', () => {
    const bytes = Buffer.from(JSON.stringify({ ...image, annotations: { a: '?' } }));
    bytes[bytes.lastIndexOf('?')] = 0xff;
    expect(() => parseManifest(bytes, mediaTypes.ociManifest)).toThrow(CodedError);
  });

  test('is rejected if the registry returns another kind', () => {
    expect(() => parse({ ...image, mediaType: undefined }, mediaTypes.ociIndex)).toThrow(CodedError);
  });
});

test('the blobs of an image are its config and layers, without those that registries do not store', () => {
  const layers = ['x.tar', 'x.nondistributable.v1.tar+gzip', 'x.rootfs.foreign.diff.tar.gzip'].map(
    (mediaType) => ({
      ...descriptor,
      mediaType,
    }),
  );
  expect(blobsOf(parse({ ...image, layers })).map(({ mediaType }) => mediaType)).toEqual([
    descriptor.mediaType,
    'x.tar',
  ]);
  expect(blobsOf(parse(index))).toEqual([]);
});

test.each<{ name: string; child: Partial<Descriptor>; isImage: boolean }>([
  { name: 'a platform', child: { platform: { os: 'linux', architecture: 'amd64' } }, isImage: true },
  { name: 'nothing', child: {}, isImage: true },
  {
    name: 'an unknown platform',
    child: { platform: { os: 'unknown', architecture: 'unknown' } },
    isImage: true,
  },
  {
    name: 'the annotation of an attestation',
    child: { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } },
    isImage: true,
  },
  {
    name: 'an unknown platform and the annotation',
    child: {
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    },
    isImage: false,
  },
])('a child of an index with $name is an image: $isImage', ({ child, isImage }) => {
  const parsed = parse({ ...index, manifests: [{ ...descriptor, ...child }] }) as ImageIndex;
  expect(imagesOf(parsed)).toHaveLength(isImage ? 1 : 0);
});
