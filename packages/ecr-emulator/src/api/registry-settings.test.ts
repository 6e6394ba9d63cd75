import {
  BatchGetRepositoryScanningConfigurationCommand,
  CreateRepositoryCommand,
  DeleteRegistryPolicyCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  GetAccountSettingCommand,
  GetRegistryPolicyCommand,
  PutAccountSettingCommand,
  PutRegistryPolicyCommand,
  PutRegistryScanningConfigurationCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';

let emulator: Emulator;
let ecr: ECRClient;
let foreign: ECRClient;

beforeEach(async () => {
  emulator = await start();
  ecr = ecrClient(emulator);
  foreign = ecrClient(emulator, { account: theirs });
});

test('DescribeRegistry returns the registry of the caller', async () => {
  expect(await ecr.send(new DescribeRegistryCommand())).toMatchObject({
    registryId: ours,
    replicationConfiguration: { rules: [] },
  });
  expect(await foreign.send(new DescribeRegistryCommand())).toMatchObject({ registryId: theirs });
});

describe('a registry policy', () => {
  const policyText = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: theirs },
        Action: ['ecr:CreateRepository', 'ecr:DescribeRepositories'],
        Resource: `arn:aws:ecr:us-east-1:${ours}:repository/shared/*`,
      },
    ],
  });

  function create(repositoryName: string): Promise<unknown> {
    return foreign.send(new CreateRepositoryCommand({ registryId: ours, repositoryName }));
  }

  test('allows another account to create repositories only under its resource', async () => {
    expect(await refusalOf(create('shared/app'))).toMatchObject({ name: 'AccessDeniedException' });
    await ecr.send(new PutRegistryPolicyCommand({ policyText }));
    await create('shared/app');
    expect(await refusalOf(create('private/app'))).toMatchObject({ name: 'AccessDeniedException' });
  });

  test('allows other actions only in scope V2', async () => {
    await ecr.send(new PutRegistryPolicyCommand({ policyText }));
    await create('shared/app');
    const describeIt = new DescribeRepositoriesCommand({ registryId: ours, repositoryNames: ['shared/app'] });
    expect(await refusalOf(foreign.send(describeIt))).toMatchObject({ name: 'AccessDeniedException' });
    await ecr.send(new PutAccountSettingCommand({ name: 'REGISTRY_POLICY_SCOPE', value: 'V2' }));
    expect((await foreign.send(describeIt)).repositories).toHaveLength(1);
  });

  test('is returned until it is deleted, and rejected if it is invalid', async () => {
    const gone = {
      name: 'RegistryPolicyNotFoundException',
      message: `Registry policy does not exist in the registry with id '${ours}'`,
    };
    expect(await refusalOf(ecr.send(new GetRegistryPolicyCommand()))).toEqual(gone);
    await ecr.send(new PutRegistryPolicyCommand({ policyText }));
    expect(await ecr.send(new GetRegistryPolicyCommand())).toMatchObject({ registryId: ours, policyText });
    await ecr.send(new DeleteRegistryPolicyCommand());
    expect(await refusalOf(ecr.send(new GetRegistryPolicyCommand()))).toEqual(gone);
    const unknown = ['ecr:CreateRepositorys', 'ecr:GetAuthorizationToken', 'ecr:Nothing*'].map((action) =>
      policyText.replace('ecr:CreateRepository', action),
    );
    for (const wrong of ['{}', policyText.replace('"Resource"', '"Sid"'), ...unknown]) {
      expect(await refusalOf(ecr.send(new PutRegistryPolicyCommand({ policyText: wrong })))).toEqual({
        name: 'InvalidParameterException',
        message:
          "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'",
      });
    }
  });
});

test('rejects unknown names and values of account settings', async () => {
  expect(await ecr.send(new GetAccountSettingCommand({ name: 'BLOB_MOUNTING' }))).toMatchObject({
    value: 'DISABLED',
  });
  await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  expect(await ecr.send(new GetAccountSettingCommand({ name: 'BLOB_MOUNTING' }))).toMatchObject({
    value: 'ENABLED',
  });
  for (const [name, value] of [
    ['BLOB_MOUNTING', 'PERHAPS'],
    ['COFFEE', 'ENABLED'],
  ]) {
    expect(await refusalOf(ecr.send(new PutAccountSettingCommand({ name, value })))).toMatchObject({
      name: 'ValidationException',
    });
  }
});

test('derives the scanning configuration of repositories from the rules of the registry', async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'prod/app' }));
  await ecr.send(
    new CreateRepositoryCommand({
      repositoryName: 'dev/app',
      imageScanningConfiguration: { scanOnPush: true },
    }),
  );
  await ecr.send(
    new PutRegistryScanningConfigurationCommand({
      scanType: 'ENHANCED',
      rules: [
        {
          scanFrequency: 'CONTINUOUS_SCAN',
          repositoryFilters: [{ filter: 'prod/*', filterType: 'WILDCARD' }],
        },
      ],
    }),
  );
  const { scanningConfigurations, failures } = await ecr.send(
    new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: ['prod/app', 'dev/app', 'none'] }),
  );
  expect(scanningConfigurations).toMatchObject([
    {
      repositoryArn: `arn:aws:ecr:us-east-1:${ours}:repository/prod/app`,
      scanFrequency: 'CONTINUOUS_SCAN',
      scanOnPush: true,
      appliedScanFilters: [{ filter: 'prod/*' }],
    },
    { repositoryName: 'dev/app', scanFrequency: 'MANUAL', scanOnPush: false },
  ]);
  expect(failures).toMatchObject([{ repositoryName: 'none', failureCode: 'REPOSITORY_NOT_FOUND' }]);
});

test('prefers continuous scanning over scans on push if filters of both match a repository', async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'prod/app' }));
  const rules = (['SCAN_ON_PUSH', 'CONTINUOUS_SCAN'] as const).map((scanFrequency) => ({
    scanFrequency,
    repositoryFilters: [{ filter: '*', filterType: 'WILDCARD' as const }],
  }));
  await ecr.send(new PutRegistryScanningConfigurationCommand({ scanType: 'ENHANCED', rules }));
  const { scanningConfigurations } = await ecr.send(
    new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: ['prod/app'] }),
  );
  expect(scanningConfigurations).toMatchObject([{ scanFrequency: 'CONTINUOUS_SCAN' }]);
});
