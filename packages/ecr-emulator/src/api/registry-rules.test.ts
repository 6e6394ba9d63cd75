import {
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  DeleteSigningConfigurationCommand,
  DeregisterPullTimeUpdateExclusionCommand,
  DescribeReplicationBackfillResultsCommand,
  GetSigningConfigurationCommand,
  ListReplicationBackfillsCommand,
  ListPullTimeUpdateExclusionsCommand,
  PutReplicationConfigurationCommand,
  PutSigningConfigurationCommand,
  RegisterPullTimeUpdateExclusionCommand,
  StartReplicationBackfillCommand,
  StopReplicationBackfillCommand,
  UpdatePullThroughCacheRuleCommand,
  type CreatePullThroughCacheRuleRequest,
} from '@aws-sdk/client-ecr';
import { describe, expect, test } from '@jest/globals';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { eventually } from '../harness/eventually.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient } from '../harness/registry.ts';

const profile = `arn:aws:signer:us-east-1:${ours}:/signing-profiles/images`;

describe('a signing configuration', () => {
  const rule = {
    signingProfileArn: profile,
    repositoryFilters: [{ filter: 'team/*', filterType: 'WILDCARD_MATCH' as const }],
  };

  test('is absent, set, returned and deleted', async () => {
    const ecr = ecrClient(await start());
    const get = new GetSigningConfigurationCommand({});
    expect(await refusalOf(ecr.send(get))).toMatchObject({ name: 'SigningConfigurationNotFoundException' });
    await ecr.send(new PutSigningConfigurationCommand({ signingConfiguration: { rules: [rule] } }));
    expect(await ecr.send(get)).toMatchObject({ registryId: ours, signingConfiguration: { rules: [rule] } });
    const remove = new DeleteSigningConfigurationCommand({});
    await ecr.send(remove);
    expect(await refusalOf(ecr.send(remove))).toMatchObject({
      name: 'SigningConfigurationNotFoundException',
    });
  });

  test.each([
    ['11 rules', Array.from({ length: 11 }, () => rule)],
    ['an empty list of filters', [{ ...rule, repositoryFilters: [] }]],
    ['a profile that is no profile', [{ ...rule, signingProfileArn: `arn:aws:iam::${ours}:role/x` }]],
  ])('is refused with %s', async (_, rules) => {
    const ecr = ecrClient(await start());
    const put = new PutSigningConfigurationCommand({ signingConfiguration: { rules } });
    expect(await refusalOf(ecr.send(put))).toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('a pull-time exclusion', () => {
  const principalArn = `arn:aws:iam::${ours}:role/scanner`;

  test('is registered once, listed and removed', async () => {
    const ecr = ecrClient(await start());
    const register = new RegisterPullTimeUpdateExclusionCommand({ principalArn });
    await ecr.send(register);
    expect(await refusalOf(ecr.send(register))).toMatchObject({ name: 'ExclusionAlreadyExistsException' });
    const list = await ecr.send(new ListPullTimeUpdateExclusionsCommand({}));
    expect(list.pullTimeUpdateExclusions).toEqual([principalArn]);
    const remove = new DeregisterPullTimeUpdateExclusionCommand({ principalArn });
    await ecr.send(remove);
    expect(await refusalOf(ecr.send(remove))).toMatchObject({ name: 'ExclusionNotFoundException' });
  });

  test('is refused for an account', async () => {
    const ecr = ecrClient(await start());
    const register = new RegisterPullTimeUpdateExclusionCommand({ principalArn: ours });
    expect(await refusalOf(ecr.send(register))).toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('a pull-through cache rule', () => {
  const secret = (region: string, account: string) =>
    `arn:aws:secretsmanager:${region}:${account}:secret:ecr-pullthroughcache/hub-AbCdEf`;
  const hub = { ecrRepositoryPrefix: 'hub', upstreamRegistryUrl: 'registry-1.docker.io' };

  test.each<[string, CreatePullThroughCacheRuleRequest, string]>([
    [
      'the secret of another account',
      { ...hub, credentialArn: secret('us-east-1', theirs) },
      'UnableToAccessSecretException',
    ],
    [
      'the secret of another region',
      { ...hub, credentialArn: secret('eu-west-1', ours) },
      'UnableToAccessSecretException',
    ],
    [
      'a role for a registry that is not of ECR',
      { ...hub, credentialArn: secret('us-east-1', ours), customRoleArn: `arn:aws:iam::${ours}:role/x` },
      'InvalidParameterException',
    ],
    [
      'an upstream prefix for ROOT',
      { ecrRepositoryPrefix: 'ROOT', upstreamRegistryUrl: 'quay.io', upstreamRepositoryPrefix: 'team' },
      'InvalidParameterException',
    ],
    [
      'a prefix of one letter',
      { ecrRepositoryPrefix: 'a', upstreamRegistryUrl: 'quay.io' },
      'InvalidParameterException',
    ],
  ])('is refused with %s', async (_, rule, name) => {
    const ecr = ecrClient(await start());
    expect(await refusalOf(ecr.send(new CreatePullThroughCacheRuleCommand(rule)))).toMatchObject({ name });
  });

  test('cannot get the secret of another account later, and there are at most 50', async () => {
    const ecr = ecrClient(await start());
    for (let index = 0; index < 50; index += 1)
      await ecr.send(
        new CreatePullThroughCacheRuleCommand({
          ecrRepositoryPrefix: `quay-${index}`,
          upstreamRegistryUrl: 'quay.io',
        }),
      );
    const more = new CreatePullThroughCacheRuleCommand({
      ...hub,
      credentialArn: secret('us-east-1', ours),
    });
    expect(await refusalOf(ecr.send(more))).toMatchObject({ name: 'LimitExceededException' });
    const update = new UpdatePullThroughCacheRuleCommand({
      ecrRepositoryPrefix: 'quay-1',
      credentialArn: secret('us-east-1', theirs),
    });
    expect(await refusalOf(ecr.send(update))).toMatchObject({ name: 'UnableToAccessSecretException' });
  });
});

describe('a back-fill', () => {
  const west = { registryId: ours, region: 'eu-west-1' };
  const rules = [
    { destinations: [west], repositoryFilters: [{ filter: 'prod', filterType: 'PREFIX_MATCH' as const }] },
  ];

  async function backfilling(replicationDelay: number) {
    const emulator = await start({ regions: ['us-east-1', 'eu-west-1'], replicationDelay });
    const ecr = ecrClient(emulator);
    for (const repositoryName of ['prod/app', 'test/app']) {
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
      await push(await registryClient(emulator), repositoryName, 'v1', imageOf('old'));
    }
    const beginning = new StartReplicationBackfillCommand({ destination: west });
    expect(await refusalOf(ecr.send(beginning))).toMatchObject({ name: 'InvalidParameterException' });
    await ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }));
    const { replicationBackfillId } = await ecr.send(beginning);
    return { emulator, ecr, beginning, replicationBackfillId };
  }

  test('copies the images that match the rules, and only these', async () => {
    const { emulator, ecr, replicationBackfillId } = await backfilling(20);
    await eventually(async () => {
      const { backfills } = await ecr.send(new ListReplicationBackfillsCommand({}));
      return backfills?.[0]?.status === 'COMPLETE';
    });
    const there = await registryClient(emulator, { region: 'eu-west-1' });
    const { headers } = await there.fetch('/v2/prod/app/manifests/v1');
    const digest = headers.get('docker-content-digest');
    expect(digest).toBe(imageOf('old').digest);
    expect((await there.fetch('/v2/test/app/manifests/v1')).status).toBe(404);
    const results = new DescribeReplicationBackfillResultsCommand({ replicationBackfillId });
    expect(await ecr.send(results)).toMatchObject({
      status: 'COMPLETE',
      progress: { totalReplicationCount: 1, completedReplicationCount: 1, failedReplicationCount: 0 },
      results: [{ repositoryName: 'prod/app', status: 'COMPLETE' }],
    });
    const stop = new StopReplicationBackfillCommand({ replicationBackfillId });
    expect(await refusalOf(ecr.send(stop))).toMatchObject({
      name: 'ReplicationBackfillInvalidStatusException',
    });
  });

  test('is one at a time for a region, and can be stopped', async () => {
    const { ecr, beginning, replicationBackfillId } = await backfilling(60_000);
    expect(await refusalOf(ecr.send(beginning))).toMatchObject({
      name: 'ReplicationBackfillInProgressException',
    });
    await ecr.send(new StopReplicationBackfillCommand({ replicationBackfillId }));
    const { backfills } = await ecr.send(new ListReplicationBackfillsCommand({}));
    expect(backfills).toMatchObject([{ status: 'STOPPED' }]);
  });
});
