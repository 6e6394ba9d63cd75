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

/** The shared account's registry, as one of the accounts sees it. */
function registryOf({ shared, emulator }: Scenario, as = shared): EcrRegistry {
  return new Aws({ env: { ...as.credentials, AWS_ENDPOINT_URL: emulator.api } }).registry({
    kind: 'private',
    account: shared.id,
    region: 'us-east-1',
    host: shared.host,
  });
}

describe('repositories', () => {
  test('are described in one call', async () => {
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

  test('of which some are missing are those that there are', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('team/a');
    const found = await describeRepositories(registryOf(scene), ['team/a', 'team/b', 'team/c']);
    expect([...found.keys()]).toEqual(['team/a']);
  });

  test('that may not be seen are not taken for missing', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('team/a');
    const registry = registryOf(scene, scene.prod);
    await expect(describeRepositories(registry, ['team/a'])).rejects.toMatchObject({ code: 'access-denied' });
  });
});

describe('a new repository', () => {
  test('is as it was asked for', async () => {
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

  test('that somebody else has created meanwhile is as good', async () => {
    const scene = await scenario();
    const registry = registryOf(scene);
    const names = ['one', 'two'].map(() => createRepository(registry, { ...settings, name: 'team/a' }));
    await expect(Promise.all(names)).resolves.toEqual([undefined, undefined]);
  });

  test('that may not be created is an error', async () => {
    const scene = await scenario();
    const registry = registryOf(scene, scene.prod);
    await expect(createRepository(registry, { ...settings, name: 'team/a' })).rejects.toMatchObject({
      code: 'access-denied',
    });
  });
});
