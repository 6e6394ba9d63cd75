import { describe, expect, test } from '@jest/globals';
import { promote } from '@towpath/action-promote';
import { publish } from '@towpath/action-publish';
import { scanGate } from '@towpath/action-scan-gate';
import { PublicRegistry, type Caller } from '@towpath/stage';
import { copiesOf, scenario, type Ending, type ImageDraft, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { lesser, readPolicy as read, type Policy } from './policy.ts';

const folder = 'examples/exemplar';
const images: readonly ImageDraft[] = [
  { name: 'reconcile' },
  { name: 'web', platforms: ['linux/amd64', 'linux/arm64'], attested: true },
];
const given = { version: '1.0.0' };
const config = readFileSync(`${folder}/towpath.yaml`, 'utf8');
const files = { 'towpath.yaml': config };
/** The role that the policy of production's repositories allows. */
const role = 'payroll-promote-prod';

/** A job of the exemplar. */
type Job = (scene: Scenario, as: Caller, files: Readonly<Record<string, string>>) => Promise<Ending>;

const publication: Job = (scene, as, files) => scene.play(publish, { as, files, given, imageSet: images });
const gate: Job = (scene, as, files) => scene.play(scanGate, { as, files, given });
const promotion = (target: string): Job => {
  return (scene, as, files) =>
    scene.play(promote, { as, files, given: { ...given, 'target-environment': target } });
};

/** A job, the policy that its role needs, and the jobs that run before it. */
interface Case {
  readonly policy: string;
  readonly before: readonly Job[];
  readonly job: Job;
}

const cases: readonly Case[] = [
  { policy: 'publish', before: [], job: publication },
  { policy: 'gate', before: [publication], job: gate },
  { policy: 'promote', before: [publication], job: promotion('dev') },
  {
    policy: 'promote-to-account',
    before: [publication, promotion('dev'), promotion('test')],
    job: promotion('prod'),
  },
];

const options = { replicationDelay: 0 };

/** Creates the accounts of the exemplar, with its repositories and with others. */
async function team(ofProd = read('repository-of-prod')): Promise<Scenario> {
  const scene = await scenario(options);
  await scene.shared.putParameter('/account/ecr/main/registry', `${scene.shared.host}/payroll`);
  for (const name of images.flatMap((image) => [`payroll/${image.name}`, `other/${image.name}`])) {
    await scene.shared.createRepository(name);
    await scene.prod.createRepository(name);
    await scene.prod.setPolicy(name, ofProd);
  }
  return scene;
}

/** Starts scenarios in which the jobs before the job of a case have run. */
const starts = new Map<string, () => Promise<Scenario>>();

async function play(
  { policy: name, before, job }: Case,
  policy: Policy,
  ofProd?: Policy,
  from = files,
  ledger?: string,
): Promise<Ending> {
  const prepare = async (): Promise<Scenario> => {
    const scene = await team(ofProd);
    if (ledger !== undefined) {
      await scene.shared.createRepository(ledger);
      await scene.prod.createRepository(ledger);
      await scene.prod.setPolicy(ledger, ofProd ?? read('repository-of-prod'));
    }
    for (const earlier of before) await earlier(scene, scene.shared, from);
    return scene;
  };
  const key = JSON.stringify([name, ofProd, from, ledger]);
  const start = starts.get(key) ?? copiesOf(prepare, options);
  starts.set(key, start);
  const scene = await start();
  scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/${role}`]: { policy } });
  return job(scene, await scene.shared.assume(role), from);
}

/** Actions whose absence makes a gate wait longer. */
const optional = /^ecr:(?:GetRegistryScanningConfiguration|BatchGetRepositoryScanningConfiguration) /;

function expectDenied({ green, codes }: Ending): void {
  expect([green, new Set(codes)]).toEqual([false, new Set(['access-denied'])]);
}

describe.each(cases)('a role with the policy $policy', (one) => {
  test('does its job', async () => {
    const { green, annotations } = await play(one, read(one.policy));
    expect([green, annotations]).toEqual([true, []]);
  });

  test('does its job with a ledger', async () => {
    const { green, annotations } = await play(one, read(one.policy), undefined, files, 'payroll/towpath');
    // Without the sources `publish` reports that no image can be reused.
    const problems = annotations.filter(({ level }) => level !== 'notice');
    expect([green, problems]).toEqual([true, []]);
  });

  const all = lesser(read(one.policy));
  test.each(all.filter(({ lacks }) => !optional.test(lacks)))(
    'cannot do its job without $lacks',
    async ({ policy }) => {
      expectDenied(await play(one, policy, undefined, files, 'payroll/towpath'));
    },
  );

  for (const { lacks, policy } of all.filter((variant) => optional.test(variant.lacks)))
    test(`does its job without ${lacks}, and a notice names the action`, async () => {
      const { green, annotations } = await play(one, policy, undefined, files, 'payroll/towpath');
      const [action = ''] = lacks.split(' ');
      expect(green).toBe(true);
      expect(annotations).toContainEqual({
        level: 'notice',
        message: expect.stringContaining(`AWS denied ${action}`) as object,
      });
    });

  test('cannot do its job for repositories of other teams', async () => {
    const others = config.replace(
      'ssm:/account/ecr/main/registry',
      '111122223333.dkr.ecr.us-east-1.amazonaws.com/other',
    );
    expectDenied(await play(one, read(one.policy), undefined, { 'towpath.yaml': others }));
  });
});

describe('a job with a role for each registry', () => {
  const [source, target] = [
    'arn:aws:iam::111122223333:role/payroll-promote-source',
    'arn:aws:iam::444455556666:role/payroll-promote-target',
  ] as const;
  const names = { job: 'promote-with-roles', source: 'promote-source', target: 'promote-target' } as const;
  type Part = keyof typeof names;
  const parts = Object.keys(names) as Part[];
  const trust = read('trust-promote-by-role');
  const nothing: Policy = {
    Statement: [],
  };

  const start = copiesOf(async () => {
    const scene = await team();
    for (const account of [scene.shared, scene.prod]) await account.createRepository('payroll/towpath');
    for (const earlier of [publication, promotion('dev'), promotion('test')])
      await earlier(scene, scene.shared, files);
    for (const { name } of images) await scene.prod.setPolicy(`payroll/${name}`, onlyOwn);
    return scene;
  }, options);

  /** Promotes to production with these policies, whose repositories admit no other account. */
  async function promoting(policies: Partial<Record<Part, Policy>>, trusted = trust): Promise<Ending> {
    const policy = (part: Part): Policy => policies[part] ?? read(names[part]);
    const scene = await start();
    scene.emulator.addRoles({
      [`arn:aws:iam::${scene.shared.id}:role/${role}`]: { policy: policy('job') },
      [source]: { policy: policy('source'), trust: trusted },
      [target]: { policy: policy('target'), trust: trusted },
    });
    const as = await scene.shared.assume(role);
    const roles = { 'source-role': source, 'target-role': target };
    return scene.play(promote, { as, files, given: { ...given, 'target-environment': 'prod', ...roles } });
  }

  /** A policy that admits the account of the repository alone. */
  const onlyOwn = {
    Statement: [{ Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'ecr:ListImages' }],
  };

  test('promotes to production', async () => {
    const { green, annotations } = await promoting({});
    expect([green, annotations]).toEqual([true, []]);
  });

  const all = parts.flatMap((part) => lesser(read(names[part])).map((less) => ({ part, ...less })));
  test.each(all.filter(({ lacks }) => !optional.test(lacks)))(
    'cannot do its job without $lacks of the $part',
    async ({ part, policy }) => {
      expectDenied(await promoting({ [part]: policy }));
    },
  );

  test('cannot do its job if the roles trust another role', async () => {
    const other = { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'sts:AssumeRole' };
    expectDenied(await promoting({}, { Statement: [other] }));
  });

  test('cannot use another role in the place of one of them', async () => {
    expectDenied(await promoting({ source: nothing }));
  });
});

describe('a role that promotes what Amazon ECR replicates', () => {
  const replicated = {
    'towpath.yaml': config.replace('    from: test\n', '    from: test\n    via: replication\n'),
  };

  const start = copiesOf(async () => {
    const scene = await team(replicatedTo);
    for (const account of [scene.shared, scene.prod]) await account.createRepository('payroll/towpath');
    await scene.prod.setPolicy('payroll/towpath', read('repository-of-prod'));
    await scene.shared.replicateTo(scene.prod);
    for (const earlier of [publication, promotion('dev'), promotion('test')])
      await earlier(scene, scene.shared, replicated);
    return scene;
  }, options);

  async function promoting(policy: Policy): Promise<Ending> {
    const scene = await start();
    scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/${role}`]: { policy } });
    return promotion('prod')(scene, await scene.shared.assume(role), replicated);
  }

  /** What production's repositories must allow: no uploads. */
  const replicatedTo = {
    Statement: read('repository-of-prod').Statement.map((statement) => ({
      ...statement,
      Action: ['ecr:DescribeRepositories', 'ecr:BatchGetImage', 'ecr:DescribeImages', 'ecr:PutImage'],
    })),
  };

  test('does its job', async () => {
    const { green, annotations } = await promoting(read('promote-replicated'));
    expect([green, annotations]).toEqual([true, []]);
  });

  const all = lesser(read('promote-replicated'));
  const needed = all.filter(({ lacks }) => !optional.test(lacks));
  test.each(needed)('cannot do its job without $lacks', async ({ policy }) => {
    expectDenied(await promoting(policy));
  });
});

describe('a role that publishes and creates', () => {
  const creation: Job = (scene, as) =>
    scene.play(publish, {
      as,
      files: { 'towpath.yaml': config.replace('ssm:/account/ecr/main/registry', newcomers) },
      given: { ...given, 'create-repository': 'true' },
      imageSet: images,
    });
  const newcomers = '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/new';
  const statements = (...policies: string[]): Policy => ({
    Statement: policies.flatMap((policy) => read(policy).Statement),
  });

  test('creates missing repositories and the ledger', async () => {
    const { green, requests } = await play(
      { policy: '', before: [], job: creation },
      statements('publish', 'create'),
    );
    const created = requests.filter(({ operation }) => operation === 'ecr:CreateRepository');
    expect([green, created.length]).toEqual([true, images.length + 1]);
  });

  test('creates none without the create policy', async () => {
    expectDenied(await play({ policy: '', before: [], job: creation }, statements('publish')));
  });
});

describe('a role that publishes to Amazon ECR Public', () => {
  const newcomers = 'payroll/new';
  const publishing = async (policy: Policy, prefix: string, create = false): Promise<Ending> => {
    const scene = await team();
    const { api, ecrPublic } = scene.emulator;
    const registry = new PublicRegistry(scene.shared, api, ecrPublic);
    for (const { name } of images) await registry.createRepository(`payroll/${name}`);
    for (const { name } of images) await registry.createRepository(`other/${name}`);
    scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/${role}`]: { policy } });
    return scene.play(publish, {
      as: await scene.shared.assume(role),
      files,
      given: { ...given, registry: `${registry.uri}/${prefix}`, 'create-repository': String(create) },
      imageSet: images,
    });
  };
  const both: Policy = {
    Statement: ['publish-public', 'create-public'].flatMap((name) => read(name).Statement),
  };

  test('does its job', async () => {
    const { green, annotations } = await publishing(read('publish-public'), 'payroll');
    expect([green, annotations]).toEqual([true, []]);
  });

  test.each(lesser(read('publish-public')))('cannot publish without $lacks', async ({ policy }) => {
    expectDenied(await publishing(policy, 'payroll'));
  });

  test('cannot publish to repositories of other teams', async () => {
    expectDenied(await publishing(read('publish-public'), 'other'));
  });

  test('creates repositories with the create policy', async () => {
    const { green } = await publishing(both, newcomers, true);
    expect(green).toBe(true);
  });

  test.each(lesser(read('create-public')))('creates none without $lacks', async ({ lacks }) => {
    const policy = lesser(both).find((one) => one.lacks === lacks)?.policy;
    if (policy === undefined) throw new Error(`${lacks} is part of both`);
    expectDenied(await publishing(policy, newcomers, true));
  });
});

test.each(lesser(read('repository-of-prod')))(
  'production denies access without $lacks',
  async ({ policy }) => {
    for (const one of cases.slice(-1))
      expectDenied(await play(one, read(one.policy), policy, files, 'payroll/towpath'));
  },
);
