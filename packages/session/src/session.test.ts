import { describe, expect, test } from '@jest/globals';
import { describeRepositories } from '@towpath/ecr';
import { parseEcrHost, type RegistryRef } from '@towpath/reference';
import { fakeRuntime, scenario, type Scenario } from '@towpath/testing';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Session, type SessionPort } from './session.ts';

const issuer = 'token.actions.githubusercontent.com';
const arn = 'arn:aws:iam::444455556666:role/deploy';
const policy = { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] };

/** Creates a production account with a role that trusts these principals. */
async function production(trust: object): Promise<Scenario> {
  const scene = await scenario();
  await scene.prod.createRepository('payroll/web');
  scene.emulator.addRoles({ [arn]: { policy, trust: { Statement: [{ Effect: 'Allow', ...trust }] } } });
  return scene;
}

const byJob = { Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } };
const byToken = {
  Action: 'sts:AssumeRoleWithWebIdentity',
  Principal: { Federated: `arn:aws:iam::444455556666:oidc-provider/${issuer}` },
  Condition: { StringEquals: { [`${issuer}:sub`]: 'repo:acme/app:environment:prod' } },
};

function idToken(aud: string): Promise<string> {
  const claims = { iss: `https://${issuer}`, aud, exp: Date.now() / 1000 + 60 };
  const payload = { ...claims, sub: 'repo:acme/app:environment:prod' };
  return Promise.resolve(`e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.x`);
}

/** Returns the repositories of the production account that a session with the role can read. */
async function seen(
  { emulator, shared, prod }: Scenario,
  role: string | undefined,
  port: Partial<SessionPort> = {},
): Promise<readonly string[]> {
  const env = { ...shared.credentials, AWS_ENDPOINT_URL: emulator.api };
  const session = new Session({ ...fakeRuntime({ env }), ...port });
  const host = parseEcrHost(prod.host);
  if (host === undefined) throw new Error('the account has a registry');
  const registry: RegistryRef = { ...host, role };
  return [...(await describeRepositories(session.ecr(registry), ['payroll/web'])).keys()];
}

describe('a registry with a role', () => {
  test('is read with the role, assumed with the credentials of the job', async () => {
    const scene = await production(byJob);
    await expect(seen(scene, undefined)).rejects.toMatchObject({ code: 'access-denied' });
    expect(await seen(scene, arn)).toEqual(['payroll/web']);
  });

  test('is read with the OIDC token of a job that has no AWS credentials', async () => {
    const scene = await production(byToken);
    const env = { AWS_ENDPOINT_URL: scene.emulator.api };
    expect(await seen(scene, arn, { env, idToken })).toEqual(['payroll/web']);
  });

  test('is read with the OIDC token if the role does not trust the credentials of the job', async () => {
    expect(await seen(await production(byToken), arn, { idToken })).toEqual(['payroll/web']);
  });

  test('is rejected with both reasons if the role trusts neither', async () => {
    const scene = await production({ ...byJob, Principal: { AWS: '444455556666' } });
    await expect(seen(scene, arn, { idToken })).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(
        /^The role arn:aws:iam::444455556666:role\/deploy cannot be assumed\. .*sts:AssumeRole .*sts:AssumeRoleWithWebIdentity /,
      ) as unknown,
      hint: expect.stringContaining('trust policy') as unknown,
    });
  });

  test('is read in many requests with one assumption of the role', async () => {
    const scene = await production(byJob);
    const env = { ...scene.shared.credentials, AWS_ENDPOINT_URL: scene.emulator.api };
    const session = new Session(fakeRuntime({ env }));
    const host = parseEcrHost(scene.prod.host);
    if (host === undefined) throw new Error('the account has a registry');
    const ecr = session.ecr({ ...host, role: arn });
    scene.emulator.clearRequests();
    for (let count = 0; count < 3; count += 1) await describeRepositories(ecr, ['payroll/web']);
    const assumed = scene.emulator.requests.filter(({ operation }) => operation === 'sts:AssumeRole');
    expect(assumed).toHaveLength(1);
  });
});

describe('whether a registry mounts layers', () => {
  async function mounts(
    { emulator, shared }: Scenario,
    owner: Scenario['shared'],
  ): Promise<boolean | undefined> {
    const session = new Session(
      fakeRuntime({ env: { ...shared.credentials, AWS_ENDPOINT_URL: emulator.api } }),
    );
    const host = parseEcrHost(owner.host);
    if (host === undefined) throw new Error('the account has a registry');
    const { mounts: asked } = session.remote(host, 'payroll/web');
    if (asked === undefined || asked === false) throw new Error('it can be asked');
    return asked();
  }

  test('is the setting of the own account', async () => {
    const scene = await scenario();
    expect(await mounts(scene, scene.shared)).toBe(false);
    await scene.shared.allowMounting();
    expect(await mounts(scene, scene.shared)).toBe(true);
  });

  test('is unknown for the registry of another account', async () => {
    const scene = await scenario();
    await scene.shared.allowMounting();
    expect(await mounts(scene, scene.prod)).toBe(undefined);
  });

  test('is unknown if the role may not read the setting', async () => {
    const scene = await scenario();
    scene.emulator.addFault({
      kind: 'exception',
      exception: 'AccessDeniedException',
      operation: 'ecr:GetAccountSetting',
    });
    expect(await mounts(scene, scene.shared)).toBe(undefined);
  });
});

describe('closing a session', () => {
  test('removes its folders, which no other session uses', async () => {
    const runtime = fakeRuntime();
    const [one, other] = [new Session(runtime), new Session(runtime)];
    const folders = [await one.temporaryFolder('build'), await other.temporaryFolder('build')] as const;
    expect(folders[0]).not.toBe(folders[1]);
    await writeFile(join(folders[0], 'layer'), 'x');
    await one.close();
    expect(folders.map(existsSync)).toEqual([false, true]);
    await other.close();
  });

  test('cleans up in reverse order, and continues if something cannot be removed', async () => {
    const session = new Session(fakeRuntime());
    const order: number[] = [];
    for (const number of [1, 2, 3])
      session.onClose(() => {
        order.push(number);
        return number === 2 ? Promise.reject(new Error('2 stays')) : Promise.resolve();
      });
    await expect(session.close()).rejects.toThrow('2 stays');
    expect(order).toEqual([3, 2, 1]);
    await session.close();
    expect(order).toHaveLength(3);
  });
});
