import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { beforeEach, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, stsClient, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';

let emulator: Emulator;

/** Our account is in the standard partition, and theirs in China. */
beforeEach(async () => {
  emulator = await start({
    regions: ['us-east-1', 'cn-north-1'],
    partitions: { [ours]: 'aws', [theirs]: 'aws-cn' },
  });
});

const command = () => new CreateRepositoryCommand({ repositoryName: 'team/app' });

function assume(sts: STSClient, partition: string, account: string) {
  const RoleArn = `arn:${partition}:iam::${account}:role/deploy`;
  return sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'run-42' }));
}

test('accepts credentials in the partition of their account', async () => {
  const { repository } = await ecrClient(emulator, { region: 'cn-north-1', account: theirs }).send(command());
  expect(repository?.repositoryArn).toBe(`arn:aws-cn:ecr:cn-north-1:${theirs}:repository/team/app`);
});

test('refuses credentials in another partition', async () => {
  const unknown = { name: 'UnrecognizedClientException' };
  expect(await refusalOf(ecrClient(emulator, { region: 'cn-north-1' }).send(command()))).toMatchObject(
    unknown,
  );
  expect(await refusalOf(ecrClient(emulator, { account: theirs }).send(command()))).toMatchObject(unknown);
  const sts = stsClient(emulator, { region: 'cn-north-1' });
  expect(await refusalOf(sts.send(new GetCallerIdentityCommand()))).toMatchObject({
    name: 'InvalidClientTokenId',
  });
});

test('refuses to assume a role of another partition', async () => {
  const sts = stsClient(emulator);
  for (const [partition, account] of [
    ['aws-cn', theirs],
    ['aws', theirs],
    ['aws-cn', ours],
  ] as const)
    expect(await refusalOf(assume(sts, partition, account))).toMatchObject({ name: 'AccessDenied' });
  const { AssumedRoleUser } = await assume(
    stsClient(emulator, { region: 'cn-north-1', account: theirs }),
    'aws-cn',
    theirs,
  );
  expect(AssumedRoleUser?.Arn).toBe(`arn:aws-cn:sts::${theirs}:assumed-role/deploy/run-42`);
});
