import {
  CreateRepositoryCommand,
  DescribeImageReplicationStatusCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  PutImageTagMutabilityCommand,
  PutRegistryPolicyCommand,
  PutReplicationConfigurationCommand,
  type ImageReplicationStatus,
  type ReplicationDestination,
} from '@aws-sdk/client-ecr';
import { describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { eventually } from '../harness/eventually.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, indexOf, push, putManifest, registryClient } from '../harness/registry.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const repositoryName = 'prod/app';
const west: ReplicationDestination = { registryId: ours, region: 'eu-west-1' };
const foreign: ReplicationDestination = { registryId: theirs, region: 'us-east-1' };
const image = imageOf('replicated');

async function started(destinations: ReplicationDestination[], options = {}): Promise<Emulator> {
  const emulator = await start({ regions: ['us-east-1', 'eu-west-1'], replicationDelay: 30, ...options });
  await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName }));
  await configure(emulator, destinations);
  return emulator;
}

function configure(emulator: Emulator, destinations: ReplicationDestination[]): Promise<unknown> {
  const rules = [
    { destinations, repositoryFilters: [{ filter: 'prod', filterType: 'PREFIX_MATCH' as const }] },
  ];
  return ecrClient(emulator).send(
    new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }),
  );
}

async function statuses(emulator: Emulator, imageTag = 'v1'): Promise<ImageReplicationStatus[]> {
  const command = new DescribeImageReplicationStatusCommand({ repositoryName, imageId: { imageTag } });
  return (await ecrClient(emulator).send(command)).replicationStatuses ?? [];
}

async function settled(emulator: Emulator, imageTag = 'v1'): Promise<ImageReplicationStatus[]> {
  await eventually(async () =>
    (await statuses(emulator, imageTag)).every(({ status }) => status !== 'IN_PROGRESS'),
  );
  return statuses(emulator, imageTag);
}

describe('a pushed image', () => {
  test('is copied with its tags, children and layers after a delay', async () => {
    const emulator = await started([west], { replicationDelay: 150 });
    const registry = await registryClient(emulator);
    await push(registry, repositoryName, image.digest, image);
    await push(registry, repositoryName, 'v1', indexOf([image]));
    expect(await statuses(emulator)).toEqual([{ ...west, status: 'IN_PROGRESS' }]);
    const there = await registryClient(emulator, { region: 'eu-west-1' });
    expect((await there.fetch(`/v2/${repositoryName}/manifests/v1`)).status).toBe(404);

    expect(await settled(emulator)).toEqual([{ ...west, status: 'COMPLETE' }]);
    expect(await (await there.fetch(`/v2/${repositoryName}/manifests/v1`)).text()).toBe(
      indexOf([image]).manifest,
    );
    const child = await there.fetch(`/v2/${repositoryName}/manifests/${image.digest}`);
    expect(await child.text()).toBe(image.manifest);
    const head = await there.fetch(`/v2/${repositoryName}/blobs/${imageLayer()}`, { method: 'HEAD' });
    expect(head.status).toBe(200);
  });

  test('is copied again if its tag moves', async () => {
    const emulator = await started([west]);
    const registry = await registryClient(emulator);
    await push(registry, repositoryName, 'v1', image);
    await settled(emulator);
    const other = imageOf('other');
    await push(registry, repositoryName, 'v1', other);
    await settled(emulator);
    const there = await registryClient(emulator, { region: 'eu-west-1' });
    expect(await (await there.fetch(`/v2/${repositoryName}/manifests/v1`)).text()).toBe(other.manifest);
  });

  test('is not copied further from its destination', async () => {
    const emulator = await started([west]);
    const back = ecrClient(emulator, { region: 'eu-west-1' });
    const rules = [{ destinations: [foreign] }];
    await back.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }));
    await push(await registryClient(emulator), repositoryName, 'v1', image);
    await settled(emulator);
    const { repositories } = await ecrClient(emulator, { account: theirs }).send(
      new DescribeRepositoriesCommand(),
    );
    expect(repositories).toEqual([]);
  });

  test('is copied to another account only if its registry policy allows it', async () => {
    const emulator = await started([foreign]);
    const registry = await registryClient(emulator);
    await push(registry, repositoryName, 'v1', image);
    expect(await settled(emulator)).toEqual([{ ...foreign, status: 'FAILED', failureCode: 'AccessDenied' }]);

    const Statement = [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ours}:root` },
        Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'],
        Resource: `arn:aws:ecr:us-east-1:${theirs}:repository/*`,
      },
    ];
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement });
    await ecrClient(emulator, { account: theirs }).send(new PutRegistryPolicyCommand({ policyText }));
    await putManifest(registry, repositoryName, 'v2', image);
    expect(await settled(emulator, 'v2')).toEqual([{ ...foreign, status: 'COMPLETE' }]);
  });

  test('does not replace an immutable tag', async () => {
    const emulator = await started([]);
    const there = ecrClient(emulator, { region: 'eu-west-1' });
    await there.send(new CreateRepositoryCommand({ repositoryName }));
    await push(
      await registryClient(emulator, { region: 'eu-west-1' }),
      repositoryName,
      'v1',
      imageOf('theirs'),
    );
    await there.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' }));
    await configure(emulator, [west]);
    await push(await registryClient(emulator), repositoryName, 'v1', image);
    expect(await settled(emulator)).toEqual([
      { ...west, status: 'FAILED', failureCode: 'ImageTagAlreadyExistsException' },
    ]);
  });

  test('is copied after a restart if the emulator ended before', async () => {
    const data = await temporaryFolder();
    const before = await started([west], { data, replicationDelay: 3_600_000 });
    await push(await registryClient(before), repositoryName, 'v1', image);
    await before.close();
    const after = await start({ data, regions: ['us-east-1', 'eu-west-1'], replicationDelay: 0 });
    expect(await settled(after)).toEqual([{ ...west, status: 'COMPLETE' }]);
  });
});

test('images pushed before the rules, or that match no rule, are not copied', async () => {
  const emulator = await started([]);
  const registry = await registryClient(emulator);
  await push(registry, repositoryName, 'v1', image);
  await configure(emulator, [west]);
  await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'dev/app' }));
  await push(registry, 'dev/app', 'v1', image);
  expect(await statuses(emulator)).toEqual([]);
});

describe('a replication configuration', () => {
  test('is returned unchanged', async () => {
    const emulator = await started([west]);
    const { replicationConfiguration } = await ecrClient(emulator).send(new DescribeRegistryCommand());
    expect(replicationConfiguration).toEqual({
      rules: [{ destinations: [west], repositoryFilters: [{ filter: 'prod', filterType: 'PREFIX_MATCH' }] }],
    });
  });

  test('cannot have the registry itself as a destination', async () => {
    const emulator = await start();
    const call = configure(emulator, [{ registryId: ours, region: 'us-east-1' }]);
    expect(await refusalOf(call)).toMatchObject({ name: 'ValidationException' });
  });
});

function imageLayer(): string {
  return (JSON.parse(image.manifest) as { layers: { digest: string }[] }).layers[0]?.digest ?? '';
}
