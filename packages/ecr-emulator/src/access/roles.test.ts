import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, ssmClient, start, stsClient, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient } from '../harness/registry.ts';
import type { RoleScript } from './roles.ts';

const role = `arn:aws:iam::${ours}:role/ci/deploy`;
const session = `arn:aws:sts::${ours}:assumed-role/deploy/run-1`;
const repository = `arn:aws:ecr:us-east-1:${ours}:repository`;

let emulator: Emulator;

beforeEach(async () => {
  emulator = await start();
  for (const account of [ours, theirs]) {
    await ecrClient(emulator, { account }).send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    await push(await registryClient(emulator, { account }), 'team/app', 'v1', imageOf('x'));
  }
});

function define(script: RoleScript): void {
  emulator.addRoles({ [role]: script });
}

function may(...statements: object[]): void {
  define({
    policy: { Version: '2012-10-17', Statement: statements.map((one) => ({ Effect: 'Allow', ...one })) },
  });
}

/** Returns clients with credentials of the role. */
async function assume(): Promise<{ ecr: ECRClient; ssm: SSMClient; sts: STSClient }> {
  const { Credentials } = await stsClient(emulator).send(
    new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'run-1' }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  const options = { endpoint: emulator.api, region: 'us-east-1', maxAttempts: 1, credentials };
  return { ecr: new ECRClient(options), ssm: new SSMClient(options), sts: new STSClient(options) };
}

const get = (registryId = ours): BatchGetImageCommand =>
  new BatchGetImageCommand({ registryId, repositoryName: 'team/app', imageIds: [{ imageTag: 'v1' }] });

const denied = (action: string, resource: string, why: string): object => ({
  name: 'AccessDeniedException',
  message: `User: ${session} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
});

/** Sets a repository policy that allows or denies a principal all actions. */
function open(account: string, AWS: string, Effect = 'Allow'): Promise<unknown> {
  const policyText = JSON.stringify({ Statement: [{ Effect, Principal: { AWS }, Action: 'ecr:*' }] });
  const command = new SetRepositoryPolicyCommand({ repositoryName: 'team/app', policyText });
  return ecrClient(emulator, { account }).send(command);
}

describe('a role with a policy', () => {
  test('may only use the actions and resources of the policy', async () => {
    may({ Action: 'ecr:BatchGetImage', Resource: `${repository}/team/*` });
    const { ecr } = await assume();
    expect((await ecr.send(get())).images).toHaveLength(1);
    const reason = 'because no identity-based policy allows the ecr:DescribeRepositories action';
    expect(await refusalOf(ecr.send(new DescribeRepositoriesCommand()))).toEqual(
      denied('ecr:DescribeRepositories', `${repository}/*`, reason),
    );
    may({ Action: 'ecr:BatchGetImage', Resource: `${repository}/other/*` });
    expect(await refusalOf(ecr.send(get()))).toMatchObject({ name: 'AccessDeniedException' });
  });

  test('needs actions without a repository on resource *', async () => {
    may({ Action: 'ecr:*', Resource: `${repository}/*` });
    const { ecr } = await assume();
    await ecr.send(new DescribeRepositoriesCommand());
    const token = new GetAuthorizationTokenCommand();
    expect(await refusalOf(ecr.send(token))).toMatchObject({
      message: expect.stringContaining('resource: *') as unknown,
    });
    may({ Action: 'ecr:GetAuthorizationToken', Resource: '*' });
    expect((await ecr.send(token)).authorizationData).toHaveLength(1);
  });

  test('is limited by the policy in the registry API too', async () => {
    may({ Action: 'ecr:GetAuthorizationToken', Resource: '*' });
    const { ecr } = await assume();
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
    const authorization = `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}`;
    const url = `${emulator.registryUrl(ours, 'us-east-1')}/v2/team/app/manifests/v1`;
    expect((await fetch(url, { headers: { authorization } })).status).toBe(403);
    may({ Action: 'ecr:BatchGetImage', Resource: '*' });
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
  });

  test('reads only the SSM parameters of the policy', async () => {
    await ssmClient(emulator).send(new PutParameterCommand({ Name: '/a/b', Value: 'x', Type: 'String' }));
    may({ Action: 'ssm:GetParameter', Resource: `arn:aws:ssm:us-east-1:${ours}:parameter/a/*` });
    const { ssm } = await assume();
    expect((await ssm.send(new GetParameterCommand({ Name: '/a/b' }))).Parameter?.Value).toBe('x');
    expect(await refusalOf(ssm.send(new GetParameterCommand({ Name: '/b/a' })))).toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test('is denied by a Deny in its policy despite an Allow', async () => {
    may({ Action: '*', Resource: '*' }, { Effect: 'Deny', Action: 'ecr:Batch*', Resource: '*' });
    await open(ours, role);
    const { ecr } = await assume();
    expect(await refusalOf(ecr.send(get()))).toEqual(
      denied(
        'ecr:BatchGetImage',
        `${repository}/team/app`,
        'with an explicit deny in an identity-based policy',
      ),
    );
  });

  test('is allowed in its own account by a repository policy for the role, not by one for the account', async () => {
    may({ Action: 'ecr:GetAuthorizationToken', Resource: '*' });
    const { ecr } = await assume();
    await open(ours, ours);
    expect(await refusalOf(ecr.send(get()))).toMatchObject({ name: 'AccessDeniedException' });
    await open(ours, role);
    expect((await ecr.send(get())).images).toHaveLength(1);
  });

  test('needs both its own policy and the repository policy in another account', async () => {
    const { ecr } = await assume();
    const foreign = repository.replace(ours, theirs);
    await open(theirs, ours);
    may({ Action: 'ecr:*', Resource: `${repository}/*` });
    expect(await refusalOf(ecr.send(get(theirs)))).toMatchObject({
      message: expect.stringContaining('no identity-based policy') as unknown,
    });
    may({ Action: 'ecr:*', Resource: `${foreign}/*` });
    expect((await ecr.send(get(theirs))).images).toHaveLength(1);
    await open(theirs, `arn:aws:iam::${ours}:role/other`);
    expect(await refusalOf(ecr.send(get(theirs)))).toMatchObject({
      message: expect.stringContaining('no resource-based policy') as unknown,
    });
  });
});

describe('a role with a trust policy', () => {
  const issuer = 'token.actions.githubusercontent.com';
  const provider = { Federated: `arn:aws:iam::${ours}:oidc-provider/${issuer}` };

  function trust(statement: object): void {
    define({ trust: { Statement: [{ Effect: 'Allow', ...statement }] } });
  }

  function assumeWith(claims: object): Promise<unknown> {
    const payload = {
      iss: `https://${issuer}`,
      aud: 'sts.amazonaws.com',
      exp: Date.now() / 1000 + 60,
      ...claims,
    };
    const WebIdentityToken = `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.x`;
    return new STSClient({ endpoint: emulator.api, region: 'us-east-1', maxAttempts: 1 }).send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn: role, RoleSessionName: 'run-1', WebIdentityToken }),
    );
  }

  test.each([
    ['the subject of the policy', { sub: 'repo:acme/app:environment:prod' }, true],
    ['another environment', { sub: 'repo:acme/app:environment:dev' }, false],
    ['a pull request', { sub: 'repo:acme/app:pull_request' }, false],
  ])('decides about %s', async (_, claims, expected) => {
    const Condition = {
      StringEquals: {
        [`${issuer}:aud`]: 'sts.amazonaws.com',
        [`${issuer}:sub`]: 'repo:acme/app:environment:prod',
      },
    };
    trust({ Principal: provider, Action: 'sts:AssumeRoleWithWebIdentity', Condition });
    const refusal = { name: 'AccessDenied', message: expect.stringContaining('Not authorized') as unknown };
    if (expected) await assumeWith(claims);
    else expect(await refusalOf(assumeWith(claims))).toMatchObject(refusal);
  });

  test('can use GitHub’s claims in conditions, but only those that STS forwards', async () => {
    const requireClaim = (claim: string): void => {
      const Condition = { StringLike: { [`${issuer}:${claim}`]: 'acme/*' } };
      trust({ Principal: provider, Action: 'sts:AssumeRoleWithWebIdentity', Condition });
    };
    const claims = { sub: 'repo:acme/app:pull_request', repository: 'acme/app', head_ref: 'acme/x' };
    requireClaim('repository');
    await assumeWith(claims);
    requireClaim('head_ref');
    expect(await refusalOf(assumeWith(claims))).toMatchObject({ name: 'AccessDenied' });
  });

  test('for another provider rejects a token of this one', async () => {
    trust({
      Principal: { Federated: `arn:aws:iam::${ours}:oidc-provider/example.com` },
      Action: 'sts:AssumeRoleWithWebIdentity',
    });
    expect(await refusalOf(assumeWith({ sub: 'repo:acme/app:pull_request' }))).toMatchObject({
      name: 'AccessDenied',
    });
  });

  test('can be assumed only by its principal', async () => {
    const from = (account: string): Promise<unknown> =>
      stsClient(emulator, { account }).send(
        new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'run-1' }),
      );
    trust({ Principal: { AWS: theirs }, Action: 'sts:AssumeRole' });
    await from(theirs);
    expect(await refusalOf(from(ours))).toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:iam::${ours}:root is not authorized to perform: sts:AssumeRole on resource: ${role}`,
    });
  });

  test('cannot be assumed by a role without sts:AssumeRole', async () => {
    may({ Action: 'ecr:*', Resource: '*' });
    const { sts } = await assume();
    const RoleArn = `arn:aws:iam::${theirs}:role/prod`;
    const chain = (): Promise<unknown> =>
      sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'run-2' }));
    expect(await refusalOf(chain())).toMatchObject({ name: 'AccessDenied' });
    may({ Action: 'sts:AssumeRole', Resource: RoleArn });
    await chain();
  });
});

test.each([
  ['arn:aws:iam::1:user/x', {}, 'is not the ARN of a role'],
  [role, { polcy: {} }, 'unknown polcy'],
  [role, { policy: { Statement: [{ Effect: 'Allow', Action: 'ecr:*' }] } }, 'NotResource must be a string'],
  [
    role,
    { policy: { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*', Principal: '*' }] } },
    'Principal',
  ],
  [role, { trust: { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Principal: '*' }] } }, 'another service'],
])('rejects %s with %j', async (arn, script, message) => {
  const url = new URL('/_emulator/roles', emulator.api);
  const answer = await fetch(url, { method: 'PUT', body: JSON.stringify({ [arn]: script }) });
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { error: string }).error).toContain(message);
});

test('sets, returns and clears roles over the admin API', async () => {
  const url = new URL('/_emulator/roles', emulator.api);
  const scripts = { [role]: { policy: { Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] } } };
  await fetch(url, { method: 'PUT', body: JSON.stringify(scripts) });
  expect(await (await fetch(url)).json()).toEqual(scripts);
  const { ecr } = await assume();
  expect(await refusalOf(ecr.send(get()))).toMatchObject({ name: 'AccessDeniedException' });
  await fetch(url, { method: 'DELETE' });
  expect((await ecr.send(get())).images).toHaveLength(1);
});
