import { describe, expect, test } from '@jest/globals';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { promote } from '@towpath/action-promote';
import { publish } from '@towpath/action-publish';
import { scanGate } from '@towpath/action-scan-gate';
import type { Caller } from '@towpath/stage';
import { scenario, type Ending, type ImageDraft, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const page = readFileSync('docs/permissions.md', 'utf8');
const readJson = (name: string): { readonly Statement: readonly object[] } =>
  JSON.parse(readFileSync(`examples/exemplar/iam/${name}.json`, 'utf8')) as { Statement: object[] };

const commands = ['README.md', 'docs/provision.md'].map((file) => readFileSync(file, 'utf8')).join('\n');

/** The roles that the commands of the README and of the page about repositories create. */
const roles = [...commands.matchAll(/^role (\S+) (.+)$/gm)].map(([, name = '', policies = '']) => ({
  name: `payroll-${name}`,
  trust: readJson(`trust-${name}`),
  policy: { Statement: policies.split(' ').flatMap((policy) => readJson(policy).Statement) },
}));

/** The claims about a job in a token from GitHub. */
interface Claims {
  readonly sub: string;
  readonly job_workflow_ref: string;
  readonly ref: string;
}

const main = 'refs/heads/main';
const pullRequest = 'refs/pull/7/merge';
const ours = (file: string, ref = 'refs/tags/v1'): string =>
  `towpath/towpath/.github/workflows/${file}@${ref}`;
const theirs = (file: string, ref = main): string => `acme/payroll/.github/workflows/${file}@${ref}`;

/** The rows of the page's table: a job, its claims, and the role that it may assume. */
const rows = [...page.matchAll(/^\| ([^|]+?) +\| `(repo:[^`]+)` +\| `([^`]+)` +\| (\S+) +\|$/gm)].map(
  ([, job = '', sub = '', file = '', role = '']) => {
    const ref = sub.endsWith(':pull_request') ? pullRequest : main;
    return { job, file, role, claims: { sub, job_workflow_ref: ours(file), ref } };
  },
);

/** @returns the credentials of the role, or undefined if STS refuses the token */
async function assume(scene: Scenario, claims: Claims, role: string): Promise<Caller | undefined> {
  const payload = {
    iss: 'https://token.actions.githubusercontent.com',
    aud: 'sts.amazonaws.com',
    exp: Math.floor(Date.now() / 1000) + 300,
    ...claims,
  };
  const token = `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.unsigned`;
  const sts = new STSClient({ endpoint: scene.emulator.api, region: 'us-east-1' });
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: `arn:aws:iam::111122223333:role/${role}`,
    RoleSessionName: 'a-job',
    WebIdentityToken: token,
  });
  try {
    const { Credentials } = await sts.send(command);
    return {
      credentials: {
        AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
        AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
        AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
        AWS_REGION: 'us-east-1',
      },
    };
  } catch (error) {
    expect(error).toMatchObject({ name: 'AccessDenied' });
    return undefined;
  }
}

async function teamWithRoles(): Promise<Scenario> {
  const scene = await scenario();
  const scripts = roles.map(({ name, trust, policy }) => [
    `arn:aws:iam::111122223333:role/${name}`,
    { trust, policy },
  ]);
  scene.emulator.addRoles(Object.fromEntries(scripts) as Parameters<typeof scene.emulator.addRoles>[0]);
  return scene;
}

/** Returns the names of the roles that a job with these claims can assume. */
async function rolesFor(claims: Claims): Promise<readonly string[]> {
  const scene = await teamWithRoles();
  const tried = await Promise.all(
    roles.map(async ({ name }) => ((await assume(scene, claims, name)) === undefined ? [] : [name])),
  );
  return tried.flat();
}

test('the page has seven roles for ten kinds of jobs', () => {
  expect([roles.length, rows.length]).toEqual([7, 10]);
});

test.each(rows)('the job "$job" can assume $role and no other role', async ({ claims, role }) => {
  expect(await rolesFor(claims)).toEqual([role]);
});

describe('a role with write access is refused to', () => {
  const env = (name: string): string => `repo:acme/payroll:environment:${name}`;
  const attempts: readonly (readonly [who: string, claims: Claims])[] = [
    ...['publish', 'dev', 'test', 'prod', 'provision'].flatMap((name): [string, Claims][] => [
      [
        `a job of a pull request that names the environment ${name}`,
        { sub: env(name), job_workflow_ref: theirs('evil.yml', pullRequest), ref: pullRequest },
      ],
      [
        `a pull request that calls the pipeline with the environment ${name}`,
        { sub: env(name), job_workflow_ref: ours('pipeline.yml'), ref: pullRequest },
      ],
      [
        `a pull request that calls promote with the environment ${name}`,
        { sub: env(name), job_workflow_ref: ours('promote.yml'), ref: pullRequest },
      ],
      [
        `a branch that calls the pipeline with the environment ${name}`,
        { sub: env(name), job_workflow_ref: ours('pipeline.yml'), ref: 'refs/heads/feature' },
      ],
      [
        `another workflow on main with the environment ${name}`,
        { sub: env(name), job_workflow_ref: theirs('lint.yml'), ref: main },
      ],
      [
        `a workflow of the team that has the same file name, with the environment ${name}`,
        { sub: env(name), job_workflow_ref: theirs('pipeline.yml'), ref: main },
      ],
      [
        `a branch of Towpath's repository, with the environment ${name}`,
        { sub: env(name), job_workflow_ref: ours('pipeline.yml', 'refs/heads/v1'), ref: main },
      ],
      [
        `a fork with the environment ${name}`,
        {
          sub: `repo:fork/payroll:environment:${name}`,
          job_workflow_ref: ours('pipeline.yml'),
          ref: main,
        },
      ],
      [
        `another repository of the owner with the environment ${name}`,
        { sub: `repo:acme/website:environment:${name}`, job_workflow_ref: ours('pipeline.yml'), ref: main },
      ],
      [
        `a new repository of the old name with the environment ${name}`,
        {
          sub: `repo:acme@1234/payroll@5678:environment:${name}`,
          job_workflow_ref: ours('pipeline.yml'),
          ref: main,
        },
      ],
    ]),
    [
      'the job that builds, on main',
      { sub: `repo:acme/payroll:ref:${main}`, job_workflow_ref: ours('pipeline.yml'), ref: main },
    ],
    [
      'a job without an environment that calls promote',
      { sub: `repo:acme/payroll:ref:${main}`, job_workflow_ref: ours('promote.yml'), ref: main },
    ],
  ];

  test.each(attempts)('%s', async (_, claims) => {
    const assumed = await rolesFor(claims);
    expect(assumed.filter((name) => !['payroll-build', 'payroll-provision-plan'].includes(name))).toEqual([]);
  });
});

test.each(['payroll-publish', 'payroll-promote-dev'])(
  'the role %s is refused to the job of the other environment, also in the pipeline on main',
  async (role) => {
    const environment = role === 'payroll-publish' ? 'dev' : 'publish';
    const sub = `repo:acme/payroll:environment:${environment}`;
    const found = await rolesFor({ sub, job_workflow_ref: ours('pipeline.yml'), ref: main });
    expect(found).toEqual([environment === 'dev' ? 'payroll-promote-dev' : 'payroll-publish']);
    expect(found).not.toContain(role);
  },
);

describe('the jobs of the reusable workflows', () => {
  interface Job {
    readonly if?: string;
    readonly environment?: string;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly steps: readonly {
      readonly uses?: string;
      readonly run?: string;
      readonly with?: Readonly<Record<string, string>>;
    }[];
  }
  const files = ['pipeline', 'pull-request', 'pull-request-with-role', 'promote'];
  const jobs = files.flatMap((file) => {
    const workflow = parse(readFileSync(`.github/workflows/${file}.yml`, 'utf8')) as {
      readonly permissions?: object;
      readonly jobs: Readonly<Record<string, Job>>;
    };
    if (file !== 'promote') expect(workflow.permissions).toEqual({});
    return Object.entries(workflow.jobs).map(([name, job]) => ({ ...job, name: `${file}/${name}` }));
  });
  const uses = ({ steps }: Job, action: string): boolean =>
    steps.some((step) => step.uses?.startsWith(action) === true);
  const signing = jobs.find(({ name }) => name === 'promote/attest');
  const builds = jobs.filter((job) => uses(job, 'towpath/towpath/actions/build@'));

  test('that build can write nothing, and have an ID token only in order to pull with a role', () => {
    expect(builds.map(({ name, permissions }) => [name, permissions])).toEqual([
      ['pipeline/build', { contents: 'read' }],
      ['pipeline/build-with-role', { contents: 'read', 'id-token': 'write' }],
      ['pull-request/build', { contents: 'read' }],
      ['pull-request-with-role/build', { contents: 'read', 'id-token': 'write' }],
    ]);
    const roleless = builds.filter(({ permissions }) => permissions?.['id-token'] === undefined);
    expect(roleless.filter((job) => uses(job, 'aws-actions/'))).toEqual([]);
    const conditions = builds.map((job) => /inputs\.build-role (?:==|!=) ''/.exec(job.if ?? '')?.[0]);
    expect(conditions).toEqual(["inputs.build-role == ''", "inputs.build-role != ''", undefined, undefined]);
  });

  test('that build take the same steps with and without a role', () => {
    const steps = builds.map((job) =>
      job.steps.filter((step) => step.uses?.startsWith('aws-actions/') !== true),
    );
    const plain = steps.map((list) =>
      JSON.stringify(list.filter((step) => step.uses?.startsWith('actions/download-artifact') !== true))
        .replaceAll(/matrix\.\w+ \|\| |inputs\.matrix && 'off' \|\| /g, '')
        .replaceAll(/,"evaluated-config":"[^"]*"/g, ''),
    );
    expect(plain[1]).toEqual(plain[0]);
    // A pull request has no matrix, and uploads nothing.
    const [begin = '', rest = ''] = plain.slice(2);
    expect(rest).toBe(begin);
    expect(plain[0]).toContain(begin.slice(0, -1));
  });

  test('that plan a matrix run no Dockerfile and can write nothing', () => {
    const plans = jobs.filter((job) => uses(job, 'towpath/towpath/actions/matrix@'));
    expect(plans.map(({ name, permissions }) => [name, permissions])).toEqual([
      ['pipeline/plan', { contents: 'read' }],
      ['pipeline/plan-with-role', { contents: 'read', 'id-token': 'write' }],
    ]);
    expect(plans.flatMap(({ steps }) => steps.flatMap((step) => step.run ?? []))).toEqual([]);
    const [steps, withRole] = plans.map((job) =>
      job.steps.filter((step) => step.uses?.startsWith('aws-actions/') !== true),
    );
    expect(withRole).toEqual(steps);
  });

  test('that signs a promotion has the permissions of its caller, no AWS role and no checkout', () => {
    expect(signing?.permissions).toBeUndefined();
    expect(signing?.if).toBe('inputs.attest');
    expect(signing?.steps.map(({ uses }) => uses?.split('@')[0])).toEqual([
      'actions/download-artifact',
      'actions/attest',
    ]);
  });

  test('that write have an environment and run no code of the repository', () => {
    const isHarmless = (job: Job) =>
      uses(job, 'towpath/towpath/actions/matrix@') ||
      Object.values(job.permissions ?? { all: 'write' }).every((level) => level === 'read');
    const others = jobs.filter((job) => !builds.includes(job) && job !== signing && !isHarmless(job));
    expect(others.map(({ name }) => name)).toEqual([
      'pipeline/publish',
      'pipeline/promote',
      'promote/promote',
    ]);
    for (const { name, environment, steps, permissions } of others) {
      expect([name, environment]).toEqual([name, expect.stringMatching(/environment \}\}$/)]);
      expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
      const commands = steps.flatMap(({ run }) => run?.trim().split('\n') ?? []);
      expect(commands.filter((command) => !/^\s*(echo |exit 1$)/.test(command))).toEqual([]);
    }
  });

  test('that write assume the role of their own environment and never fall back to another role', () => {
    const assumed = jobs.flatMap(({ name, environment, steps }) =>
      steps.flatMap((step) =>
        step.uses?.startsWith('aws-actions/') === true
          ? [[name, environment, step.with?.['role-to-assume']]]
          : [],
      ),
    );
    expect(assumed).toEqual([
      ['pipeline/plan-with-role', undefined, '${{ inputs.build-role }}'],
      ['pipeline/build-with-role', undefined, '${{ inputs.build-role }}'],
      ['pipeline/publish', '${{ inputs.publish-environment }}', '${{ inputs.publish-role }}'],
      ['pipeline/promote', '${{ needs.publish.outputs.environment }}', '${{ inputs.promote-role }}'],
      ['pull-request-with-role/build', undefined, '${{ inputs.read-role }}'],
      ['promote/promote', '${{ inputs.environment }}', '${{ inputs.role }}'],
    ]);
  });

  test('that write do not get the build secrets', () => {
    const holders = jobs.filter((job) => /\{\{ *secrets\./.test(JSON.stringify(job)));
    expect(holders).toEqual(builds);
    const steps = builds.flatMap((job) =>
      job.steps.filter((step) => /\{\{ *secrets\./.test(JSON.stringify(step))),
    );
    expect(steps.map((step) => step.uses?.split('@')[0])).toEqual(
      builds.map(() => 'towpath/towpath/actions/build'),
    );
  });

  test('that write take nothing from the job that built but digests and the artifact', () => {
    const text = readFileSync('.github/workflows/pipeline.yml', 'utf8');
    const taken = [...text.matchAll(/needs\.(build|build-with-role)\.outputs(?<output>[^ ]+)/g)];
    expect(new Set(taken.map(({ groups }) => groups?.output))).toEqual(new Set([')).*,']));
    const used = [...text.matchAll(/\(env\.ROWS\)\.\*\.(?<part>\w+)/g)];
    expect(used.map(({ groups }) => groups?.part)).toEqual(['artifact', 'digests']);
  });
});

test('only the job of provision that applies has the role that writes, in its environment', () => {
  const { jobs } = parse(readFileSync('.github/workflows/provision.yml', 'utf8')) as {
    readonly jobs: Readonly<
      Record<
        string,
        { environment?: string; permissions: object; steps: { with?: Record<string, string> }[] }
      >
    >;
  };
  const found = Object.entries(jobs).map(([name, { environment, permissions, steps }]) => [
    name,
    environment,
    Object.keys(permissions),
    steps.flatMap((step) => step.with?.['role-to-assume'] ?? step.with?.mode ?? []),
  ]);
  expect(found).toEqual([
    ['plan', undefined, ['contents', 'id-token', 'pull-requests'], ['${{ inputs.plan-role }}', 'plan']],
    ['apply', '${{ inputs.environment }}', ['contents', 'id-token'], ['${{ inputs.role }}', 'apply']],
    ['check', undefined, ['contents', 'id-token'], ['${{ inputs.plan-role }}', 'check']],
  ]);
});

test('the roles of the page bring an image to production', async () => {
  const scene = await teamWithRoles();
  await scene.shared.putParameter('/account/ecr/main/registry', `${scene.shared.host}/payroll`);
  const images: readonly ImageDraft[] = [
    { name: 'reconcile' },
    { name: 'web', platforms: ['linux/amd64', 'linux/arm64'], attested: true },
  ];
  for (const { name } of images) {
    await scene.shared.createRepository(`payroll/${name}`);
    await scene.prod.createRepository(`payroll/${name}`);
    await scene.prod.setPolicy(`payroll/${name}`, readJson('repository-of-prod'));
  }
  const files = { 'towpath.yaml': readFileSync('examples/exemplar/towpath.yaml', 'utf8') };
  const as = async (job: string): Promise<Caller> => {
    const row = rows.find((one) => one.job.startsWith(job));
    const caller = row && (await assume(scene, row.claims, row.role));
    if (caller === undefined) throw new Error(`${job} has no role`);
    return caller;
  };
  const requireGreen = ({ codes }: Ending): void => {
    expect(codes).toEqual([]);
  };
  const given = { version: '1.0.0' };
  requireGreen(await scene.play(publish, { as: await as('publish'), files, given, imageSet: images }));
  for (const [judge, target] of [
    ['publish', 'dev'],
    ['promote to test', 'test'],
    ['promote to prod', 'prod'],
  ] as const) {
    const to = { ...given, 'target-environment': target };
    const gate = await scene.play(scanGate, { as: await as(judge), files, given: to });
    requireGreen(gate);
    const judged = { ...to, ...(gate.outputs.images !== undefined && { images: gate.outputs.images }) };
    requireGreen(await scene.play(promote, { as: await as(`promote to ${target}`), files, given: judged }));
  }
  expect(await scene.prod.tags('payroll/web')).toEqual(['prod-1.0.0']);
});
