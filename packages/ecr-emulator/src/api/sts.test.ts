import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  ECRClient,
  type ECRClientConfig,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
  type Credentials,
} from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, stsClient, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient } from '../harness/registry.ts';

let emulator: Emulator;

beforeEach(async () => {
  emulator = await start();
});

const RoleArn = `arn:aws:iam::${theirs}:role/ci/deploy`;
const RoleSessionName = 'run-42';

async function assume(
  input: { DurationSeconds?: number } = {},
  sts = stsClient(emulator),
): Promise<Credentials> {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName, ...input }));
  if (Credentials === undefined) throw new Error('no credentials');
  return Credentials;
}

function options({
  AccessKeyId = '',
  SecretAccessKey = '',
  SessionToken = '',
}: Credentials): STSClientConfig {
  return {
    endpoint: emulator.api,
    region: 'us-east-1',
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    maxAttempts: 1,
  };
}

describe('AssumeRole', () => {
  test('returns credentials of a session in the role’s account', async () => {
    const credentials = await assume();
    expect(credentials.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    const identity = await new STSClient(options(credentials)).send(new GetCallerIdentityCommand());
    expect(identity).toMatchObject({
      Account: theirs,
      Arn: `arn:aws:sts::${theirs}:assumed-role/deploy/${RoleSessionName}`,
    });
  });

  test('gives access by a repository policy for the role, not by one for another role', async () => {
    const owner = ecrClient(emulator);
    const repositoryName = 'app';
    await owner.send(new CreateRepositoryCommand({ repositoryName }));
    await push(await registryClient(emulator), repositoryName, 'v1', imageOf('x'));
    const policyFor = (AWS: string): Promise<unknown> =>
      owner.send(
        new SetRepositoryPolicyCommand({
          repositoryName,
          policyText: JSON.stringify({
            Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'ecr:*' }],
          }),
        }),
      );
    const ecr = new ECRClient(options(await assume()) as ECRClientConfig);
    const get = new BatchGetImageCommand({
      registryId: ours,
      repositoryName,
      imageIds: [{ imageTag: 'v1' }],
    });
    await policyFor(RoleArn);
    expect((await ecr.send(get)).images).toHaveLength(1);
    await policyFor(RoleArn.replace('deploy', 'other'));
    expect(await refusalOf(ecr.send(get))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(
        `User: arn:aws:sts::${theirs}:assumed-role/deploy/${RoleSessionName} is not`,
      ),
    });
  });

  test('returns credentials that expire', async () => {
    const credentials = await assume({ DurationSeconds: 900 });
    emulator.advance(900_000);
    const expired = 'The security token included in the request is expired';
    const ecr = new ECRClient(options(credentials) as ECRClientConfig);
    const create = new CreateRepositoryCommand({ repositoryName: 'app' });
    expect(await refusalOf(ecr.send(create))).toEqual({ name: 'ExpiredTokenException', message: expired });
    expect(
      await refusalOf(new STSClient(options(credentials)).send(new GetCallerIdentityCommand())),
    ).toMatchObject({
      message: expired,
    });
  });

  test('returns a token that is invalid with another access key', async () => {
    const credentials = { ...(await assume()), AccessKeyId: ours };
    const sts = new STSClient(options(credentials));
    expect(await refusalOf(sts.send(new GetCallerIdentityCommand()))).toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });

  test('limits a chained role to one hour', async () => {
    const chained = new STSClient(options(await assume()));
    await assume({ DurationSeconds: 3600 }, chained);
    expect(await refusalOf(assume({ DurationSeconds: 3601 }, chained))).toMatchObject({
      message: expect.stringContaining('role chaining'),
    });
  });

  test.each([
    [{ DurationSeconds: 899 }, 'ValidationError'],
    [{ RoleSessionName: '!' }, 'ValidationError'],
    [{ RoleArn: 'arn:aws:iam::1:role/x' }, 'ValidationError'],
    [{ RoleArn: 'arn:aws:iam::999999999999:role/x' }, 'AccessDenied'],
  ])('rejects %j', async (input, name) => {
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName, ...input });
    expect(await refusalOf(stsClient(emulator).send(command))).toMatchObject({ name });
  });
});

describe('AssumeRoleWithWebIdentity', () => {
  const claims = {
    iss: 'https://token.actions.githubusercontent.com',
    sub: 'repo:acme/app:environment:prod',
    aud: 'sts.amazonaws.com',
    exp: Math.floor(Date.now() / 1000) + 300,
  };

  function tokenOf(payload: object): string {
    const parts = [{ alg: 'RS256' }, payload].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    return [...parts, 'signature'].join('.');
  }

  /** Calls without a signature, because the caller has no credentials yet. */
  function exchange(WebIdentityToken: string): Promise<unknown> {
    const anonymous = new STSClient({ endpoint: emulator.api, region: 'us-east-1', maxAttempts: 1 });
    return anonymous.send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName, WebIdentityToken }),
    );
  }

  test('returns a session of the role', async () => {
    expect(await exchange(tokenOf(claims))).toMatchObject({
      AssumedRoleUser: { Arn: `arn:aws:sts::${theirs}:assumed-role/deploy/${RoleSessionName}` },
      SubjectFromWebIdentityToken: claims.sub,
      Audience: claims.aud,
      Provider: 'token.actions.githubusercontent.com',
      Credentials: { SessionToken: expect.any(String) },
    });
  });

  test.each([
    ['is not a JWT', 'secret', 'InvalidIdentityTokenException'],
    [
      'has another audience',
      tokenOf({ ...claims, aud: 'https://github.com/acme' }),
      'InvalidIdentityTokenException',
    ],
    ['has no subject', tokenOf({ ...claims, sub: undefined }), 'InvalidIdentityTokenException'],
    ['is expired', tokenOf({ ...claims, exp: 1 }), 'ExpiredTokenException'],
  ])('rejects a token that %s', async (_, token, name) => {
    expect(await refusalOf(exchange(token))).toMatchObject({ name });
  });
});
