import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  PutImageCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, start } from '../harness/emulator.ts';
import { eventually } from '../harness/eventually.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, pushBlob, registryClient, type RegistryClient } from '../harness/registry.ts';

const image = imageOf('faulty');
const layer = digestOf('faulty');
let emulator: Emulator;
let ecr: ECRClient;
let registry: RegistryClient;

beforeEach(async () => {
  emulator = await start();
  ecr = ecrClient(emulator);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  registry = await registryClient(emulator);
  await push(registry, 'app', 'v1', image);
  emulator.clearRequests();
});

function manifest(): Promise<Response> {
  return registry.fetch('/v2/app/manifests/v1');
}

/** Pulls several times, one after the other, and returns the statuses. */
async function pulls(count: number): Promise<string> {
  const statuses: (number | string)[] = [];
  for (let n = 0; n < count; n++) {
    const status = await manifest().then(
      ({ status }) => status,
      () => 'broken',
    );
    statuses.push(status);
  }
  return statuses.join(' ');
}

describe('a fault', () => {
  test('affects the first matching request once', async () => {
    emulator.addFault({ kind: 'status', status: 503, operation: 'GET manifest' });
    expect((await registry.fetch('/v2/')).status).toBe(200);
    expect(await pulls(3)).toBe('503 200 200');
  });

  test('affects a number of requests from the n-th, or all further ones', async () => {
    emulator.addFault({ kind: 'status', status: 500, operation: 'GET manifest', nth: 2, times: 2 });
    expect(await pulls(5)).toBe('200 500 500 200 200');
    emulator.clearFaults();
    emulator.addFault({ kind: 'status', status: 500, operation: 'GET *', nth: 2, times: 0 });
    expect(await pulls(4)).toBe('200 500 500 500');
  });

  test('affects only its plane and repository', async () => {
    emulator.addFault({ kind: 'status', status: 500, plane: 'api', times: 0 });
    emulator.addFault({ kind: 'status', status: 500, repository: 'other*', times: 0 });
    expect(await pulls(1)).toBe('200');
    emulator.addFault({ kind: 'status', status: 500, repository: 'a*', plane: 'registry', times: 0 });
    expect(await pulls(1)).toBe('500');
  });

  test('is set, returned and cleared over the admin API', async () => {
    const faults = (method: string, body?: unknown): Promise<Response> =>
      fetch(`${emulator.api}/_emulator/faults`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const fault = { kind: 'status', status: 429, retryAfter: 2, operation: 'GET manifest' };
    expect((await faults('POST', [fault])).status).toBe(204);
    const refused = await manifest();
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      429,
      '2',
      { errors: [{ code: 'TOOMANYREQUESTS', message: 'Rate exceeded' }] },
    ]);
    expect(await (await faults('GET')).json()).toEqual([{ ...fault, seen: 1 }]);
    await faults('DELETE');
    expect(await (await faults('GET')).json()).toEqual([]);
  });

  test.each([
    [{ kind: 'lightning' }, 'a fault must have a kind'],
    [{ kind: 'reset', status: 500 }, 'has no status'],
    [{ kind: 'status', status: 418 }, '429, 500 or 503'],
    [{ kind: 'status' }, '429, 500 or 503'],
    [{ kind: 'truncate' }, 'afterBytesOut'],
    [{ kind: 'slow', latencyMs: 'long' }, 'latencyMs must be a number'],
    ['reset', 'an object'],
  ])('is rejected if it is %j', async (body, reason) => {
    const response = await fetch(`${emulator.api}/_emulator/faults`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(reason)]);
  });
});

describe('a reset', () => {
  test('breaks the connection before the request is handled', async () => {
    emulator.addFault({ kind: 'reset', operation: 'GET manifest' });
    expect(await pulls(2)).toBe('broken 200');
    expect(emulator.requests[0]).toMatchObject({ operation: 'GET manifest', status: 0 });
  });

  test('within a request keeps the received bytes', async () => {
    emulator.addFault({ kind: 'reset', operation: 'PUT upload', afterBytesIn: 1000 });
    const started = await registry.fetch('/v2/app/blobs/uploads/', { method: 'POST' });
    const session = started.headers.get('location') ?? '';
    const bytes = Buffer.alloc(5000, 'x');
    const put = (): Promise<Response> =>
      registry.fetch(`${session}?digest=${digestOf(bytes)}`, { method: 'PUT', body: new Uint8Array(bytes) });
    await expect(put()).rejects.toThrow();
    const again = await put();
    expect([again.status, await again.text()]).toEqual([
      416,
      expect.stringContaining('First byte of the layer part is 0 instead of 1000'),
    ]);
  });

  test('before the answer keeps the effect of the request', async () => {
    emulator.addFault({ kind: 'reset', operation: 'ecr:PutImage', afterBytesOut: 0 });
    const put = new PutImageCommand({
      repositoryName: 'app',
      imageManifest: image.manifest,
      imageManifestMediaType: image.mediaType,
      imageTag: 'v2',
    });
    await expect(ecr.send(put)).rejects.toThrow();
    expect(await refusalOf(ecr.send(put))).toMatchObject({ name: 'ImageAlreadyExistsException' });
  });

  test('within the answer breaks the connection', async () => {
    emulator.addFault({ kind: 'reset', operation: 'GET manifest', afterBytesOut: 10 });
    const response = await manifest();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });
});

test('a truncated answer ends before its announced length', async () => {
  emulator.addFault({ kind: 'truncate', plane: 'blobs', afterBytesOut: 3 });
  const { headers } = await registry.fetch(`/v2/app/blobs/${layer}`);
  const location = headers.get('location') ?? '';
  const response = await fetch(location);
  expect(response.headers.get('content-length')).toBe('6');
  await expect(response.bytes()).rejects.toThrow();
  expect(await (await fetch(location)).text()).toBe('faulty');
});

test('a corrupted answer has the same length and another digest', async () => {
  emulator.addFault({ kind: 'corrupt', operation: 'GET manifest', at: 5 });
  const text = await (await manifest()).text();
  expect(text).toHaveLength(image.manifest.length);
  expect(text).not.toBe(image.manifest);
  expect(await (await manifest()).text()).toBe(image.manifest);
});

describe('a stall', () => {
  test('delays the answer', async () => {
    emulator.addFault({ kind: 'stall', operation: 'GET manifest', forMs: 120 });
    const before = performance.now();
    expect((await manifest()).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(110);
  });

  test('without a duration ends with the client or the emulator', async () => {
    emulator.addFault({ kind: 'stall', operation: 'GET manifest', afterBytesOut: 5 });
    emulator.addFault({ kind: 'stall', operation: 'GET tags' });
    const response = await registry.fetch('/v2/app/manifests/v1', { signal: AbortSignal.timeout(100) });
    await expect(response.text()).rejects.toThrow('aborted');
    const waiting = registry.fetch('/v2/app/tags/list').catch((error: unknown) => error);
    await eventually(() => emulator.requests.some(({ operation }) => operation === 'GET tags'));
    await emulator.close();
    expect(await waiting).toMatchObject({ name: 'TypeError' });
  });
});

test('slow limits the bandwidth in both directions', async () => {
  const bytes = Buffer.alloc(2000, 'x');
  emulator.addFault({ kind: 'slow', operation: 'PUT upload', bytesPerSecond: 10_000 });
  emulator.addFault({ kind: 'slow', plane: 'blobs', bytesPerSecond: 10_000, latencyMs: 50 });
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const before = performance.now();
    await work();
    return performance.now() - before;
  };
  expect(await timed(() => pushBlob(registry, 'app', bytes))).toBeGreaterThan(180);
  const { headers } = await registry.fetch(`/v2/app/blobs/${digestOf(bytes)}`);
  const download = async (): Promise<Uint8Array> => (await fetch(headers.get('location') ?? '')).bytes();
  expect(await timed(download)).toBeGreaterThan(190);
});

describe('the API', () => {
  test.each([
    [{ kind: 'status', status: 500 } as const, 'ServerException', 500],
    [{ kind: 'status', status: 503 } as const, 'ServiceUnavailableException', 503],
    [{ kind: 'status', status: 429 } as const, 'ThrottlingException', 400],
    [{ kind: 'expired-token' } as const, 'ExpiredTokenException', 400],
    [{ kind: 'exception', exception: 'KmsException', message: 'no key' } as const, 'KmsException', 400],
  ])('fails with %j as AWS does: %s', async (fault, name, status) => {
    emulator.addFault({ ...fault, operation: 'ecr:DescribeRepositories' });
    const error = await ecr.send(new DescribeRepositoriesCommand()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, $metadata: { httpStatusCode: status } });
    await ecr.send(new DescribeRepositoriesCommand());
  });

  test('is retried by the SDK until the fault is over', async () => {
    emulator.addFault({ kind: 'status', status: 503, operation: 'ecr:DescribeRepositories', times: 2 });
    const retrying = ecrClient(emulator, {}, 3);
    expect((await retrying.send(new DescribeRepositoriesCommand())).repositories).toHaveLength(1);
  });
});

test('expired-token affects the registry too', async () => {
  emulator.addFault({ kind: 'expired-token', operation: 'GET manifest' });
  const response = await manifest();
  expect([response.status, await response.text()]).toEqual([
    403,
    expect.stringContaining('Your authorization token has expired'),
  ]);
});

describe('quotas', () => {
  test('limit requests per second of an account in the registry, if enabled', async () => {
    const limited = await start({ quotas: { 'ecr:BatchGetImage': 2 }, clock: () => 1_795_000_000_000 });
    const client = await registryClient(limited);
    await ecrClient(limited).send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    await push(client, 'app', 'v1', image);
    const statuses = async (count: number): Promise<number[]> => {
      const responses = Array.from({ length: count }, () => client.fetch('/v2/app/manifests/v1'));
      return (await Promise.all(responses)).map(({ status }) => status).sort();
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    limited.advance(500);
    expect(await statuses(2)).toEqual([200, 429]);
    limited.advance(60_000);
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  test('limit requests to the API with ThrottlingException', async () => {
    const limited = ecrClient(await start({ quotas: true, clock: () => 1_795_000_000_000 }));
    const calls = Array.from({ length: 501 }, () => limited.send(new GetAuthorizationTokenCommand()));
    const names = (await Promise.allSettled(calls)).map((call) =>
      call.status === 'rejected' ? (call.reason as Error).name : 'fulfilled',
    );
    expect(names.filter((name) => name === 'ThrottlingException')).toHaveLength(1);
  });
});
