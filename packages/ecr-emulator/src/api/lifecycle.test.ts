import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DescribeImagesCommand,
  GetLifecyclePolicyCommand,
  GetLifecyclePolicyPreviewCommand,
  ListImagesCommand,
  PutLifecyclePolicyCommand,
  StartImageScanCommand,
  StartLifecyclePolicyPreviewCommand,
  UpdateImageStorageClassCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient, type RegistryClient } from '../harness/registry.ts';

const repositoryName = 'app';
const day = 24 * 60 * 60 * 1000;
const [old, young] = [imageOf('old'), imageOf('young')];

let emulator: Emulator;
let ecr: ECRClient;
let registry: RegistryClient;

beforeEach(async () => {
  emulator = await start();
  ecr = ecrClient(emulator);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  registry = await registryClient(emulator);
  await push(registry, repositoryName, 'old', old);
  emulator.advance(day / 4);
  await push(registry, repositoryName, 'young', young);
});

function policy(action: object = { type: 'expire' }): string {
  const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 };
  return JSON.stringify({ rules: [{ rulePriority: 1, description: 'keep one', selection, action }] });
}

function put(text = policy()): Promise<unknown> {
  return ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: text }));
}

async function tags(): Promise<unknown> {
  const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName }));
  return imageIds?.map(({ imageTag }) => imageTag).sort();
}

describe('a lifecycle policy', () => {
  test('is returned unchanged until it is deleted', async () => {
    const gone = {
      name: 'LifecyclePolicyNotFoundException',
      message: `Lifecycle policy does not exist for the repository with name 'app' in the registry with id '${ours}'`,
    };
    expect(await refusalOf(ecr.send(new GetLifecyclePolicyCommand({ repositoryName })))).toEqual(gone);
    await put();
    expect(await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).toMatchObject({
      registryId: ours,
      lifecyclePolicyText: policy(),
      lastEvaluatedAt: new Date(0),
    });
    await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    expect(await refusalOf(ecr.send(new GetLifecyclePolicyCommand({ repositoryName })))).toEqual(gone);
  });

  test('is rejected if it is invalid or too long', async () => {
    const wrong = policy({ type: 'burn this image, and every other one that looks like it' });
    expect(await refusalOf(put(wrong))).toMatchObject({ name: 'InvalidParameterException' });
    expect(await refusalOf(put(policy().padEnd(30_721)))).toMatchObject({
      message: expect.stringContaining('must have length less than or equal to 30720'),
    });
  });

  test('expires images only when it is evaluated', async () => {
    await put();
    expect(await tags()).toEqual(['old', 'young']);
    expect(await emulator.expire()).toEqual([
      {
        account: ours,
        region: 'us-east-1',
        repository: repositoryName,
        results: [{ digest: old.digest, action: 'expire', rulePriority: 1 }],
      },
    ]);
    expect(await tags()).toEqual(['young']);
    expect((await registry.fetch(`/v2/app/manifests/${old.digest}`)).status).toBe(404);
    expect(await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).toHaveProperty(
      'lastEvaluatedAt',
    );
  });

  test('is evaluated over the admin API at a given time for given repositories', async () => {
    const selection = { tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 };
    await put(JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] }));
    const expire = async (body: object): Promise<[number, unknown]> => {
      const response = await fetch(`${emulator.api}/_emulator/expire`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return [response.status, await response.json()];
    };
    expect(await expire({})).toEqual([200, []]);
    const at = new Date(Date.now() + 30 * day + day / 8).toISOString();
    expect(await expire({ at, repository: 'other' })).toEqual([200, []]);
    expect(
      await expire({ at, account: ours, region: 'us-east-1', repository: repositoryName }),
    ).toMatchObject([200, [{ results: [{ digest: old.digest }] }]]);
    expect(await expire({ at: 'tomorrow' })).toMatchObject([400, {}]);
  });

  test('can be previewed without expiring images', async () => {
    const preview = new GetLifecyclePolicyPreviewCommand({ repositoryName });
    expect(await refusalOf(ecr.send(preview))).toMatchObject({
      name: 'LifecyclePolicyPreviewNotFoundException',
    });
    const startPreview = new StartLifecyclePolicyPreviewCommand({ repositoryName });
    expect(await refusalOf(ecr.send(startPreview))).toMatchObject({
      name: 'LifecyclePolicyNotFoundException',
    });
    await put();
    expect(await ecr.send(startPreview)).toMatchObject({ status: 'IN_PROGRESS' });
    expect(await refusalOf(ecr.send(startPreview))).toMatchObject({
      name: 'LifecyclePolicyPreviewInProgressException',
    });
    expect(await ecr.send(preview)).toMatchObject({ status: 'IN_PROGRESS' });
    emulator.advance(1000);
    const result = await ecr.send(preview);
    expect(result).toMatchObject({
      status: 'COMPLETE',
      previewResults: [
        { imageDigest: old.digest, imageTags: ['old'], action: { type: 'EXPIRE' }, appliedRulePriority: 1 },
      ],
      summary: { expiringImageTotalCount: 1 },
    });
    expect(await tags()).toEqual(['old', 'young']);
  });
});

describe('an archived image', () => {
  beforeEach(async () => {
    await put(policy({ type: 'transition', targetStorageClass: 'archive' }));
    await emulator.expire();
  });

  test('is listed only by a filter for archived images', async () => {
    expect(await tags()).toEqual(['young']);
    const filter = { imageStatus: 'ARCHIVED' as const };
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName, filter }));
    expect(imageDetails).toEqual([
      expect.objectContaining({
        imageDigest: old.digest,
        imageStatus: 'ARCHIVED',
        lastArchivedAt: expect.any(Date),
      }),
    ]);
  });

  test('can be neither pulled nor scanned until it is active again', async () => {
    const get = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'old' }] });
    expect((await ecr.send(get)).failures).toMatchObject([{ failureCode: 'ImageInaccessible' }]);
    expect((await registry.fetch('/v2/app/manifests/old')).status).toBe(404);
    const scan = new StartImageScanCommand({ repositoryName, imageId: { imageTag: 'old' } });
    expect(await refusalOf(ecr.send(scan))).toMatchObject({ name: 'ImageArchivedException' });

    const restored = await ecr.send(
      new UpdateImageStorageClassCommand({
        repositoryName,
        imageId: { imageTag: 'old' },
        targetStorageClass: 'STANDARD',
      }),
    );
    expect(restored.imageStatus).toBe('ACTIVATING');
    expect((await ecr.send(get)).images).toEqual([]);
    emulator.advance(20 * 60_000);
    expect((await ecr.send(get)).images).toHaveLength(1);
  });

  test.each(['old', 'again'])('is restored by a push under the tag %s', async (tag) => {
    await push(registry, repositoryName, tag, old);
    const get = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'old' }] });
    expect((await ecr.send(get)).images).toHaveLength(1);
  });
});
