import { expect, jest, test } from '@jest/globals';
import { isUsable, output, testWith } from '@towpath/testing/clients';
import { provisioning, scenario, type Scenario } from './harness/team.ts';

jest.setTimeout(120_000);

const withAws = testWith('aws', ['aws', '--version']);
const role = 'arn:aws:iam::111122223333:role/ecr';
const profile = 'arn:aws:signer:us-east-1:111122223333:/signing-profiles/images';

const settings = `repositories:
  immutability: immutable
  except: [latest]
  scan-on-push: true
  lifecycle: { keep: 5 }
  readers: { accounts: ['444455556666'] }
  tags: { team: payroll }
  registry:
    scanning: { type: enhanced, on-push: ['payroll/*'] }
    blob-mounting: true
    policy-scope: V2
    pull-time-exclusions: ["${role}"]
    replication: [{ to: [us-west-2], repositories: [payroll/], deletions: true }]
    pull-through: [{ prefix: prod, upstream: 444455556666.dkr.ecr.us-east-1.amazonaws.com, role: "${role}" }]
    templates: [{ prefix: prod, for: [pull-through], encryption: KMS, tags: { a: b }, role: "${role}" }]
    policy: { Replicas: { principals: ['444455556666'], actions: ['ecr:ReplicateImage'] } }
    signing: [{ profile: "${profile}", repositories: ['payroll/*'] }]`;

/** Calls the AWS CLI, and returns its answer. */
async function aws(scene: Scenario, command: string): Promise<unknown> {
  const options = ['--endpoint-url', scene.emulator.api, '--output', 'json'];
  const env = { ...scene.shared.credentials, AWS_DEFAULT_REGION: 'us-east-1', AWS_PAGER: '' };
  return JSON.parse(await output(['aws', ...options, 'ecr', ...command.split(' ')], { env }));
}

withAws('the AWS CLI reads back what provision set', async () => {
  const scene = await scenario({ regions: ['us-east-1', 'us-west-2'] });
  expect((await provisioning(scene, settings)).green).toBe(true);
  const read = (command: string) => aws(scene, command);
  expect(await read('describe-repositories --repository-names payroll/web')).toMatchObject({
    repositories: [
      {
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageScanningConfiguration: { scanOnPush: true },
      },
    ],
  });
  expect(await read('get-lifecycle-policy --repository-name payroll/web')).toMatchObject({
    lifecyclePolicyText: expect.stringContaining('"rulePriority":1') as unknown,
  });
  expect(await read('get-repository-policy --repository-name payroll/web')).toMatchObject({
    policyText: expect.stringContaining('TowpathReaders') as unknown,
  });
  const arn = 'arn:aws:ecr:us-east-1:111122223333:repository/payroll/web';
  expect(await read(`list-tags-for-resource --resource-arn ${arn}`)).toEqual({
    tags: [{ Key: 'team', Value: 'payroll' }],
  });
  expect(await read('get-registry-scanning-configuration')).toMatchObject({
    scanningConfiguration: {
      scanType: 'ENHANCED',
      rules: [{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: [{ filter: 'payroll/*' }] }],
    },
  });
  for (const [name, value] of [
    ['BLOB_MOUNTING', 'ENABLED'],
    ['REGISTRY_POLICY_SCOPE', 'V2'],
  ])
    expect(await read(`get-account-setting --name ${name}`)).toEqual({ name, value });
  expect(await read('describe-registry')).toMatchObject({
    replicationConfiguration: {
      rules: [
        {
          destinations: [{ region: 'us-west-2', registryId: '111122223333' }],
          repositoryFilters: [{ filter: 'payroll/', filterType: 'PREFIX_MATCH' }],
        },
      ],
    },
  });
  expect(await read('describe-pull-through-cache-rules')).toMatchObject({
    pullThroughCacheRules: [{ ecrRepositoryPrefix: 'prod', upstreamRegistry: 'ecr' }],
  });
  expect(await read('describe-repository-creation-templates')).toMatchObject({
    repositoryCreationTemplates: [
      {
        prefix: 'prod',
        appliedFor: ['PULL_THROUGH_CACHE'],
        imageTagMutability: 'MUTABLE',
        encryptionConfiguration: { encryptionType: 'KMS' },
        resourceTags: [{ Key: 'a', Value: 'b' }],
        customRoleArn: role,
      },
    ],
  });
  expect(await read('get-registry-policy')).toMatchObject({
    policyText: expect.stringContaining('TowpathReplicas') as unknown,
  });
});

/** Early versions of the CLI, such as those of distributions, do not have these commands. */
const withSigning = isUsable(['aws', 'ecr', 'get-signing-configuration', 'help']) ? test : test.skip;

withSigning('a new AWS CLI reads back signing and the exclusions of pulls', async () => {
  const scene = await scenario({ regions: ['us-east-1', 'us-west-2'] });
  expect((await provisioning(scene, settings)).green).toBe(true);
  expect(await aws(scene, 'get-signing-configuration')).toMatchObject({
    signingConfiguration: { rules: [{ signingProfileArn: profile }] },
  });
  expect(await aws(scene, 'list-pull-time-update-exclusions')).toMatchObject({
    pullTimeUpdateExclusions: [role],
  });
});
