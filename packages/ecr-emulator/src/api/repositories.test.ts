import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ListTagsForResourceCommand,
  PutImageTagMutabilityCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient } from '../harness/registry.ts';

let emulator: Emulator;
let ecr: ECRClient;

beforeEach(async () => {
  emulator = await start({ regions: ['us-east-1', 'cn-north-1'] });
  ecr = ecrClient(emulator);
});

const arn = `arn:aws:ecr:us-east-1:${ours}:repository/team/app`;

describe('a repository', () => {
  test('is described with the names of real ECR', async () => {
    const { repository } = await ecr.send(
      new CreateRepositoryCommand({
        repositoryName: 'team/app',
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/images' },
      }),
    );
    expect(repository).toEqual({
      repositoryArn: arn,
      registryId: ours,
      repositoryName: 'team/app',
      repositoryUri: `${ours}.dkr.ecr.us-east-1.amazonaws.com/team/app`,
      createdAt: expect.any(Date),
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: {
        encryptionType: 'KMS',
        kmsKey: expect.stringMatching(/^arn:aws:kms:us-east-1:111122223333:key\/[\da-f-]{36}$/),
      },
    });
    const described = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['team/app'] }));
    expect(described.repositories).toEqual([repository]);
  });

  test.each(['KMS', 'KMS_DSSE'] as const)(
    'encrypted with %s without a key uses the account’s managed key',
    async (type) => {
      const { repository } = await ecr.send(
        new CreateRepositoryCommand({
          repositoryName: 'team/app',
          encryptionConfiguration: { encryptionType: type },
        }),
      );
      const kmsKey = `arn:aws:kms:us-east-1:${ours}:alias/aws/ecr`;
      expect(repository?.encryptionConfiguration).toEqual({ encryptionType: type, kmsKey });
    },
  );

  test('in China has the partition and domain of China', async () => {
    const { repository } = await ecrClient(emulator, { region: 'cn-north-1' }).send(
      new CreateRepositoryCommand({ repositoryName: 'team/app' }),
    );
    expect(repository).toMatchObject({
      repositoryArn: `arn:aws-cn:ecr:cn-north-1:${ours}:repository/team/app`,
      repositoryUri: `${ours}.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app`,
    });
  });

  test('cannot be created twice', async () => {
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    expect(await refusalOf(ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app' })))).toEqual({
      name: 'RepositoryAlreadyExistsException',
      message: `The repository with name 'team/app' already exists in the registry with id '${ours}'`,
    });
  });

  test('can be deleted if it is empty, or with force', async () => {
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    await push(await registryClient(emulator), 'team/app', 'v1', imageOf('x'));
    expect(await refusalOf(ecr.send(new DeleteRepositoryCommand({ repositoryName: 'team/app' })))).toEqual({
      name: 'RepositoryNotEmptyException',
      message: `The repository with name 'team/app' in registry with id '${ours}' cannot be deleted because it still contains images`,
    });
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'team/app', force: true }));
    expect(
      await refusalOf(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['team/app'] }))),
    ).toEqual({
      name: 'RepositoryNotFoundException',
      message: `The repository with name 'team/app' does not exist in the registry with id '${ours}'`,
    });
  });

  test('that is deleted during pushes answers them with 404 and is empty when created again', async () => {
    const registry = await registryClient(emulator);
    for (let round = 0; round < 5; round++) {
      await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
      const pushes = ['a', 'b', 'c'].map((tag) => push(registry, 'team/app', tag, imageOf(tag)));
      const ends = Promise.allSettled(pushes);
      await new Promise((resolve) => setTimeout(resolve, round * 4));
      await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'team/app', force: true }));
      for (const end of await ends)
        if (end.status === 'rejected') expect(String(end.reason)).toContain('404');
    }
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    expect(await (await registry.fetch('/v2/team/app/tags/list')).json()).toMatchObject({ tags: [] });
  });

  test.each(['a', 'UPPER', 'double//slash', '-dash', 'x'.repeat(257)])(
    'cannot be named %s',
    async (repositoryName) => {
      const { name, message } = await refusalOf(ecr.send(new CreateRepositoryCommand({ repositoryName })));
      expect(name).toBe('InvalidParameterException');
      expect(message).toMatch(/^Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must /);
    },
  );

  test('may have a name longer than the limit of file names', async () => {
    const repositoryName = `${'long-'.repeat(51)}x`;
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    await push(await registryClient(emulator), repositoryName, 'v1', imageOf('x'));
  });

  test('requires exclusions if and only if its mode has them', async () => {
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    const filters = [{ filterType: 'WILDCARD' as const, filter: 'dev-*' }];
    for (const [imageTagMutability, imageTagMutabilityExclusionFilters] of [
      ['IMMUTABLE', filters],
      ['IMMUTABLE_WITH_EXCLUSION', undefined],
    ] as const) {
      const call = ecr.send(
        new PutImageTagMutabilityCommand({
          repositoryName: 'team/app',
          imageTagMutability,
          imageTagMutabilityExclusionFilters,
        }),
      );
      expect(await refusalOf(call)).toMatchObject({ name: 'InvalidParameterException' });
    }
  });

  test('can have resource tags', async () => {
    await ecr.send(
      new CreateRepositoryCommand({ repositoryName: 'team/app', tags: [{ Key: 'team', Value: 'a' }] }),
    );
    await ecr.send(new TagResourceCommand({ resourceArn: arn, tags: [{ Key: 'cost', Value: 'b' }] }));
    await ecr.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['team'] }));
    const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn: arn }));
    expect(tags).toEqual([{ Key: 'cost', Value: 'b' }]);

    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    expect(await refusalOf(ecr.send(new TagResourceCommand({ resourceArn: arn, tags: many })))).toMatchObject(
      {
        name: 'TooManyTagsException',
      },
    );
    const reserved = [{ Key: 'aws:x', Value: '' }];
    expect(
      await refusalOf(ecr.send(new TagResourceCommand({ resourceArn: arn, tags: reserved }))),
    ).toMatchObject({
      name: 'InvalidTagParameterException',
    });
  });
});

test('describes repositories in pages that are stable under changes between them', async () => {
  for (const repositoryName of ['aa', 'bb', 'cc'])
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const first = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 2 }));
  expect(first.repositories?.map(({ repositoryName }) => repositoryName)).toEqual(['aa', 'bb']);
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'aa' }));
  const second = await ecr.send(new DescribeRepositoriesCommand({ nextToken: first.nextToken }));
  expect(second.repositories?.map(({ repositoryName }) => repositoryName)).toEqual(['cc']);
  expect(second.nextToken).toBeUndefined();
  expect(await refusalOf(ecr.send(new DescribeRepositoriesCommand({ nextToken: 'made up' })))).toMatchObject({
    name: 'InvalidParameterException',
  });
});
