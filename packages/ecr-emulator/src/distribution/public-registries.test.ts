import {
  BatchCheckLayerAvailabilityCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeImageTagsCommand,
  DescribeRegistriesCommand,
  DescribeRepositoriesCommand,
  ECRPUBLICClient,
  GetAuthorizationTokenCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr-public';
import { GetAuthorizationTokenCommand as GetPrivateTokenCommand } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, publicClient, start, stsClient, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { descriptorOf, imageOf, push, registryClient, type RegistryClient } from '../harness/registry.ts';

let emulator: Emulator;
let alias: string;

beforeEach(async () => {
  emulator = await start();
  alias = emulator.ecrPublic.aliases[ours] ?? '';
  for (const account of [ours, theirs])
    await publicClient(emulator, { account }).send(new CreateRepositoryCommand({ repositoryName: 'app' }));
});

const image = imageOf('image');

/** Returns the authorization token of an account, base64 of `AWS:password`. */
async function login(account = ours): Promise<string> {
  const { authorizationData } = await publicClient(emulator, { account }).send(
    new GetAuthorizationTokenCommand(),
  );
  return authorizationData?.authorizationToken ?? '';
}

function ask(path: string, authorization?: string): Promise<Response> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  return fetch(new URL(path, emulator.ecrPublic.url), { headers, redirect: 'manual' });
}

/** Gets a bearer token with or without credentials. */
async function tokenFor(credentials?: string): Promise<string> {
  const basic = credentials === undefined ? undefined : `Basic ${credentials}`;
  const answer = await ask('/token/?service=public.ecr.aws&scope=aws', basic);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { token: string }).token;
}

function clientWith(token: string): RegistryClient {
  const authorization = `Bearer ${token}`;
  return {
    url: emulator.ecrPublic.url,
    authorization,
    fetch: (path, init = {}) =>
      fetch(new URL(path, emulator.ecrPublic.url), {
        redirect: 'manual',
        ...init,
        headers: { authorization, ...(init.headers as Record<string, string> | undefined) },
      }),
  };
}

async function refused(response: Response): Promise<[number, string]> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return [response.status, errors[0]?.code ?? ''];
}

describe('the registry API of ECR Public', () => {
  test('requires a token, with a challenge that names the token service', async () => {
    const answer = await ask('/v2/');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="${emulator.ecrPublic.url}/token/",service="public.ecr.aws",scope="aws"`,
    ]);
    expect((await ask('/v2/', `Bearer ${await tokenFor(await login())}`)).status).toBe(200);
  });

  test('rejects Basic credentials', async () => {
    expect(await refused(await ask('/v2/', `Basic ${await login()}`))).toEqual([400, 'DENIED']);
  });

  test('allows pulls with an anonymous token, and pushes only with credentials', async () => {
    await push(clientWith(await tokenFor(await login())), `${alias}/app`, 'v1', image);
    const anonymous = clientWith(await tokenFor());
    const pulled = await anonymous.fetch(`/v2/${alias}/app/manifests/v1`);
    expect([pulled.status, await pulled.text()]).toEqual([200, image.manifest]);
    expect(await (await anonymous.fetch(`/v2/${alias}/app/tags/list`)).json()).toMatchObject({
      tags: ['v1'],
    });
    const [layer = Buffer.of()] = image.blobs;
    const redirect = await anonymous.fetch(`/v2/${alias}/app/blobs/${digestOf(layer)}`);
    expect(await (await fetch(redirect.headers.get('location') ?? '')).text()).toBe(layer.toString());
    const upload = await anonymous.fetch(`/v2/${alias}/app/blobs/uploads/`, { method: 'POST' });
    expect(await refused(upload)).toEqual([403, 'DENIED']);
  });

  test('allows every tag to move', async () => {
    const client = clientWith(await tokenFor(await login()));
    await push(client, `${alias}/app`, 'v1', image);
    await push(client, `${alias}/app`, 'v1', imageOf('another'));
    await push(client, `${alias}/app`, 'v1', image);
    expect((await client.fetch(`/v2/${alias}/app/manifests/v1`)).headers.get('docker-content-digest')).toBe(
      image.digest,
    );
  });

  test('lists referrers of an image', async () => {
    const client = clientWith(await tokenFor(await login()));
    await push(client, `${alias}/app`, 'v1', image);
    const subject = descriptorOf(Buffer.from(image.manifest), image.mediaType);
    const referrer = imageOf('sbom', { subject, artifactType: 'application/spdx+json' });
    await push(client, `${alias}/app`, referrer.digest, referrer);
    const listed = await (await client.fetch(`/v2/${alias}/app/referrers/${image.digest}`)).json();
    expect(listed).toMatchObject({ manifests: [{ digest: referrer.digest }] });
  });

  test('does not mount layers', async () => {
    const client = clientWith(await tokenFor(await login()));
    await publicClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'other' }));
    await push(client, `${alias}/app`, 'v1', image);
    const mount = `mount=${digestOf(image.blobs[0] ?? '')}&from=${alias}/app`;
    const answer = await client.fetch(`/v2/${alias}/other/blobs/uploads/?${mount}`, { method: 'POST' });
    expect(answer.status).toBe(202);
  });

  test.each(['gunknown/app', `${ours}/app`, 'ALIAS/none'])('answers NAME_UNKNOWN for %s', async (name) => {
    const path = `/v2/${name.replace('ALIAS', alias)}/manifests/v1`;
    expect(await refused(await clientWith(await tokenFor()).fetch(path))).toEqual([404, 'NAME_UNKNOWN']);
  });

  test('allows another account to push by a repository policy', async () => {
    const token = await tokenFor(await login(theirs));
    await expect(push(clientWith(token), `${alias}/app`, 'v1', image)).rejects.toThrow(/403/);
    const statement = { Effect: 'Allow', Principal: { AWS: theirs }, Action: 'ecr-public:*' };
    const policyText = JSON.stringify({ Statement: [statement] });
    await publicClient(emulator).send(new SetRepositoryPolicyCommand({ repositoryName: 'app', policyText }));
    await push(clientWith(token), `${alias}/app`, 'v1', image);
  });
});

describe('tokens', () => {
  test('of private registries are rejected by the token service and the registry', async () => {
    const { authorizationData } = await ecrClient(emulator).send(new GetPrivateTokenCommand());
    const token = authorizationData?.[0]?.authorizationToken ?? '';
    expect(await refused(await ask('/token/', `Basic ${token}`))).toEqual([400, 'DENIED']);
    expect(await refused(await ask('/v2/', `Bearer ${token}`))).toEqual([400, 'DENIED']);
  });

  test('of public registries are rejected by private ones', async () => {
    const { fetch: ask } = await registryClient(emulator);
    const answer = await ask('/v2/', { headers: { authorization: `Basic ${await login()}` } });
    expect(await refused(answer)).toEqual([400, 'DENIED']);
  });

  test('expire', async () => {
    const token = await tokenFor(await login());
    emulator.advance(13 * 60 * 60 * 1000);
    expect(await refused(await ask('/v2/', `Bearer ${token}`))).toEqual([403, 'DENIED']);
  });
});

describe('the AWS API of ECR Public', () => {
  test('is available in one region only', async () => {
    const elsewhere = publicClient(emulator, { region: 'eu-west-1' });
    expect(await refusalOf(elsewhere.send(new DescribeRegistriesCommand()))).toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  test('is available with private registries in another region', async () => {
    const european = await start({ regions: ['eu-west-1'] });
    const { registries } = await publicClient(european).send(new DescribeRegistriesCommand());
    expect(registries).toMatchObject([
      { registryId: ours, registryUri: `public.ecr.aws/${alias}`, aliases: [{ name: alias }] },
    ]);
  });

  test('describes repositories and images with their public names', async () => {
    await push(clientWith(await tokenFor(await login())), `${alias}/app`, 'v1', image);
    const { repositories } = await publicClient(emulator).send(new DescribeRepositoriesCommand());
    expect(repositories).toMatchObject([
      {
        repositoryUri: `public.ecr.aws/${alias}/app`,
        repositoryArn: `arn:aws:ecr-public::${ours}:repository/app`,
      },
    ]);
    const repositoryName = 'app';
    const { imageDetails } = await publicClient(emulator).send(new DescribeImagesCommand({ repositoryName }));
    expect(imageDetails).toMatchObject([{ imageDigest: image.digest, imageTags: ['v1'] }]);
    const { imageTagDetails } = await publicClient(emulator).send(
      new DescribeImageTagsCommand({ repositoryName }),
    );
    expect(imageTagDetails).toMatchObject([{ imageTag: 'v1', imageDetail: { imageDigest: image.digest } }]);
  });

  test('finds a registry by its alias, and rejects an unknown one', async () => {
    const check = (registryId: string) =>
      publicClient(emulator).send(
        new BatchCheckLayerAvailabilityCommand({
          registryId,
          repositoryName: 'app',
          layerDigests: [image.digest],
        }),
      );
    expect((await check(alias)).layers).toMatchObject([{ layerAvailability: 'UNAVAILABLE' }]);
    expect(await refusalOf(check('gunknown'))).toMatchObject({ name: 'RegistryNotFoundException' });
  });

  test.each(['BatchGetImage', 'PutImageTagMutability', 'StartImageScan', 'PutLifecyclePolicy'])(
    'does not support %s',
    async (operation) => {
      const { credential, ...headers } = signed();
      const answer = await fetch(emulator.api, {
        method: 'POST',
        headers: {
          ...headers,
          authorization: credential,
          'x-amz-target': `SpencerFrontendService.${operation}`,
        },
        body: '{"repositoryName":"app"}',
      });
      expect(await answer.json()).toMatchObject({ __type: 'UnknownOperationException' });
    },
  );

  test('moves a tag with PutImage', async () => {
    await push(clientWith(await tokenFor(await login())), `${alias}/app`, 'v1', image);
    const other = imageOf('another');
    await push(clientWith(await tokenFor(await login())), `${alias}/app`, 'v2', other);
    const put = (imageTag: string) =>
      publicClient(emulator).send(
        new PutImageCommand({
          repositoryName: 'app',
          imageManifest: other.manifest,
          imageManifestMediaType: other.mediaType,
          imageTag,
        }),
      );
    expect((await put('v1')).image?.imageId).toMatchObject({ imageDigest: other.digest, imageTag: 'v1' });
    expect(await refusalOf(put('v1'))).toMatchObject({ name: 'ImageAlreadyExistsException' });
  });

  test('limits uploads to ten per second', async () => {
    const limited = publicClient(await start({ quotas: true, clock: () => Date.UTC(2026, 0, 31) }));
    const repositoryName = 'app';
    await limited.send(new CreateRepositoryCommand({ repositoryName }));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, () => limited.send(new InitiateLayerUploadCommand({ repositoryName }))),
    );
    const refusals = outcomes.flatMap((one) =>
      one.status === 'rejected' ? [(one.reason as Error).name] : [],
    );
    expect(refusals).toEqual(['ThrottlingException', 'ThrottlingException']);
  });
});

/** Returns an Authorization header that the emulator accepts. */
function signed(): { credential: string } {
  const scope = `${ours}/20260131/us-east-1/ecr-public/aws4_request`;
  return {
    credential: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  };
}

describe('a role', () => {
  const arn = `arn:aws:iam::${ours}:role/deploy`;
  const repository = `arn:aws:ecr-public::${ours}:repository/app`;

  async function as(...statements: object[]): Promise<ECRPUBLICClient> {
    const Statement = statements.map((one) => ({ Effect: 'Allow', ...one }));
    emulator.addRoles({ [arn]: { policy: { Version: '2012-10-17', Statement } } });
    const { Credentials } = await stsClient(emulator).send(
      new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'run-1' }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    };
    return new ECRPUBLICClient({
      endpoint: emulator.api,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials,
    });
  }

  test.each([
    ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'],
    ['sts:GetServiceBearerToken', 'ecr-public:GetAuthorizationToken'],
  ])('with %s cannot log in without %s', async (Action, lacks) => {
    const client = await as({ Action, Resource: '*' });
    expect(await refusalOf(client.send(new GetAuthorizationTokenCommand()))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`perform: ${lacks} on resource: *`) as unknown,
    });
  });

  test('with both can log in, and pushes with the permissions to push', async () => {
    const logIn = {
      Action: ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'],
      Resource: '*',
    };
    const tryToPush = async (...statements: object[]): Promise<void> => {
      const client = await as(logIn, ...statements);
      const { authorizationData } = await client.send(new GetAuthorizationTokenCommand());
      const token = await tokenFor(authorizationData?.authorizationToken);
      await push(clientWith(token), `${alias}/app`, 'v1', image);
    };
    await expect(tryToPush()).rejects.toThrow(/403/);
    await expect(tryToPush({ Action: 'ecr:*', Resource: '*' })).rejects.toThrow(/403/);
    await tryToPush({ Action: 'ecr-public:*', Resource: repository });
  });
});
