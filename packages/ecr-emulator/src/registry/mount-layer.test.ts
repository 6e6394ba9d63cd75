import {
  CreateRepositoryCommand,
  PutAccountSettingCommand,
  SetRepositoryPolicyCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, start } from '../harness/emulator.ts';
import { imageOf, push, pushBlob, registryClient, type RegistryClient } from '../harness/registry.ts';

const layer = digestOf('mounted');
let emulator: Emulator;
let ecr: ECRClient;
let registry: RegistryClient;

beforeEach(async () => {
  emulator = await start();
  ecr = ecrClient(emulator);
  for (const repositoryName of ['source', 'target'])
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }));
  registry = await registryClient(emulator);
  await push(registry, 'source', 'v1', imageOf('mounted'));
});

async function mount(target = 'target', query = `mount=${layer}&from=source`): Promise<Response> {
  return registry.fetch(`/v2/${target}/blobs/uploads/?${query}`, { method: 'POST' });
}

describe('a layer', () => {
  test('is mounted from another repository without an upload', async () => {
    const response = await mount();
    expect([response.status, response.headers.get('location')]).toEqual([
      201,
      `${registry.url}/v2/target/blobs/${layer}`,
    ]);
    await push(registry, 'target', 'v1', imageOf('mounted'));
    const { headers } = await registry.fetch(`/v2/target/blobs/${layer}`);
    expect(await (await fetch(headers.get('location') ?? '')).text()).toBe('mounted');
  });

  test('is uploaded if BLOB_MOUNTING is disabled', async () => {
    await ecr.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'DISABLED' }));
    const response = await mount();
    expect(response.status).toBe(202);
    const session = response.headers.get('location') ?? '';
    const put = await registry.fetch(`${session}?digest=${layer}`, { method: 'PUT', body: 'mounted' });
    expect(put.status).toBe(201);
  });

  test('is uploaded if the repositories have different encryption', async () => {
    const encryptionConfiguration = { encryptionType: 'KMS' as const };
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'kms', encryptionConfiguration }));
    expect((await mount('kms')).status).toBe(202);
  });

  test('is uploaded if no image of the source contains it', async () => {
    await pushBlob(registry, 'source', Buffer.from('loose'));
    expect((await mount('target', `mount=${digestOf('loose')}&from=source`)).status).toBe(202);
  });

  test.each([`mount=${layer}`, `mount=${layer}&from=nowhere`, `mount=${digestOf('missing')}&from=source`])(
    'is uploaded if the query is %s',
    async (query) => {
      expect((await mount('target', query)).status).toBe(202);
    },
  );

  test('is uploaded if the caller may not read the source', async () => {
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'ecr:GetDownloadUrlForLayer' }];
    const policyText = JSON.stringify({ Statement });
    await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'source', policyText }));
    expect((await mount()).status).toBe(202);
  });
});
