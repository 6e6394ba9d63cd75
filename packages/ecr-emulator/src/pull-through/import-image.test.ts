import {
  BatchGetImageCommand,
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  DeletePullThroughCacheRuleCommand,
  DescribePullThroughCacheRulesCommand,
  DescribeRepositoriesCommand,
  PutAccountSettingCommand,
  SetRepositoryPolicyCommand,
  ValidatePullThroughCacheRuleCommand,
  type CreatePullThroughCacheRuleRequest,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, indexOf, push, registryClient, type RegistryClient } from '../harness/registry.ts';

/** Another emulator as the upstream registry. */
let upstream: Emulator;
let origin: RegistryClient;
let emulator: Emulator;
let registry: RegistryClient;

const credentialArn = `arn:aws:secretsmanager:us-east-1:${ours}:secret:ecr-pullthroughcache/docker`;
const image = imageOf('busybox');
const day = 24 * 60 * 60 * 1000;

beforeEach(async () => {
  upstream = await start();
  await ecrClient(upstream).send(new CreateRepositoryCommand({ repositoryName: 'library/busybox' }));
  origin = await registryClient(upstream);
  await push(origin, 'library/busybox', '1', image);
  const token = Buffer.from(origin.authorization.slice('Basic '.length), 'base64').toString();
  const password = token.slice('AWS:'.length);
  const url = origin.url.replace('http://', `http://AWS:${encodeURIComponent(password)}@`);
  emulator = await start({ upstreams: { 'registry-1.docker.io': url } });
  registry = await registryClient(emulator);
});

function create(rule: Partial<CreatePullThroughCacheRuleRequest> = {}): Promise<unknown> {
  return ecrClient(emulator).send(
    new CreatePullThroughCacheRuleCommand({
      ecrRepositoryPrefix: 'docker-hub',
      upstreamRegistryUrl: 'registry-1.docker.io',
      credentialArn,
      ...rule,
    }),
  );
}

function pull(reference: string, name = 'docker-hub/library/busybox'): Promise<Response> {
  return registry.fetch(`/v2/${name}/manifests/${reference}`);
}

/** Returns the number of manifest requests to the upstream. */
function upstreamRequests(): number {
  return upstream.requests.filter(({ operation }) => operation === 'GET manifest').length;
}

describe('an image of a pull-through cache', () => {
  test('is imported at the first pull and then served from the cache', async () => {
    await create();
    upstream.clearRequests();
    expect(await (await pull('1')).text()).toBe(image.manifest);
    const { repositories } = await ecrClient(emulator).send(new DescribeRepositoriesCommand());
    expect(repositories?.map(({ repositoryName }) => repositoryName)).toEqual(['docker-hub/library/busybox']);
    const { headers } = await registry.fetch(`/v2/docker-hub/library/busybox/blobs/${digestOf('busybox')}`);
    expect(await (await fetch(headers.get('location') ?? '')).text()).toBe('busybox');
    await pull('1');
    await pull(image.digest);
    expect(upstreamRequests()).toBe(1);
  });

  test('is imported with every image of an index', async () => {
    const [one, two] = [imageOf('one'), imageOf('two')];
    for (const child of [one, two]) await push(origin, 'library/busybox', child.digest, child);
    await push(origin, 'library/busybox', 'multi', indexOf([one, two]));
    await create();
    expect((await pull('multi')).status).toBe(200);
    upstream.clearRequests();
    expect((await pull(two.digest)).status).toBe(200);
    expect(upstreamRequests()).toBe(0);
  });

  test('is checked again after a day, because its tag may have moved', async () => {
    await create();
    await pull('1');
    const moved = imageOf('moved');
    await push(origin, 'library/busybox', '1', moved);
    emulator.advance(day - 1000);
    registry = await registryClient(emulator);
    expect(await (await pull('1')).text()).toBe(image.manifest);
    emulator.advance(1000);
    expect(await (await pull('1')).text()).toBe(moved.manifest);
  });

  test('is served while the upstream is unavailable, but only if it is cached', async () => {
    await create();
    await pull('1');
    await upstream.close();
    emulator.advance(2 * day);
    registry = await registryClient(emulator);
    expect((await pull('1')).status).toBe(200);
    const missing = await pull('2');
    expect([missing.status, await missing.text()]).toEqual([
      404,
      expect.stringContaining('could not be read'),
    ]);
  });

  test('is imported once for concurrent pulls', async () => {
    await create();
    upstream.clearRequests();
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await pull('1')).status));
    expect(statuses).toEqual(Array(8).fill(200));
    expect(upstreamRequests()).toBe(1);
  });

  test('that is missing upstream is not found, and creates no repository', async () => {
    await create();
    expect(await (await pull('none')).text()).toContain('NAME_UNKNOWN');
    const { repositories } = await ecrClient(emulator).send(new DescribeRepositoriesCommand());
    expect(repositories).toEqual([]);
  });

  test('is imported by BatchGetImage too', async () => {
    await create();
    const { images } = await ecrClient(emulator).send(
      new BatchGetImageCommand({
        repositoryName: 'docker-hub/library/busybox',
        imageIds: [{ imageTag: '1' }],
      }),
    );
    expect(images?.[0]?.imageManifest).toBe(image.manifest);
  });

  test('is imported to a repository with the template of its namespace', async () => {
    await ecrClient(emulator).send(
      new CreateRepositoryCreationTemplateCommand({
        prefix: 'docker-hub',
        appliedFor: ['PULL_THROUGH_CACHE'],
        imageTagMutability: 'IMMUTABLE',
      }),
    );
    await create();
    await pull('1');
    await push(origin, 'library/busybox', '1', imageOf('moved'));
    emulator.advance(2 * day);
    registry = await registryClient(emulator);
    expect(await (await pull('1')).text()).toBe(image.manifest);
  });

  test('is not mounted to another repository', async () => {
    await create();
    await pull('1');
    const ecr = ecrClient(emulator);
    await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    const mount = await registry.fetch(
      `/v2/app/blobs/uploads/?mount=${digestOf('busybox')}&from=docker-hub/library/busybox`,
      { method: 'POST' },
    );
    expect(mount.status).toBe(202);
  });

  test('is imported for another account only by policy', async () => {
    await create();
    await pull('1');
    const foreign = await registryClient(emulator, { account: ours, as: theirs });
    const allow = (Action: string[]): Promise<unknown> =>
      ecrClient(emulator).send(
        new SetRepositoryPolicyCommand({
          repositoryName: 'docker-hub/library/busybox',
          policyText: JSON.stringify({
            Statement: [{ Effect: 'Allow', Principal: { AWS: theirs }, Action }],
          }),
        }),
      );
    await allow(['ecr:BatchGetImage']);
    const path = '/v2/docker-hub/library/busybox/manifests/2';
    await push(origin, 'library/busybox', '2', image);
    expect(await (await foreign.fetch(path)).text()).toContain('ecr:BatchImportUpstreamImage');
    await allow(['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage']);
    expect((await foreign.fetch(path)).status).toBe(200);
  });
});

describe('a pull-through cache rule', () => {
  test('can have a namespace of another registry of the emulator as upstream', async () => {
    const shared = ecrClient(emulator, { account: theirs });
    await shared.send(new CreateRepositoryCommand({ repositoryName: 'base/app' }));
    const policyText = JSON.stringify({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: ours },
          Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        },
      ],
    });
    await shared.send(new SetRepositoryPolicyCommand({ repositoryName: 'base/app', policyText }));
    await push(await registryClient(emulator, { account: theirs }), 'base/app', 'v1', image);
    await create({
      ecrRepositoryPrefix: 'shared',
      upstreamRegistryUrl: `${theirs}.dkr.ecr.us-east-1.amazonaws.com`,
      upstreamRepositoryPrefix: 'base',
      credentialArn: undefined,
    });
    expect(await (await pull('v1', 'shared/app')).text()).toBe(image.manifest);
  });

  test('is described, validated and deleted', async () => {
    await create();
    const ecr = ecrClient(emulator);
    const { pullThroughCacheRules } = await ecr.send(new DescribePullThroughCacheRulesCommand());
    expect(pullThroughCacheRules).toMatchObject([
      {
        ecrRepositoryPrefix: 'docker-hub',
        upstreamRegistryUrl: 'registry-1.docker.io',
        upstreamRegistry: 'docker-hub',
        registryId: ours,
      },
    ]);
    const validate = new ValidatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: 'docker-hub' });
    expect(await ecr.send(validate)).toMatchObject({ isValid: true });
    await upstream.close();
    expect(await ecr.send(validate)).toMatchObject({ isValid: false, failure: expect.any(String) });
    await ecr.send(new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix: 'docker-hub' }));
    expect(await refusalOf(ecr.send(validate))).toMatchObject({
      name: 'PullThroughCacheRuleNotFoundException',
    });
  });

  test.each<[string, Partial<CreatePullThroughCacheRuleRequest>, string]>([
    [
      'an unsupported upstream',
      { upstreamRegistryUrl: 'registry.example.com' },
      'UnsupportedUpstreamRegistryException',
    ],
    [
      'an upstream type that does not match the host',
      { upstreamRegistry: 'quay' },
      'UnsupportedUpstreamRegistryException',
    ],
    [
      'no credentials for an upstream that requires them',
      { credentialArn: undefined },
      'InvalidParameterException',
    ],
    [
      'a secret with an invalid name',
      { credentialArn: credentialArn.replace('ecr-', 'my-') },
      'InvalidParameterException',
    ],
  ])('is rejected with %s', async (_, rule, exception) => {
    expect(await refusalOf(create(rule))).toMatchObject({ name: exception });
  });

  test('cannot be created twice', async () => {
    await create();
    expect(await refusalOf(create())).toMatchObject({ name: 'PullThroughCacheRuleAlreadyExistsException' });
  });
});
