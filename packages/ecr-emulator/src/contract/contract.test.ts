import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreatePullThroughCacheRuleCommand,
  DescribeImagesCommand,
  GetAccountSettingCommand,
  GetDownloadUrlForLayerCommand,
  GetLifecyclePolicyCommand,
  PutImageCommand,
  PutLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { createHash } from 'node:crypto';
import { deviations, type Deviation } from '../deviations.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, indexOf, push, pushBlob, putManifest, type RegistryClient } from '../harness/registry.ts';
import { openTarget, type Target } from './target.ts';

/**
 * What Towpath and the emulator assume about Amazon ECR. The tests run against the emulator, and against AWS with
 * `TOWPATH_CONTRACT=aws npm run test:contract`. A test that fails there shows an assumption that is wrong.
 */

jest.setTimeout(process.env.TOWPATH_CONTRACT === 'aws' ? 120_000 : 20_000);

let target: Target;
let registry: RegistryClient;

beforeAll(async () => {
  target = await openTarget(process.env);
  registry = target.registry;
});

afterAll(() => target.close());

async function startUpload(repository: string): Promise<string> {
  const { status, headers } = await registry.fetch(`/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  expect(status).toBe(202);
  return headers.get('location') ?? '';
}

const patch = (session: string, size: number) =>
  registry.fetch(session, { method: 'PATCH', body: new Uint8Array(size) });

async function errorCode(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as { errors: readonly { code: string }[] };
  return errors[0]?.code;
}

/** The smallest part of an upload that is not the last one (ECR API, UploadLayerPart). */
const smallestPart = 5 * 2 ** 20;

/** A test for each deviation of ECR from the specification. The compiler finds a missing one. */
const beliefs: Readonly<Record<Deviation, (repository: string) => Promise<void>>> = {
  'patch-201': async (repository) => {
    expect((await patch(await startUpload(repository), 10)).status).toBe(201);
  },
  'frozen-range': async (repository) => {
    const first = await patch(await startUpload(repository), smallestPart);
    const second = await patch(first.headers.get('location') ?? '', 10);
    expect(second.headers.get('range')).toBe(first.headers.get('range'));
  },
  'part-size': async (repository) => {
    const first = await patch(await startUpload(repository), 10);
    const second = await patch(first.headers.get('location') ?? '', 10);
    const digest = digestOf(Buffer.alloc(20));
    const completed = await registry.fetch(`${second.headers.get('location') ?? ''}?digest=${digest}`, {
      method: 'PUT',
    });
    expect(completed.status).toBeGreaterThanOrEqual(400);
  },
  'no-empty-layer': async (repository) => {
    expect((await pushBlob(registry, repository, Buffer.alloc(0))).status).toBeGreaterThanOrEqual(400);
  },
  'no-single-post': async (repository) => {
    const blob = Buffer.from('in one request');
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(blob)}`;
    const { status } = await registry.fetch(path, { method: 'POST', body: new Uint8Array(blob) });
    expect(status).toBe(202);
    const { status: found } = await registry.fetch(`/v2/${repository}/blobs/${digestOf(blob)}`);
    expect(found).toBe(404);
  },
  'no-layer-deletion': async (repository) => {
    const blob = Buffer.from('a layer to stay');
    expect((await pushBlob(registry, repository, blob)).status).toBe(201);
    const path = `/v2/${repository}/blobs/${digestOf(blob)}`;
    expect((await registry.fetch(path, { method: 'DELETE' })).status).toBeGreaterThanOrEqual(400);
    expect((await registry.fetch(path, { method: 'HEAD' })).status).toBeLessThan(400);
  },
  'mount-by-image': async (repository) => {
    // The setting concerns the whole account: it is not changed for a test.
    const { value } = await target.ecr.send(new GetAccountSettingCommand({ name: 'BLOB_MOUNTING' }));
    const other = await target.create();
    const blob = Buffer.from('a layer without an image');
    await pushBlob(registry, other, blob);
    const mount = (digest: string) =>
      registry.fetch(`/v2/${repository}/blobs/uploads/?mount=${digest}&from=${other}`, { method: 'POST' });
    expect((await mount(digestOf(blob))).status).toBe(202);
    const image = imageOf('a layer of an image');
    await push(registry, other, 'v1', image);
    const [, layer] = image.blobs;
    const { status } = await mount(digestOf(layer ?? ''));
    expect(status).toBe(value === 'ENABLED' ? 201 : 202);
  },
};

describe('the registry deviates from the OCI distribution specification', () => {
  test.each(Object.entries(deviations) as readonly (readonly [Deviation, string])[])(
    '%s: %s',
    async (name) => {
      await beliefs[name](await target.create());
    },
  );
});

describe('manifests', () => {
  test('a manifest with missing layers has the status 404', async () => {
    const { status } = await putManifest(registry, await target.create(), 'v1', imageOf('nothing pushed'));
    expect(status).toBe(404);
  });

  test('a digest of another algorithm is rejected', async () => {
    const blob = Buffer.from('by SHA-512');
    const digest = `sha512:${createHash('sha512').update(blob).digest('hex')}`;
    const session = await startUpload(await target.create());
    const body = new Uint8Array(blob);
    const { status } = await registry.fetch(`${session}?digest=${digest}`, { method: 'PUT', body });
    expect(status).toBeGreaterThanOrEqual(400);
  });

  test('PutImage of the image that an immutable tag has is ImageAlreadyExistsException, of another one ImageTagAlreadyExistsException', async () => {
    const repositoryName = await target.create({ imageTagMutability: 'IMMUTABLE' });
    const [one, other] = [imageOf('one'), imageOf('other')];
    await push(registry, repositoryName, 'v1', one);
    await push(registry, repositoryName, 'v2', other);
    const put = (imageManifest: string) =>
      refusalOf(target.ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: 'v1' })));
    expect((await put(one.manifest)).name).toBe('ImageAlreadyExistsException');
    expect((await put(other.manifest)).name).toBe('ImageTagAlreadyExistsException');
  });

  test('of two images that are put to one immutable tag at once, one gets it', async () => {
    const repositoryName = await target.create({ imageTagMutability: 'IMMUTABLE' });
    const images = [imageOf('first'), imageOf('second')];
    for (const image of images) await push(registry, repositoryName, image.digest, image);
    const puts = await Promise.allSettled(
      images.map(({ manifest }) =>
        target.ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest, imageTag: 'n' })),
      ),
    );
    const refused = puts.flatMap((put) => (put.status === 'rejected' ? [put.reason as Error] : []));
    expect(refused.map(({ name }) => name)).toEqual(['ImageTagAlreadyExistsException']);
    const winner = images[puts.findIndex(({ status }) => status === 'fulfilled')];
    const { images: found = [] } = await target.ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'n' }] }),
    );
    expect(found.map(({ imageId }) => imageId?.imageDigest)).toEqual([winner?.digest]);
  });

  test('BatchGetImage returns the manifests of 100 tags, and lists the tags that do not exist as failures', async () => {
    const repositoryName = await target.create();
    const image = imageOf('many tags');
    await push(registry, repositoryName, 'n.1', image);
    const imageIds = Array.from({ length: 100 }, (_, index) => ({ imageTag: `n.${index + 1}` }));
    const { images = [], failures = [] } = await target.ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds }),
    );
    expect(images.map(({ imageManifest }) => imageManifest)).toEqual([image.manifest]);
    expect(failures).toHaveLength(99);
    expect(new Set(failures.map(({ failureCode }) => failureCode))).toEqual(new Set(['ImageNotFound']));
  });

  test('an image of an index cannot be deleted', async () => {
    const repositoryName = await target.create();
    const image = imageOf('of an index');
    await push(registry, repositoryName, image.digest, image);
    await push(registry, repositoryName, 'v1', indexOf([image]));
    const { failures = [] } = await target.ecr.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: image.digest }] }),
    );
    expect(failures.map(({ failureCode }) => failureCode)).toEqual(['ImageReferencedByManifestList']);
    const path = `/v2/${repositoryName}/manifests/${image.digest}`;
    expect((await registry.fetch(path, { method: 'DELETE' })).status).toBe(403);
  });

  test('deleting the last tag of an image deletes the image', async () => {
    const repositoryName = await target.create();
    const image = imageOf('with one tag');
    await push(registry, repositoryName, 'v1', image);
    await target.ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
    const imageIds = [{ imageDigest: image.digest }];
    const { name } = await refusalOf(
      target.ecr.send(new DescribeImagesCommand({ repositoryName, imageIds })),
    );
    expect(name).toBe('ImageNotFoundException');
  });
});

describe('layers', () => {
  test('the API cannot read a layer without an image, and the registry can', async () => {
    const repositoryName = await target.create();
    const blob = Buffer.from('a layer alone');
    await pushBlob(registry, repositoryName, blob);
    const layerDigest = digestOf(blob);
    const { name } = await refusalOf(
      target.ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest })),
    );
    expect(name).toBe('LayerInaccessibleException');
    const path = `/v2/${repositoryName}/blobs/${layerDigest}`;
    expect((await registry.fetch(path, { method: 'HEAD' })).status).toBeLessThan(400);
  });

  test('a mount from a repository that does not exist becomes an upload', async () => {
    const path = `/v2/${await target.create()}/blobs/uploads/?mount=${digestOf('x')}&from=towpath-contract-none`;
    expect((await registry.fetch(path, { method: 'POST' })).status).toBe(202);
  });
});

describe('credentials of the registry', () => {
  test.each([
    ['a malformed token', 400, `Basic ${Buffer.from('AWS:not-a-token').toString('base64')}`],
    ['an empty password', 401, `Basic ${Buffer.from('AWS:').toString('base64')}`],
  ])('%s has the status %i', async (_, expected, authorization) => {
    const { status } = await registry.fetch('/v2/', { headers: { authorization } });
    expect(status).toBe(expected);
  });

  test('a repository that does not exist is NAME_UNKNOWN, a tag MANIFEST_UNKNOWN', async () => {
    const [missing, existing] = ['towpath-contract-none', await target.create()];
    const ask = (repository: string) => registry.fetch(`/v2/${repository}/manifests/v1`);
    expect(await errorCode(await ask(missing))).toBe('NAME_UNKNOWN');
    expect(await errorCode(await ask(existing))).toBe('MANIFEST_UNKNOWN');
  });
});

describe('settings', () => {
  test('a lifecycle policy that was never evaluated has the start of 1970 as its time', async () => {
    const repositoryName = await target.create();
    const selection = { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 5 };
    const rules = [{ rulePriority: 1, selection, action: { type: 'expire' } }];
    const lifecyclePolicyText = JSON.stringify({ rules });
    await target.ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    const { lastEvaluatedAt } = await target.ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
    expect(lastEvaluatedAt?.getTime()).toBe(0);
  });

  test('a pull-through cache rule with a secret of another account is UnableToAccessSecretException', async () => {
    const region = (await target.ecr.config.region()) || 'us-east-1';
    const { name } = await refusalOf(
      target.ecr.send(
        new CreatePullThroughCacheRuleCommand({
          ecrRepositoryPrefix: 'towpath-contract',
          upstreamRegistryUrl: 'registry-1.docker.io',
          credentialArn: `arn:aws:secretsmanager:${region}:999988887777:secret:ecr-pullthroughcache/none-AbCdEf`,
        }),
      ),
    );
    expect(name).toBe('UnableToAccessSecretException');
  });
});
