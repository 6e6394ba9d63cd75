import { describe, expect, test } from '@jest/globals';
import { scenario, type Scenario } from '@towpath/testing';
import { Aws, type EcrRegistry } from './aws.ts';
import { createRepository, describeRepositories } from './repository.ts';

const settings = {
  mutability: 'IMMUTABLE',
  exclusions: [],
  scanOnPush: true,
  encryption: { type: 'AES256' },
} as const;

/** Returns the shared account's registry, with the credentials of an account. */
function registryOf({ shared, emulator }: Scenario, as = shared): EcrRegistry {
  return new Aws({ env: { ...as.credentials, AWS_ENDPOINT_URL: emulator.api } }).registry({
    kind: 'private',
    account: shared.id,
    region: 'us-east-1',
    host: shared.host,
  });
}

describe('describeRepositories', () => {
  test('describes several repositories in one call', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('team/a');
    await scene.shared.createRepository('team/b', 'MUTABLE');
    scene.emulator.clearRequests();
    const found = await describeRepositories(registryOf(scene), ['team/a', 'team/b', 'team/a']);
    expect([...found.values()].map(({ name, mutability }) => [name, mutability]).sort()).toEqual([
      ['team/a', 'IMMUTABLE'],
      ['team/b', 'MUTABLE'],
    ]);
    expect(scene.emulator.requests).toHaveLength(1);
  });

  test('returns only existing repositories', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('team/a');
    const found = await describeRepositories(registryOf(scene), ['team/a', 'team/b', 'team/c']);
    expect([...found.keys()]).toEqual(['team/a']);
  });

  test('asks again once without the repository that ECR names as missing', async () => {
    const scene = await scenario();
    for (const name of ['team/a', 'team/b', 'team/ab']) await scene.shared.createRepository(name);
    scene.emulator.clearRequests();
    const names = ['team/towpath', 'team/a', 'team/b', 'team/ab'];
    const found = await describeRepositories(registryOf(scene), names);
    expect([...found.keys()].sort()).toEqual(['team/a', 'team/ab', 'team/b']);
    expect(scene.emulator.requests).toHaveLength(2);
  });

  test('fails if access is denied, and does not report a missing repository', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('team/a');
    const registry = registryOf(scene, scene.prod);
    await expect(describeRepositories(registry, ['team/a'])).rejects.toMatchObject({ code: 'access-denied' });
  });
});

describe('createRepository', () => {
  test('creates a repository with the given settings', async () => {
    const scene = await scenario();
    await createRepository(registryOf(scene), {
      ...settings,
      name: 'team/a',
      mutability: 'IMMUTABLE_WITH_EXCLUSION',
      exclusions: ['latest', 'pr-*'],
      encryption: { type: 'KMS', key: 'alias/images' },
    });
    expect(await scene.shared.repository('team/a')).toMatchObject({
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS' },
    });
  });

  test('succeeds if the repository was created concurrently', async () => {
    const scene = await scenario();
    const registry = registryOf(scene);
    const names = ['one', 'two'].map(() => createRepository(registry, { ...settings, name: 'team/a' }));
    await expect(Promise.all(names)).resolves.toEqual([undefined, undefined]);
  });

  test('fails if access is denied', async () => {
    const scene = await scenario();
    const registry = registryOf(scene, scene.prod);
    await expect(createRepository(registry, { ...settings, name: 'team/a' })).rejects.toMatchObject({
      code: 'access-denied',
    });
  });
});
