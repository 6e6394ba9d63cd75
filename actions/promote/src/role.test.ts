import { describe, expect, test } from '@jest/globals';
import { scenario } from '@towpath/testing';
import { readdirSync } from 'node:fs';
import { promote } from './action.ts';

const arn = 'arn:aws:iam::444455556666:role/deploy';

function config(role: string): string {
  return `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { web: { platforms: [linux/amd64, linux/arm64] } }
environments:
  prod: { from: build, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com, role: ${role} }
`;
}

/** Creates a team whose production account admits only its own role. */
async function team(...trusted: readonly string[]) {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  await scene.prod.createRepository('payroll/web');
  await scene.publish('payroll/web', 'build-1.0.0', {
    name: 'web',
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  const policy = { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] };
  const trust = {
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: [...trusted] } }],
  };
  scene.emulator.addRoles({ [arn]: { policy, trust } });
  return scene;
}

test('promotes with the role of the environment and reads the source with the role of the job', async () => {
  const scene = await team('111122223333');
  const { green } = await scene.play(promote, {
    files: { 'towpath.yaml': config(arn) },
    given: { version: '1.0.0', 'target-environment': 'prod' },
  });
  expect(green).toBe(true);
  const published = await scene.shared.digestOf('payroll/web', 'build-1.0.0');
  expect(await scene.prod.digestOf('payroll/web', 'prod-1.0.0')).toBe(published);
});

test('an image and an environment can have the name of a member of every object', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/constructor');
  await scene.publish('payroll/constructor', 'build-1.0.0', { name: 'constructor' });
  const registry = '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll';
  const environments = '{ constructor: { from: build }, prod: { from: constructor } }';
  const text = `registry: ${registry}\nimages: { constructor: {} }\nenvironments: ${environments}\n`;
  const files = { 'towpath.yaml': text };
  for (const target of ['constructor', 'prod']) {
    const given = { version: '1.0.0', 'target-environment': target };
    expect((await scene.play(promote, { files, given })).codes).toEqual([]);
  }
});

test('names the role that cannot be assumed and promotes nothing', async () => {
  const scene = await team('444455556666');
  const { codes, annotations } = await scene.play(promote, {
    files: { 'towpath.yaml': config(arn) },
    given: { version: '1.0.0', 'target-environment': 'prod' },
  });
  expect(codes).toEqual(['access-denied']);
  expect(annotations.map(({ message }) => message).join()).toContain(arn);
  expect(await scene.prod.tags('payroll/web')).toEqual([]);
});

describe('the inputs source-role and target-role', () => {
  const reader = 'arn:aws:iam::111122223333:role/read';
  const issuer = 'token.actions.githubusercontent.com';
  const idToken = (aud: string): Promise<string> => {
    const claims = {
      iss: `https://${issuer}`,
      aud,
      exp: Date.now() / 1000 + 60,
      sub: 'repo:acme/app:environment:prod',
    };
    return Promise.resolve(`e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`);
  };
  const byToken = (account: string) => ({
    Effect: 'Allow',
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
    Condition: { StringEquals: { [`${issuer}:sub`]: 'repo:acme/app:environment:prod' } },
  });
  const roles = { 'source-role': reader, 'target-role': arn };

  /** Creates a team with one role in each account. Each may use only the registry of its account. */
  async function withRoles(trust: (account: string) => object) {
    const scene = await team('111122223333');
    const role = (account: string) => ({
      policy: {
        Statement: [
          { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
          { Effect: 'Allow', Action: 'ecr:*', Resource: `arn:aws:ecr:us-east-1:${account}:repository/*` },
        ],
      },
      trust: { Statement: [trust(account)] },
    });
    scene.emulator.addRoles({ [reader]: role('111122223333'), [arn]: role('444455556666') });
    return scene;
  }

  const files = { 'towpath.yaml': config(arn).replace(`, role: ${arn}`, '') };
  const given = { version: '1.0.0', 'target-environment': 'prod', ...roles };

  test('are used together by a job without AWS credentials, and nothing of them is on the disk', async () => {
    const scene = await withRoles(byToken);
    const nobody = { credentials: { AWS_REGION: 'us-east-1' } };
    const ending = await scene.play(promote, { as: nobody, idToken, files, given });
    expect(ending.codes).toEqual([]);
    const published = await scene.shared.digestOf('payroll/web', 'build-1.0.0');
    expect(await scene.prod.digestOf('payroll/web', 'prod-1.0.0')).toBe(published);
    const assumed = ending.requests.filter(({ operation }) => operation.startsWith('sts:'));
    expect(assumed).toHaveLength(2);
    const written = readdirSync(ending.temp, { recursive: true, encoding: 'utf8' });
    expect(written.filter((path) => !path.startsWith('towpath-promotion'))).toEqual([]);
    expect(readdirSync(ending.workspace)).toEqual(['towpath.yaml']);
  });

  test('are assumed with the credentials of the job', async () => {
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } };
    const scene = await withRoles(() => trust);
    const ending = await scene.play(promote, { files, given });
    expect(ending.codes).toEqual([]);
    const accounts = (part: string) =>
      new Set(
        ending.requests
          .filter(({ operation, repository }) => operation.includes(part) && repository === 'payroll/web')
          .map(({ account }) => account),
      );
    expect(accounts('PUT upload')).toEqual(new Set(['444455556666']));
    expect(accounts('GET blob')).toEqual(new Set(['111122223333']));
  });

  test('replace the role of the environment', async () => {
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } };
    const scene = await withRoles(() => trust);
    const wrong = { 'towpath.yaml': config('arn:aws:iam::444455556666:role/gone') };
    expect((await scene.play(promote, { files: wrong, given })).codes).toEqual([]);
  });

  test('must be ARNs of roles', async () => {
    const scene = await withRoles(byToken);
    const wrong = { ...given, 'source-role': 'deploy', 'target-role': 'arn:aws:iam::1:user/x' };
    const { codes } = await scene.play(promote, { files, given: wrong });
    expect(codes).toEqual(['input-invalid', 'input-invalid']);
  });
});
