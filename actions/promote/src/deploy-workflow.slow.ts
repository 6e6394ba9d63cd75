import { beforeEach, describe, expect, jest } from '@jest/globals';
import { isUsable, testWith } from '@towpath/testing/clients';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { parse } from 'yaml';

/** Tests the steps of the reusable workflow `deploy` with jq and the AWS CLI. A stand-in answers for Amazon ECS. */

jest.setTimeout(120_000);

interface Step {
  readonly name?: string;
  readonly run?: string;
}
const { jobs } = parse(readFileSync('.github/workflows/deploy.yml', 'utf8')) as {
  readonly jobs: { readonly deploy: { readonly steps: readonly Step[] } };
};
const [render = '', deploy = ''] = jobs.deploy.steps.flatMap(({ run }) => run ?? []);

const aws = ['aws', '/usr/bin/aws'].find((program) => isUsable([program, '--version'])) ?? 'aws';
const withTools = testWith('jq and the AWS CLI', ['sh', '-c', `jq --version && ${aws} --version`]);

const registry = '444455556666.dkr.ecr.us-east-1.amazonaws.com';
const [first, second] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const secret = 'arn:aws:secretsmanager:us-east-1:444455556666:secret:payroll/database-AbCdEf';
const definition = {
  family: 'payroll',
  containerDefinitions: [
    { name: 'web', image: 'replaced', essential: true, aFieldOfTomorrow: { deep: [1, null] } },
    { name: 'api', image: 'replaced', secrets: [{ name: 'PASSWORD', valueFrom: `${secret}:password::` }] },
    { name: 'proxy', image: 'public.ecr.aws/envoy:1' },
  ],
  anotherFieldOfTomorrow: true,
};
const images = { web: `payroll/web@${first}`, api: `payroll/api@${second}`, job: `payroll/job@${first}` };

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** Runs a step as a runner does. */
async function run(
  script: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly failed: boolean; readonly log: string }> {
  const options = { cwd: folder, env: { PATH: process.env.PATH, RUNNER_TEMP: folder, ...env } };
  try {
    const { stdout } = await promisify(execFile)(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
      options,
    );
    return { failed: false, log: stdout };
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return { failed: true, log: `${stdout}${stderr}` };
  }
}

function rendering(given: {
  readonly images?: unknown;
  readonly definition?: unknown;
  readonly registry?: string;
}) {
  writeFiles(folder, { 'web.json': JSON.stringify(given.definition ?? definition) });
  const value = given.images ?? images;
  return run(render, {
    FILE: 'web.json',
    IMAGES: typeof value === 'string' ? value : JSON.stringify(value),
    REGISTRY: given.registry ?? registry,
  });
}

describe('the task definition', () => {
  withTools('gets several images by digest, and keeps other containers and unknown fields', async () => {
    const described = {
      ...definition,
      revision: 7,
      status: 'ACTIVE',
      taskDefinitionArn: 'arn',
      compatibilities: [],
    };
    expect(await rendering({ definition: described })).toMatchObject({ failed: false });
    const [web, api, proxy] = definition.containerDefinitions;
    expect(JSON.parse(readFileSync(join(folder, 'task-definition.json'), 'utf8'))).toEqual({
      ...definition,
      containerDefinitions: [
        { ...web, image: `${registry}/payroll/web@${first}` },
        { ...api, image: `${registry}/payroll/api@${second}` },
        proxy,
      ],
    });
  });

  const withSecret = (valueFrom: string) => ({
    containerDefinitions: [{ name: 'web', secrets: [{ name: 'PASSWORD', valueFrom }] }],
  });

  withTools('may name secrets in every form that ECS has', async () => {
    const forms = [
      secret,
      `${secret}:password::`,
      `${secret}::AWSPREVIOUS:`,
      `${secret}:::9d4cb84b-ad69-40c0-a0ab-cead36b967e8`,
      secret.replace('database-', 'database-secret-'),
      'payroll/database',
      'arn:aws:ssm:us-east-1:444455556666:parameter/database',
    ];
    for (const form of forms)
      expect([form, (await rendering({ definition: withSecret(form) })).log]).toEqual([
        form,
        expect.not.stringContaining('::error') as unknown,
      ]);
  });

  const cases: readonly (readonly [name: string, given: Parameters<typeof rendering>[0], message: RegExp])[] =
    [
      ['an empty output of the promotion', { images: '' }, /contains a masked value/],
      ['a tag instead of a digest', { images: { web: 'payroll/web:prod-1' } }, /not the output digests/],
      [
        'an image that no container has',
        { images: { job: images.job } },
        /Containers: web, api, proxy\. Images: job/,
      ],
      ['another registry', { registry: 'docker.io' }, /not the host of an ECR registry/],
      ['two objects', { images: '{}{}' }, /not the output digests/],
      ['a file without containers', { definition: {} }, /has no containerDefinitions/],
      [
        'a secret without its colons',
        { definition: withSecret(`${secret}:password`) },
        /invalid ARNs of secrets: web\.PASSWORD/,
      ],
      [
        'a secret without its last characters',
        { definition: withSecret(secret.slice(0, -7)) },
        /six characters/,
      ],
    ];
  withTools('is not rendered from wrong inputs', async () => {
    for (const [name, given, message] of cases) {
      const { failed, log } = await rendering(given);
      expect([name, failed, log]).toEqual([name, true, expect.stringMatching(message)]);
      expect(existsSync(join(folder, 'task-definition.json'))).toBe(false);
    }
  });
});

interface Deployment {
  readonly id: string;
  readonly status: string;
  readonly rolloutState?: string;
  readonly rolloutStateReason?: string;
  readonly taskDefinition?: string;
}

const arn = 'arn:aws:ecs:us-east-1:444455556666:task-definition/payroll:8';
const old: Deployment = { id: 'ecs-svc/old', status: 'ACTIVE', rolloutState: 'COMPLETED' };
const fresh = (rolloutState: string, status = 'PRIMARY'): Deployment => ({
  id: 'ecs-svc/new',
  status,
  rolloutState,
  taskDefinition: arn,
});

/** Deploys while the service has these deployments, one list for each request. The last one stays. */
async function deploying(states: readonly (readonly Deployment[])[]) {
  const calls: string[] = [];
  const remaining = [...states];
  const server = createServer((request, response) => {
    void text(request).then(() => {
      const call = String(request.headers['x-amz-target']).replace(/.*\./, '');
      calls.push(call);
      const deployments =
        remaining.length > 1 && call === 'DescribeServices' ? remaining.shift() : remaining[0];
      const service = { deployments: call === 'UpdateService' ? [old, fresh('IN_PROGRESS')] : deployments };
      const body = { taskDefinition: { taskDefinitionArn: arn }, service, services: [service] };
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Older versions of the CLI read the endpoint from no variable.
  writeFiles(folder, { 'bin/aws': `#!/bin/sh\nexec ${await pathOf(aws)} --endpoint-url ${endpoint} "$@"\n` });
  chmodSync(join(folder, 'bin/aws'), 0o755);
  await rendering({ definition: { family: 'payroll', containerDefinitions: [{ name: 'web' }] } });
  try {
    const ending = await run(deploy, {
      PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: process.env.HOME,
      GITHUB_OUTPUT: join(folder, 'output'),
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'not checked',
      AWS_DEFAULT_REGION: 'us-east-1',
      CLUSTER: 'payroll',
      SERVICE: 'web',
      MINUTES: '1',
      INTERVAL: '0',
    });
    return { ...ending, calls, output: readFileSync(join(folder, 'output'), 'utf8') };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function pathOf(program: string): Promise<string> {
  return (await promisify(execFile)('sh', ['-c', `command -v ${program}`])).stdout.trim();
}

describe('a deployment', () => {
  withTools('succeeds when the new deployment is complete, and not because an old one is', async () => {
    const { failed, calls, output } = await deploying([[old, fresh('IN_PROGRESS')], [fresh('COMPLETED')]]);
    expect(failed).toBe(false);
    expect(calls).toEqual([
      'RegisterTaskDefinition',
      'UpdateService',
      'DescribeServices',
      'DescribeServices',
    ]);
    expect(output).toBe(`task-definition=${arn}\n`);
  });

  const failures: readonly (readonly [string, readonly Deployment[], RegExp])[] = [
    [
      'rolled back, and the old deployment is complete again',
      [
        { ...old, status: 'PRIMARY' },
        { ...fresh('FAILED', 'INACTIVE'), rolloutStateReason: 'tasks failed to start' },
      ],
      /failed: tasks failed to start/,
    ],
    [
      'replaced by a newer one',
      [{ ...fresh('IN_PROGRESS'), id: 'ecs-svc/newer' }, fresh('IN_PROGRESS', 'ACTIVE')],
      /another deployment replaced it/,
    ],
  ];
  withTools('fails if it is rolled back or replaced', async () => {
    for (const [name, deployments, message] of failures) {
      const { failed, log } = await deploying([deployments]);
      expect([name, failed, log]).toEqual([name, true, expect.stringMatching(message)]);
    }
  });
});
