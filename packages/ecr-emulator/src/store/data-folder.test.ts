import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutRegistryScanningConfigurationCommand,
  GetRegistryScanningConfigurationCommand,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { describe, expect, jest, test } from '@jest/globals';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ecrClient, ours, start } from '../harness/emulator.ts';
import { startProcess, type EmulatorProcess } from '../harness/process.ts';
import {
  imageOf,
  push,
  pushBlob,
  registryClient,
  type RegistryClient,
  rawClient,
} from '../harness/registry.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { FolderInUse } from './lock.ts';

// Processes start slowly on a busy machine.
jest.setTimeout(60_000);

describe('the data of an emulator', () => {
  test('survives a restart: images, tags, settings, and issued tokens', async () => {
    const data = await temporaryFolder();
    const image = imageOf('kept');
    const before = await start({ data });
    await ecrClient(before).send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    await ecrClient(before).send(
      new PutRegistryScanningConfigurationCommand({ scanType: 'ENHANCED', rules: [] }),
    );
    const { authorization, ...registry } = await registryClient(before);
    await push({ authorization, ...registry }, 'team/app', 'v1', image);
    const described = await ecrClient(before).send(new DescribeImagesCommand({ repositoryName: 'team/app' }));
    await before.close();

    const after = await start({ data });
    const { imageDetails } = await ecrClient(after).send(
      new DescribeImagesCommand({ repositoryName: 'team/app' }),
    );
    expect(imageDetails).toEqual(described.imageDetails);
    const { scanningConfiguration } = await ecrClient(after).send(
      new GetRegistryScanningConfigurationCommand(),
    );
    expect(scanningConfiguration?.scanType).toBe('ENHANCED');
    const url = after.registryUrl(ours, 'us-east-1');
    const manifest = await fetch(`${url}/v2/team/app/manifests/v1`, { headers: { authorization } });
    expect(await manifest.text()).toBe(image.manifest);
    const layer = await fetch(`${url}/v2/team/app/blobs/${digestOf('kept')}`, { headers: { authorization } });
    expect(await layer.text()).toBe('kept');
  });

  test('can be the start of a second emulator, which changes only its own copy', async () => {
    const first = await start();
    await ecrClient(first).send(new CreateRepositoryCommand({ repositoryName: 'tmp' }));
    const second = await start({ copyOf: first.data });
    await ecrClient(second).send(new CreateRepositoryCommand({ repositoryName: 'added' }));
    const namesOf = async (emulator: typeof first) => {
      const { repositories = [] } = await ecrClient(emulator).send(new DescribeRepositoriesCommand());
      return repositories.map(({ repositoryName }) => repositoryName).sort();
    };
    expect(await namesOf(first)).toEqual(['tmp']);
    expect(await namesOf(second)).toEqual(['added', 'tmp']);
  });

  test('contains nothing of a deleted repository or of an interrupted creation', async () => {
    const data = await temporaryFolder();
    const before = await start({ data });
    await ecrClient(before).send(new CreateRepositoryCommand({ repositoryName: 'gone' }));
    await ecrClient(before).send(new DeleteRepositoryCommand({ repositoryName: 'gone' }));
    await before.close();
    const repositories = join(data, 'registries', ours, 'us-east-1', 'repositories');
    expect(await readdir(repositories)).toEqual([]);
    await mkdir(join(repositories, 'half', 'layers'), { recursive: true });
    await writeFile(join(data, 'tmp', 'half a layer'), 'half');

    const after = await start({ data });
    expect((await ecrClient(after).send(new DescribeRepositoriesCommand())).repositories).toEqual([]);
    expect(await readdir(repositories)).toEqual([]);
    expect(await readdir(join(data, 'tmp'))).toEqual([]);
  });
});

describe('a data folder', () => {
  test('is used by one emulator at a time', async () => {
    const data = await temporaryFolder();
    const first = await start({ data });
    await expect(start({ data })).rejects.toThrow(FolderInUse);
    await first.close();
    await start({ data });
  });

  test('is locked for a second process, with a message of one sentence', async () => {
    const data = await temporaryFolder();
    const first = await startProcess('--data', data);
    const second = await startProcess('--data', data);
    expect(await second.end('SIGTERM')).toBe(1);
    expect(second.stderr()).toBe(`${data} is in use by process ${first.child.pid ?? ''}\n`);
  });

  test('of a killed process is locked by exactly one of several new processes', async () => {
    const data = await temporaryFolder();
    for (let round = 0; round < 3; round++) {
      const contenders = await Promise.all([1, 2, 3].map(() => startProcess('--data', data)));
      const winners = contenders.filter(({ ready }) => ready !== undefined);
      expect(winners).toHaveLength(1);
      await Promise.all(winners.map((winner) => winner.end('SIGKILL')));
    }
  });

  test('is unlocked if another process has the process id of its lock', async () => {
    const data = await temporaryFolder();
    await writeFile(join(data, 'lock-7'), JSON.stringify({ pid: process.pid, started: 'another start' }));
    await start({ data });
  });
});

describe('kill -9 while images are pushed', () => {
  test('loses no acknowledged image and leaves no incomplete one', async () => {
    const data = await temporaryFolder();
    const acknowledged = { layers: new Set<string>(), tags: new Map<string, string>() };
    for (const delay of [5, 20, 45, 90, 150]) {
      const emulator = await startProcess('--data', data);
      const registry = await clientOf(emulator);
      const ended = new AbortController();
      const pushing = pushUntilItFails(registry, `${delay}`, acknowledged).finally(() => {
        ended.abort();
      });
      await new Promise((resolve) => setTimeout(resolve, delay));
      // At least the last round acknowledges an image, also on a busy machine.
      while (!ended.signal.aborted && delay === 150 && acknowledged.tags.size === 0)
        await new Promise((resolve) => setTimeout(resolve, 5));
      await emulator.end('SIGKILL');
      await pushing;
    }
    expect(acknowledged.tags.size).toBeGreaterThan(0);

    const registry = await clientOf(await startProcess('--data', data));
    const { tags } = (await (await registry.fetch('/v2/app/tags/list')).json()) as { tags: string[] };
    expect(tags).toEqual(expect.arrayContaining([...acknowledged.tags.keys()]));
    for (const tag of tags) {
      const response = await registry.fetch(`/v2/app/manifests/${tag}`);
      const manifest = await response.text();
      expect(digestOf(manifest)).toBe(response.headers.get('docker-content-digest'));
      expect(acknowledged.tags.get(tag) ?? manifest).toBe(manifest);
      for (const { digest } of (JSON.parse(manifest) as { layers: { digest: string }[] }).layers) {
        acknowledged.layers.add(digest);
      }
    }
    for (const digest of acknowledged.layers) {
      const { headers } = await registry.fetch(`/v2/app/blobs/${digest}`);
      const bytes = await (await fetch(headers.get('location') ?? '')).bytes();
      expect(digestOf(bytes)).toBe(digest);
    }
  });
});

async function clientOf({ ready }: EmulatorProcess): Promise<RegistryClient> {
  if (ready === undefined) throw new Error('the emulator did not start');
  const ecr = new ECRClient({
    endpoint: ready.api,
    region: 'us-east-1',
    credentials: { accessKeyId: ours, secretAccessKey: 'not checked' },
  });
  const { repositories } = await ecr.send(new DescribeRepositoriesCommand());
  if (repositories?.length === 0) await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
  return rawClient(
    ready.registries[0]?.url ?? '',
    `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}`,
  );
}

/** Pushes images until a push fails, and records the acknowledged ones. */
async function pushUntilItFails(
  registry: RegistryClient,
  name: string,
  { layers, tags }: { layers: Set<string>; tags: Map<string, string> },
): Promise<void> {
  for (let count = 0; ; count++) {
    const tag = `${name}-${count}`;
    const image = imageOf(tag.repeat(20_000));
    try {
      for (const blob of image.blobs) {
        if ((await pushBlob(registry, 'app', blob)).status !== 201) throw new Error('not acknowledged');
        layers.add(digestOf(blob));
      }
      const { status } = await registry.fetch(`/v2/app/manifests/${tag}`, {
        method: 'PUT',
        headers: { 'content-type': image.mediaType },
        body: image.manifest,
      });
      if (status === 201) tags.set(tag, image.manifest);
    } catch {
      // The process was killed. The unacknowledged image may exist or not.
      return;
    }
  }
}
