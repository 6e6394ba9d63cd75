import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  GetRepositoryPolicyCommand,
  ListImageReferrersCommand,
  SetRepositoryPolicyCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, putManifest, registryClient } from '../harness/registry.ts';

const repositoryName = 'app';
const image = imageOf('image');
let emulator: Emulator;
let ecr: ECRClient;

beforeEach(async () => {
  emulator = await start();
  ecr = ecrClient(emulator);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  await push(await registryClient(emulator), repositoryName, 'v1', image);
});

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: unknown;
  readonly Resource?: unknown;
  readonly NotAction?: unknown;
}

function set(...statements: Statement[]): Promise<unknown> {
  const Statement = statements.map((one) => ({
    Effect: 'Allow',
    Principal: { AWS: theirs },
    Action: 'ecr:*',
    ...one,
  }));
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement });
  return ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
}

/** Whether the other account gets the manifest. Checks that the API and the registry agree. */
async function canPull(): Promise<boolean> {
  const foreign = await registryClient(emulator, { account: ours, as: theirs });
  const { status } = await foreign.fetch('/v2/app/manifests/v1');
  const get = new BatchGetImageCommand({ registryId: ours, repositoryName, imageIds: [{ imageTag: 'v1' }] });
  const answered = await ecrClient(emulator, { account: theirs })
    .send(get)
    .then(
      () => true,
      () => false,
    );
  expect(status).toBe(answered ? 200 : 403);
  return answered;
}

describe('another account', () => {
  test('has no access without a policy', async () => {
    expect(await canPull()).toBe(false);
  });

  test.each<[string, Statement, boolean]>([
    ['its account id', {}, true],
    ['its root', { Principal: { AWS: `arn:aws:iam::${theirs}:root` } }, true],
    ['everyone', { Principal: '*' }, true],
    ['everyone in the long form', { Principal: { AWS: ['*'] } }, true],
    ['the pull actions', { Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] }, true],
    ['a wildcard action', { Action: 'ecr:Batch*' }, true],
    ['a third account', { Principal: { AWS: '999999999999' } }, false],
    ['a service', { Principal: { Service: 'lambda.amazonaws.com' } }, false],
    ['one of its roles', { Principal: { AWS: `arn:aws:iam::${theirs}:role/deploy` } }, false],
    ['other actions', { Action: ['ecr:PutImage'] }, false],
    ['a condition that is met', { Condition: { StringEquals: { 'aws:PrincipalAccount': theirs } } }, true],
    ['a condition that is not met', { Condition: { StringEquals: { 'aws:PrincipalAccount': ours } } }, false],
    ['a condition on an unknown key', { Condition: { StringLike: { 'aws:PrincipalOrgID': '*' } } }, false],
  ])('gets access by a policy for %s: %j is %p', async (_, statement, expected) => {
    await set(statement);
    expect(await canPull()).toBe(expected);
  });

  test('needs ecr:BatchGetImage to list referrers', async () => {
    const list = new ListImageReferrersCommand({
      registryId: ours,
      repositoryName,
      subjectId: { imageDigest: image.digest },
    });
    await set({ Action: 'ecr:ListImageReferrers' });
    expect(await refusalOf(ecrClient(emulator, { account: theirs }).send(list))).toMatchObject({
      name: 'AccessDeniedException',
    });
    await set({ Action: 'ecr:BatchGetImage' });
    expect((await ecrClient(emulator, { account: theirs }).send(list)).referrers).toEqual([]);
  });

  test('is denied by a Deny despite an Allow', async () => {
    await set({}, { Effect: 'Deny', Action: 'ecr:BatchGetImage' });
    expect(await canPull()).toBe(false);
  });

  test('pushes with the permissions to push', async () => {
    const pushing = ['ecr:BatchCheckLayerAvailability', 'ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload'];
    await set({ Action: [...pushing, 'ecr:UploadLayerPart', 'ecr:PutImage'] });
    const foreign = await registryClient(emulator, { account: ours, as: theirs });
    await push(foreign, repositoryName, 'theirs', imageOf('theirs'));
    expect((await foreign.fetch('/v2/app/manifests/theirs')).status).toBe(403);

    await set({ Action: pushing });
    const refused = await putManifest(foreign, repositoryName, 'v2', image);
    expect([refused.status, await refused.text()]).toEqual([
      403,
      expect.stringContaining('is not authorized to perform: ecr:PutImage'),
    ]);
  });
});

test('a Deny applies to the owner too', async () => {
  await set({ Effect: 'Deny', Principal: '*', Action: 'ecr:PutImage' });
  const registry = await registryClient(emulator);
  const refused = await putManifest(registry, repositoryName, 'v2', image);
  expect([refused.status, await refused.text()]).toEqual([
    403,
    expect.stringContaining('with an explicit deny in a resource-based policy'),
  ]);
});

describe('a policy', () => {
  test('is returned unchanged until it is deleted', async () => {
    const gone = {
      name: 'RepositoryPolicyNotFoundException',
      message: `Repository policy does not exist for the repository with name 'app' in the registry with id '${ours}'`,
    };
    expect(await refusalOf(ecr.send(new GetRepositoryPolicyCommand({ repositoryName })))).toEqual(gone);
    await set();
    const { policyText } = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
    expect(policyText).toBe('{"Version":"2012-10-17","Statement":[]}');
    await ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
    expect(await refusalOf(ecr.send(new GetRepositoryPolicyCommand({ repositoryName })))).toEqual(gone);
  });

  test.each<[string, Statement]>([
    ['no effect', { Effect: 'Perhaps' }],
    ['an action of another service', { Action: 's3:GetObject' }],
    ['no principal', { Principal: undefined }],
    ['a resource', { Resource: '*' }],
    ['both Action and NotAction', { NotAction: 'ecr:*' }],
    ['an invalid principal', { Principal: { AWS: '1234' } }],
    ['an unknown operator', { Condition: { StringRhymes: { 'aws:PrincipalAccount': '1' } } }],
  ])('with %s is rejected', async (_, statement) => {
    expect(await refusalOf(set(statement))).toEqual({
      name: 'InvalidParameterException',
      message:
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    });
  });
});
