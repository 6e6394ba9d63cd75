import { describe, expect, test } from '@jest/globals';
import { provisioning, scenario, writesOf, type Ending, type Scenario } from '../harness/team.ts';

const settings = (text: string) => `repositories: { registry: { ${text} } }`;

async function registry(regions = ['us-east-1', 'us-west-2']): Promise<Scenario> {
  const scene = await scenario({ regions });
  for (const name of ['other/app', 'payroll/web', 'payroll/towpath'])
    await scene.shared.createRepository(name);
  return scene;
}

function planning(scene: Scenario, text: string): Promise<Ending> {
  return provisioning(scene, settings(text), { given: { mode: 'plan' } });
}

const role = 'arn:aws:iam::111122223333:role/ecr-templates';
const profile = 'arn:aws:signer:us-east-1:111122223333:/signing-profiles/images';

test('settings that are not written are not read', async () => {
  const scene = await registry();
  const ending = await provisioning(scene, 'repositories: { registry: { signing: [] } }');
  const read = ending.requests.map(({ operation }) => operation);
  expect(
    read.filter((operation) => /Template|PullThrough|AccountSetting|Scanning|Registry/.test(operation)),
  ).toEqual([]);
});

describe('a block by the organization', () => {
  test('is explained, and nothing later is changed', async () => {
    const scene = await registry();
    scene.emulator.addFault({
      kind: 'exception',
      exception: 'BlockedByOrganizationPolicyException',
      operation: 'ecr:PutRegistryScanningConfiguration',
    });
    const ending = await provisioning(
      scene,
      settings("scanning: { type: enhanced, continuous: ['*'] }, signing: []"),
    );
    expect(ending.codes).toEqual(['access-denied']);
    expect(ending.annotations.map(({ message }) => message).join()).toMatch(
      /policy of the AWS organization blocks ecr:PutRegistryScanningConfiguration.*Ask the administrators/,
    );
  });
});

test('what cannot be undone is said in the plan, with the statements that apply from then on', async () => {
  const scene = await registry();
  await scene.prod.allowReplicationFrom(scene.shared);
  await provisioning(
    scene,
    settings("policy: { Replicas: { principals: ['444455556666'], actions: ['ecr:ReplicateImage'] } }"),
  );
  const planned = await planning(scene, 'policy-scope: V2');
  expect(planned.summaries.join()).toMatch(/cannot be undone.*TowpathReplicas/);
});

describe('policy-scope: V2, with a registry policy that could then not be corrected', () => {
  const scope = 'policy-scope: V2';
  const whole = { Sid: 'Freeze', Effect: 'Deny', Principal: '*', Action: 'ecr:*', Resource: '*' };

  test.each<{ name: string; statement: Readonly<Record<string, unknown>> }>([
    { name: 'everything to everyone', statement: whole },
    {
      name: 'the action to the account',
      statement: { ...whole, Principal: { AWS: ['111122223333'] }, Action: ['ecr:Put*Policy'] },
    },
    {
      name: 'all but other actions',
      statement: { ...whole, Action: undefined, NotAction: 'ecr:BatchGetImage' },
    },
  ])('is refused, if a statement denies $name', async ({ statement }) => {
    const scene = await registry();
    await scene.shared.setRegistryPolicy({ Version: '2012-10-17', Statement: [statement] });
    const ending = await provisioning(scene, settings(scope));
    expect(ending.codes).toEqual(['config-invalid']);
    expect(ending.annotations.map(({ message }) => message).join()).toMatch(
      /deny ecr:PutRegistryPolicy to account 111122223333.*: Freeze\./,
    );
    expect(writesOf(ending)).not.toContain('ecr:PutAccountSetting');
  });

  test.each<{ name: string; statement: Readonly<Record<string, unknown>> }>([
    { name: 'other actions', statement: { ...whole, Action: ['ecr:DeleteRepository', 'ecr:PutImage'] } },
    { name: 'another account', statement: { ...whole, Principal: { AWS: '444455556666' } } },
    {
      name: 'callers from outside',
      statement: { ...whole, Condition: { StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } } },
    },
    {
      name: 'actions on repositories',
      statement: { ...whole, Resource: 'arn:aws:ecr:us-east-1:111122223333:repository/old/*' },
    },
  ])('is not suspected, if a statement denies $name', async ({ statement }) => {
    const scene = await registry();
    await scene.shared.setRegistryPolicy({ Version: '2012-10-17', Statement: [statement] });
    expect(writesOf(await provisioning(scene, settings(scope)))).toContain('ecr:PutAccountSetting');
    // The policy can still be corrected.
    await scene.shared.setRegistryPolicy({ Version: '2012-10-17', Statement: [statement] });
  });
});

describe('a setting that a region does not have is refused before anything is written:', () => {
  const inRegion = (host: string, written: string) =>
    `registry: ${host}/team\nimages: { web: {} }\nrepositories: { ${written} }\n`;
  const china = '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn';
  const virginia = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

  test.each<{ name: string; host: string; written: string; expected: readonly string[] }>([
    {
      name: 'encryption with two layers',
      host: virginia,
      written: `encryption: KMS_DSSE, registry: { templates: [{ prefix: a, for: [push], encryption: KMS_DSSE, role: "${role}" }] }`,
      expected: [
        'repositories.encryption for the new repository 111122223333.dkr.ecr.us-east-1.amazonaws.com/team/web is KMS_DSSE, which ECR does not have in us-east-1.',
        'repositories.registry.templates for a has the encryption KMS_DSSE, which ECR does not have in us-east-1.',
      ],
    },
    {
      name: 'pull-through caches and replication out of China',
      host: china,
      written:
        'registry: { pull-through: [{ prefix: quay, upstream: quay.io }], replication: [{ to: [cn-northwest-1, us-west-2] }] }',
      expected: [
        'repositories.registry.pull-through has rules, but ECR has no pull-through caches in cn-north-1.',
        `repositories.registry.replication has destinations in another partition of AWS than ${china}: 111122223333 in us-west-2.`,
      ],
    },
    {
      name: 'replication into AWS GovCloud',
      host: virginia,
      written: "registry: { replication: [{ to: [us-west-2, '444455556666/us-gov-west-1'] }] }",
      expected: [
        `repositories.registry.replication has destinations in another partition of AWS than ${virginia}: 444455556666 in us-gov-west-1.`,
      ],
    },
  ])('$name', async ({ host, written, expected }) => {
    const scene = await registry(['us-east-1', 'us-west-2', 'cn-north-1']);
    const ending = await provisioning(scene, '', { config: inRegion(host, written) });
    expect(new Set(ending.codes)).toEqual(new Set(['config-invalid']));
    expect(ending.annotations.map(({ message }) => message)).toEqual(
      expected.map((message): unknown => expect.stringContaining(message)),
    );
    expect(writesOf(ending)).toEqual([]);
  });

  test('AWS GovCloud has encryption with two layers', async () => {
    const scene = await registry(['us-east-1', 'us-gov-west-1']);
    const host = '111122223333.dkr.ecr.us-gov-west-1.amazonaws.com';
    const config = inRegion(host, 'encryption: KMS_DSSE');
    expect((await provisioning(scene, '', { config })).green).toBe(true);
    expect((await provisioning(scene, '', { config, given: { mode: 'check' } })).green).toBe(true);
  });
});

test('the contradictions that only the registry shows are reported at once', async () => {
  const scene = await registry();
  const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/hub-AbCdEf';
  const ending = await planning(
    scene,
    [
      'replication: [{ to: [us-east-1] }]',
      `pull-through: [{ prefix: hub, upstream: docker.io, credential: "${secret}" }]`,
      'templates: [{ prefix: a, for: [push], role: "arn:aws:iam::444455556666:role/x" }]',
      "policy: { A: { principals: ['444455556666'], actions: ['ecr:PutImage'] } }",
    ].join(', '),
  );
  expect(ending.annotations.map(({ message }) => message)).toEqual([
    expect.stringContaining('policy.A has ecr:PutImage, but the registry policy has the scope V1'),
    expect.stringContaining('templates for a has the role arn:aws:iam::444455556666:role/x, which is not in'),
    expect.stringContaining('pull-through for hub has the credential'),
    expect.stringContaining('replication has 111122223333.dkr.ecr.us-east-1.amazonaws.com itself'),
  ]);
  expect(writesOf(ending)).toEqual([]);
});

describe('a setting of the registry is planned, applied once, and found as drift:', () => {
  test.each<{ name: string; text: string; drift: string; writes: readonly string[] }>([
    {
      name: 'the scope of the policy',
      text: 'policy-scope: V2, basic-scan-version: AWS_NATIVE',
      drift: '',
      writes: ['ecr:PutAccountSetting'],
    },
    {
      name: 'blob mounting',
      text: 'blob-mounting: true',
      drift: 'blob-mounting: false',
      writes: ['ecr:PutAccountSetting'],
    },
    {
      name: 'exclusions of pulls',
      text: `pull-time-exclusions: [${role}]`,
      drift: '',
      writes: ['ecr:RegisterPullTimeUpdateExclusion'],
    },
    {
      name: 'replication',
      text: 'replication: [{ to: [us-west-2], repositories: [payroll/], deletions: true }]',
      drift: 'replication: [{ to: [us-west-2], repositories: [payroll/], deletions: false }]',
      writes: ['ecr:PutReplicationConfiguration'],
    },
    {
      name: 'a pull-through cache',
      text: `pull-through: [{ prefix: prod, upstream: 444455556666.dkr.ecr.us-east-1.amazonaws.com, role: "${role}" }]`,
      drift: '',
      writes: ['ecr:CreatePullThroughCacheRule'],
    },
    {
      name: 'a template',
      text: `templates: [{ prefix: team, for: [push], tags: { a: b }, role: "${role}" }]`,
      drift: `templates: [{ prefix: team, for: [push], immutability: mutable, tags: { a: c }, role: "${role}" }]`,
      writes: ['ecr:UpdateRepositoryCreationTemplate'],
    },
    {
      name: 'the policy',
      text: "policy: { Replicas: { principals: ['444455556666'], actions: ['ecr:ReplicateImage'], repositories: ['payroll/*'] } }",
      drift: "policy: { Others: { principals: ['444455556666'], actions: ['ecr:CreateRepository'] } }",
      writes: ['ecr:PutRegistryPolicy'],
    },
    {
      name: 'signing',
      text: `signing: [{ profile: "${profile}", repositories: ['payroll/*'] }]`,
      drift: '',
      writes: ['ecr:PutSigningConfiguration'],
    },
  ])('$name', async ({ text, drift, writes }) => {
    const scene = await registry();
    if (drift !== '') expect((await provisioning(scene, settings(drift))).green).toBe(true);
    const planned = await planning(scene, text);
    expect(planned).toMatchObject({ green: true, outputs: { changed: 'true' } });
    expect(writesOf(planned)).toEqual([]);
    const checked = await provisioning(scene, settings(text), { given: { mode: 'check' } });
    expect(checked.codes).toEqual(['repositories-differ']);
    const applied = await provisioning(scene, settings(text));
    expect(applied.green).toBe(true);
    expect(writesOf(applied)).toEqual(writes);
    const again = await provisioning(scene, settings(text));
    expect(again).toMatchObject({ green: true, outputs: { changed: 'false' } });
    expect(writesOf(again)).toEqual([]);
  });
});
