import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { deviations } from '../deviations.ts';
import { ecrClient, start } from '../harness/emulator.ts';
import {
  descriptorOf,
  imageOf,
  indexOf,
  push,
  pushBlob,
  putManifest,
  registryClient,
  type RegistryClient,
} from '../harness/registry.ts';
import { mediaTypes } from '../registry/manifest.ts';

/** Requirements of the OCI distribution specification's conformance suite. */

let registry: RegistryClient;

async function registryOf(options: Parameters<typeof start>[0]): Promise<RegistryClient> {
  const emulator = await start(options);
  await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  return registryClient(emulator);
}

beforeEach(async () => {
  registry = await registryOf({});
});

/** Pushes a manifest, and checks that it is returned unchanged by tag and by digest. */
async function roundTrip(mediaType: string, manifest: object): Promise<Response> {
  const text = JSON.stringify({ schemaVersion: 2, mediaType, ...manifest });
  const put = await putManifest(registry, 'app', 'v1', { manifest: text, mediaType });
  expect([put.status, await put.text()]).toEqual([201, '']);
  for (const reference of ['v1', digestOf(text)]) {
    expect(await (await registry.fetch(`/v2/app/manifests/${reference}`)).text()).toBe(text);
  }
  return put;
}

describe('the registry accepts', () => {
  const image = imageOf('plain');
  const plain = JSON.parse(image.manifest) as { config: object; layers: object[] };

  beforeEach(async () => {
    for (const blob of image.blobs) await pushBlob(registry, 'app', blob);
  });

  test('an image without layers', async () => {
    await roundTrip(mediaTypes.ociManifest, { ...plain, layers: [] });
  });

  test('an index without images', async () => {
    await roundTrip(mediaTypes.ociIndex, { manifests: [] });
  });

  test('an index of indexes', async () => {
    const inner = indexOf([image]);
    await push(registry, 'app', image.digest, image);
    await push(registry, 'app', inner.digest, inner);
    await roundTrip(mediaTypes.ociIndex, {
      manifests: [descriptorOf(Buffer.from(inner.manifest), inner.mediaType)],
    });
  });

  test('unknown members', async () => {
    await roundTrip(mediaTypes.ociManifest, { ...plain, 'org.example.unknown': { a: [1, null] } });
  });

  test('descriptors with data', async () => {
    const config = { ...plain.config, data: image.blobs[0]?.toString('base64') };
    await roundTrip(mediaTypes.ociManifest, { ...plain, config });
  });

  test('a manifest of nearly 4 MiB', async () => {
    const annotations = Object.fromEntries(
      Array.from({ length: 390 }, (_, n) => [`a-${n}`, 'A'.repeat(10_000)]),
    );
    await roundTrip(mediaTypes.ociManifest, { ...plain, annotations });
  });

  test('non-distributable layers without their content', async () => {
    const foreign = descriptorOf(
      Buffer.from('elsewhere'),
      'application/vnd.oci.image.layer.nondistributable.v1.tar',
    );
    await roundTrip(mediaTypes.ociManifest, {
      ...plain,
      layers: [{ ...foreign, urls: ['https://store.example.com/x'] }, ...plain.layers],
    });
  });

  test('an artifact with a missing subject, and lists it as a referrer', async () => {
    const subject = descriptorOf(Buffer.from('never pushed'), mediaTypes.ociManifest);
    const put = await roundTrip(mediaTypes.ociManifest, { ...plain, subject, artifactType: 'application/x' });
    expect(put.headers.get('oci-subject')).toBe(subject.digest);
    const listed = await registry.fetch(`/v2/app/referrers/${subject.digest}`);
    expect(await listed.json()).toMatchObject({ manifests: [{ artifactType: 'application/x' }] });
  });

  test('an index with a subject and an artifact type', async () => {
    const subject = descriptorOf(Buffer.from(image.manifest), image.mediaType);
    const annotations = { 'org.example': 'x' };
    await roundTrip(mediaTypes.ociIndex, {
      manifests: [],
      subject,
      artifactType: 'application/x',
      annotations,
    });
    const listed = await registry.fetch(`/v2/app/referrers/${subject.digest}`);
    expect(await listed.json()).toMatchObject({
      manifests: [{ mediaType: mediaTypes.ociIndex, artifactType: 'application/x', annotations }],
    });
  });
});

describe('the registry answers', () => {
  test.each(['sha256:baddigeststring', `sha256:${'0'.repeat(64)}`, 'none'])(
    '404 for %s',
    async (reference) => {
      expect((await registry.fetch(`/v2/app/manifests/${reference}`)).status).toBe(404);
      expect((await registry.fetch(`/v2/app/manifests/${reference}`, { method: 'HEAD' })).status).toBe(404);
    },
  );

  test('400 for a digest other than SHA-256', async () => {
    const blob = Buffer.from('sha512');
    const started = await registry.fetch('/v2/app/blobs/uploads/', { method: 'POST' });
    const sha512 = `sha512:${createHash('sha512').update(blob).digest('hex')}`;
    const put = await registry.fetch(`${started.headers.get('location') ?? ''}?digest=${sha512}`, {
      method: 'PUT',
      body: new Uint8Array(blob),
    });
    expect(put.status).toBe(400);
    expect((await registry.fetch(`/v2/app/blobs/${sha512}`, { method: 'HEAD' })).status).toBe(404);
  });

  test('with tags after `last`, at most `n`', async () => {
    for (const tag of ['a', 'b', 'c']) await push(registry, 'app', tag, imageOf(tag));
    const tags = async (query: string): Promise<unknown> =>
      ((await (await registry.fetch(`/v2/app/tags/list?${query}`)).json()) as { tags: unknown }).tags;
    expect(await tags('last=a')).toEqual(['b', 'c']);
    expect(await tags('last=bb&n=1')).toEqual(['c']);
    expect(await tags('n=0')).toEqual([]);
  });

  test.each([
    ['bytes=-3', 206, 'bytes 4-6/7', 'yer'],
    ['bytes=2-3', 206, 'bytes 2-3/7', 'la'],
    ['bytes=2-100', 206, 'bytes 2-6/7', 'layer'],
    ['bytes=7-9', 416, null, undefined],
    ['lines=1-2', 200, null, 'a layer'],
  ])('range %s with %d', async (range, status, contentRange, body) => {
    await pushBlob(registry, 'app', Buffer.from('a layer'));
    const { headers } = await registry.fetch(`/v2/app/blobs/${digestOf('a layer')}`);
    const part = await fetch(headers.get('location') ?? '', { headers: { range } });
    expect([part.status, part.headers.get('content-range')]).toEqual([status, contentRange]);
    if (body !== undefined) expect(await part.text()).toBe(body);
  });
});

test('the registry follows the specification without ECR’s deviations', async () => {
  registry = await registryOf({ withoutDeviations: true });
  const started = await registry.fetch('/v2/app/blobs/uploads/', { method: 'POST' });
  const session = started.headers.get('location') ?? '';
  const part = (from: number, text: string): Promise<Response> =>
    registry.fetch(session, {
      method: 'PATCH',
      headers: { 'content-range': `${from}-${from + text.length - 1}` },
      body: text,
    });
  expect((await part(0, 'abc')).status).toBe(202);
  expect((await part(3, 'de')).headers.get('range')).toBe('0-4');
  const digest = digestOf('abcde');
  expect((await registry.fetch(`${session}?digest=${digest}`, { method: 'PUT' })).status).toBe(201);
  const remove = (): Promise<Response> => registry.fetch(`/v2/app/blobs/${digest}`, { method: 'DELETE' });
  expect([(await remove()).status, (await remove()).status]).toEqual([202, 404]);
  const single = await registry.fetch(`/v2/app/blobs/uploads/?digest=${digest}`, {
    method: 'POST',
    body: 'abcde',
  });
  expect(single.status).toBe(201);
  expect((await pushBlob(registry, 'app', Buffer.of())).status).toBe(201);
});

test('the README lists every deviation with its reason', async () => {
  const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const readme = text.replace(/ +/g, ' ');
  for (const [name, reason] of Object.entries(deviations)) {
    expect(readme).toContain(`| \`${name}\` | ${reason} |`);
  }
});
