import { CreateRepositoryCommand, PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start } from '../harness/emulator.ts';
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

let emulator: Emulator;
let registry: RegistryClient;

beforeEach(async () => {
  emulator = await start();
  await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  registry = await registryClient(emulator);
});

async function refusal(response: Response): Promise<[number, string, string]> {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  return [response.status, errors[0]?.code ?? '', errors[0]?.message ?? ''];
}

describe('a manifest', () => {
  test('is returned byte for byte, by tag and by digest', async () => {
    const image = imageOf('hello');
    await push(registry, 'app', 'v1', image);
    for (const reference of ['v1', image.digest]) {
      const response = await registry.fetch(`/v2/app/manifests/${reference}`);
      expect(response.headers.get('content-type')).toBe(mediaTypes.ociManifest);
      expect(response.headers.get('docker-content-digest')).toBe(image.digest);
      expect(await response.text()).toBe(image.manifest);
    }
    const head = await registry.fetch('/v2/app/manifests/v1', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(image.manifest.length)]);
  });

  test('is rejected while one of its layers is missing', async () => {
    const image = imageOf('incomplete');
    const [config = Buffer.of(), layer = Buffer.of()] = image.blobs;
    await pushBlob(registry, 'app', config);
    expect(await refusal(await putManifest(registry, 'app', 'v1', image))).toEqual([
      404,
      'BLOB_UPLOAD_UNKNOWN',
      `Layers with digests '[${digestOf(layer)}]' required for pushing image into repository with name 'app' in the registry with id '${ours}' do not exist`,
    ]);
  });

  test('is rejected while an image of the index is missing', async () => {
    const image = imageOf('child');
    const index = indexOf([image]);
    const refused = await refusal(await putManifest(registry, 'app', 'v1', index));
    expect(refused.slice(1)).toEqual([
      'MANIFEST_BLOB_UNKNOWN',
      `Images with digests '[${image.digest}]' required for pushing image into repository with name 'app' in the registry with id '${ours}' do not exist`,
    ]);
    await push(registry, 'app', image.digest, image);
    expect((await putManifest(registry, 'app', 'v1', index)).status).toBe(201);
  });

  test('is rejected under another digest', async () => {
    const image = imageOf('mine');
    await push(registry, 'app', 'v1', image);
    const wrong = digestOf('another');
    expect(await refusal(await putManifest(registry, 'app', wrong, image))).toEqual([
      400,
      'MANIFEST_INVALID',
      `The image with digest '${wrong}' in repository 'app' and registry ID '${ours}' does not match the image digest that Amazon ECR has calculated.`,
    ]);
  });

  const image = JSON.parse(imageOf('shape').manifest) as Record<string, unknown>;
  test.each([
    ['not JSON', 'manifest'],
    ['a list', '[]'],
    ['of another schema version', JSON.stringify({ ...image, schemaVersion: 1 })],
    ['without a configuration', JSON.stringify({ ...image, config: undefined })],
    ['without layers', JSON.stringify({ ...image, layers: undefined })],
    ['with a layer without a digest', JSON.stringify({ ...image, layers: [{ mediaType: 'x', size: 1 }] })],
    ['of another type than in the request', JSON.stringify({ ...image, mediaType: mediaTypes.ociIndex })],
  ])('is rejected if it is %s', async (_, manifest) => {
    const response = await putManifest(registry, 'app', 'v1', {
      manifest,
      mediaType: mediaTypes.ociManifest,
    });
    expect(await refusal(response)).toEqual([
      405,
      'UNSUPPORTED',
      "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
    ]);
  });

  test('is rejected if it is longer than 4 MiB', async () => {
    const manifest = JSON.stringify({ ...image, annotations: { long: 'x'.repeat(4_194_304) } });
    const refused = await refusal(
      await putManifest(registry, 'app', 'v1', { manifest, mediaType: mediaTypes.ociManifest }),
    );
    expect(refused.slice(0, 2)).toEqual([405, 'UNSUPPORTED']);
  });

  test('is not found if it was never pushed', async () => {
    expect(await refusal(await registry.fetch('/v2/app/manifests/none'))).toEqual([
      404,
      'MANIFEST_UNKNOWN',
      'Requested image not found',
    ]);
  });
});

test.each(['constructor', '__proto__', 'toString'])('a tag may be named %s', async (tag) => {
  await ecrClient(emulator).send(
    new PutImageTagMutabilityCommand({ repositoryName: 'app', imageTagMutability: 'IMMUTABLE' }),
  );
  expect((await registry.fetch(`/v2/app/manifests/${tag}`)).status).toBe(404);
  const image = imageOf(tag);
  await push(registry, 'app', tag, image);
  expect(await (await registry.fetch(`/v2/app/manifests/${tag}`)).text()).toBe(image.manifest);
  expect((await registry.fetch('/v2/app/manifests/hasOwnProperty')).status).toBe(404);
});

describe('an existing tag', () => {
  const first = imageOf('first');
  const second = imageOf('second');

  beforeEach(async () => {
    await push(registry, 'app', 'v1', first);
    await push(registry, 'app', second.digest, second);
  });

  test('moves in a mutable repository', async () => {
    expect((await putManifest(registry, 'app', 'v1', second)).status).toBe(201);
    expect(await (await registry.fetch('/v2/app/manifests/v1')).text()).toBe(second.manifest);
  });

  test('can be pushed again for the same image', async () => {
    expect((await putManifest(registry, 'app', 'v1', first)).status).toBe(201);
  });

  test.each([
    ['another image', second],
    ['the same image', first],
  ])('in an immutable repository cannot be pushed for %s', async (_, image) => {
    await ecrClient(emulator).send(
      new PutImageTagMutabilityCommand({ repositoryName: 'app', imageTagMutability: 'IMMUTABLE' }),
    );
    expect(await refusal(await putManifest(registry, 'app', 'v1', image))).toEqual([
      400,
      'TAG_INVALID',
      "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the repository is immutable.",
    ]);
    expect(await (await registry.fetch('/v2/app/manifests/v1')).text()).toBe(first.manifest);
    expect((await putManifest(registry, 'app', 'v2', image)).status).toBe(201);
  });

  test.each([
    ['IMMUTABLE_WITH_EXCLUSION', 'latest*', 'latest-1', 201],
    ['IMMUTABLE_WITH_EXCLUSION', 'latest*', 'v1', 400],
    ['MUTABLE_WITH_EXCLUSION', 'v*', 'latest-1', 201],
    ['MUTABLE_WITH_EXCLUSION', 'v*', 'v1', 400],
  ] as const)(
    'with %s and filter %s: pushing %s answers %d',
    async (imageTagMutability, filter, tag, status) => {
      await putManifest(registry, 'app', tag, first);
      await ecrClient(emulator).send(
        new PutImageTagMutabilityCommand({
          repositoryName: 'app',
          imageTagMutability,
          imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter }],
        }),
      );
      const response = await putManifest(registry, 'app', tag, second);
      expect(response.status).toBe(status);
      if (status === 400) expect(await response.text()).toContain('because the tag is immutable.');
    },
  );
});

test('lists and filters referrers with their type and annotations', async () => {
  const subject = imageOf('subject');
  await push(registry, 'app', 'v1', subject);
  const reference = { mediaType: subject.mediaType, digest: subject.digest, size: subject.manifest.length };
  const sbom = imageOf('sbom', {
    subject: reference,
    artifactType: 'application/spdx+json',
    annotations: { a: 'b' },
  });
  const signature = imageOf('signature', { subject: reference, artifactType: 'application/vnd.sig' });
  await push(registry, 'app', sbom.digest, sbom);
  for (const blob of signature.blobs) await pushBlob(registry, 'app', blob);
  const put = await putManifest(registry, 'app', signature.digest, signature);
  expect(put.headers.get('oci-subject')).toBe(subject.digest);

  const listed = await registry.fetch(`/v2/app/referrers/${subject.digest}`);
  expect(listed.headers.get('content-type')).toBe(mediaTypes.ociIndex);
  const { manifests } = (await listed.json()) as { manifests: unknown[] };
  expect(manifests).toHaveLength(2);
  expect(manifests).toContainEqual({
    mediaType: sbom.mediaType,
    digest: sbom.digest,
    size: sbom.manifest.length,
    artifactType: 'application/spdx+json',
    annotations: { a: 'b' },
  });

  const filtered = await registry.fetch(
    `/v2/app/referrers/${subject.digest}?artifactType=application/vnd.sig`,
  );
  expect(filtered.headers.get('oci-filters-applied')).toBe('artifactType');
  expect(
    ((await filtered.json()) as { manifests: { digest: string }[] }).manifests.map(({ digest }) => digest),
  ).toEqual([signature.digest]);
  const none = await registry.fetch(`/v2/app/referrers/${digestOf('nothing')}`);
  expect([none.status, ((await none.json()) as { manifests: unknown[] }).manifests]).toEqual([200, []]);
});

describe('a client that accepts another format', () => {
  const docker = mediaTypes.dockerManifest;

  async function pull(reference: string, accept: string): Promise<[number, string | null, string]> {
    const response = await registry.fetch(`/v2/app/manifests/${reference}`, { headers: { accept } });
    return [response.status, response.headers.get('content-type'), await response.text()];
  }

  test('gets a converted manifest with its own digest by tag', async () => {
    const image = imageOf('converted');
    await push(registry, 'app', 'v1', image);
    const response = await registry.fetch('/v2/app/manifests/v1', { headers: { accept: docker } });
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe(docker);
    expect(response.headers.get('docker-content-digest')).toBe(digestOf(text));
    expect(JSON.parse(text)).toMatchObject({
      mediaType: docker,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json' },
      layers: [
        { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', digest: digestOf('converted') },
      ],
    });
  });

  test('gets the stored manifest by digest in any case', async () => {
    const image = imageOf('stored');
    await push(registry, 'app', 'v1', image);
    expect(await pull(image.digest, docker)).toEqual([200, mediaTypes.ociManifest, image.manifest]);
  });

  test('gets 404 if the manifest cannot be converted', async () => {
    const image = imageOf('child');
    await push(registry, 'app', image.digest, image);
    await push(registry, 'app', 'multi', indexOf([image]));
    expect((await pull('multi', docker))[0]).toBe(404);
    const layers = [{ ...descriptorOf(Buffer.from('child'), 'application/vnd.oci.image.layer.v1.tar+zstd') }];
    await push(registry, 'app', 'zstd', imageOf('child', { layers }));
    expect((await pull('zstd', docker))[0]).toBe(404);
  });

  test.each(['*/*', `${docker}, ${mediaTypes.ociManifest};q=0.5`, ''])(
    'gets the stored manifest with Accept %j',
    async (accept) => {
      const image = imageOf('any');
      await push(registry, 'app', 'v1', image);
      expect((await pull('v1', accept))[1]).toBe(mediaTypes.ociManifest);
    },
  );
});

describe('a deleted manifest', () => {
  test('is removed with its last tag, or by digest with all tags', async () => {
    const image = imageOf('gone');
    await push(registry, 'app', 'v1', image);
    await putManifest(registry, 'app', 'v2', image);
    const remove = async (reference: string): Promise<number> =>
      (await registry.fetch(`/v2/app/manifests/${reference}`, { method: 'DELETE' })).status;
    expect(await remove('v1')).toBe(202);
    expect((await registry.fetch('/v2/app/manifests/v2')).status).toBe(200);
    expect(await remove(image.digest)).toBe(202);
    expect(await remove('v2')).toBe(404);
  });

  test('is kept while an index contains it', async () => {
    const image = imageOf('held');
    await push(registry, 'app', image.digest, image);
    await push(registry, 'app', 'multi', indexOf([image]));
    const response = await registry.fetch(`/v2/app/manifests/${image.digest}`, { method: 'DELETE' });
    expect(await refusal(response)).toEqual([
      403,
      'DENIED',
      `Requested image referenced by manifest list: [${indexOf([image]).digest}]`,
    ]);
  });
});
