import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import type { Emulator } from '../emulator.ts';
import { ecrClient, start } from '../harness/emulator.ts';
import { eventually } from '../harness/eventually.ts';
import { registryClient, type RegistryClient } from '../harness/registry.ts';

const mebibyte = 1024 * 1024;
const first = Buffer.alloc(5 * mebibyte, 1);
const second = Buffer.alloc(5 * mebibyte + 1, 2);
const last = Buffer.alloc(3, 3);

let emulator: Emulator;
let registry: RegistryClient;
let session: string;

beforeEach(async () => {
  emulator = await start();
  await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  registry = await registryClient(emulator);
  const started = await registry.fetch('/v2/app/blobs/uploads/', { method: 'POST' });
  session = started.headers.get('location') ?? '';
});

function part(method: 'PATCH' | 'PUT', from: number, bytes: Buffer, query = ''): Promise<Response> {
  return registry.fetch(session + query, {
    method,
    headers: {
      'content-type': 'application/octet-stream',
      'content-range': `${from}-${from + bytes.length - 1}`,
    },
    body: new Uint8Array(bytes),
  });
}

describe('an upload in parts', () => {
  test('is assembled, with ECR’s status and Range', async () => {
    const one = await part('PATCH', 0, first);
    const two = await part('PATCH', first.length, second);
    expect([one.status, one.headers.get('range')]).toEqual([201, `0-${first.length - 1}`]);
    expect([two.status, two.headers.get('range')]).toEqual([201, `0-${first.length - 1}`]);
    const digest = digestOf(Buffer.concat([first, second, last]));
    const done = await part('PUT', first.length + second.length, last, `?digest=${digest}`);
    expect(done.status).toBe(201);
    const head = await registry.fetch(`/v2/app/blobs/${digest}`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(first.length + second.length + last.length));
  });

  test('cannot start again in the same session', async () => {
    await part('PATCH', 0, first);
    const again = await part('PATCH', 0, first);
    expect([again.status, await again.json()]).toEqual([
      416,
      {
        errors: [
          {
            code: 'BLOB_UPLOAD_INVALID',
            message: `First byte of the layer part is 0 instead of ${first.length}`,
          },
        ],
      },
    ]);
  });

  test('is rejected at its end if a part before the last is too small', async () => {
    await part('PATCH', 0, last);
    const done = await part('PUT', last.length, last, `?digest=${digestOf(Buffer.concat([last, last]))}`);
    expect([done.status, await done.text()]).toEqual([
      400,
      expect.stringContaining('All layer parts except the last part should be at least 5MB'),
    ]);
  });

  test('continues at its end with a PATCH without Content-Range', async () => {
    const patch = (bytes: Buffer): Promise<Response> =>
      registry.fetch(session, { method: 'PATCH', body: new Uint8Array(bytes) });
    await patch(first);
    expect((await patch(last)).status).toBe(201);
    const digest = digestOf(Buffer.concat([first, last]));
    expect((await registry.fetch(`${session}?digest=${digest}`, { method: 'PUT' })).status).toBe(201);
  });

  test('accepts one streamed PATCH and an empty PUT, as docker sends', async () => {
    const streamed = await registry.fetch(session, { method: 'PATCH', body: new Uint8Array(last) });
    expect(streamed.status).toBe(201);
    const done = await registry.fetch(`${session}?digest=${digestOf(last)}`, { method: 'PUT' });
    expect(done.status).toBe(201);
  });
});

test('keeps bytes received before a connection broke, so that the session cannot start again', async () => {
  const { hostname, port, pathname } = new URL(session);
  const socket = connect(Number(port), hostname);
  socket.write(
    `PUT ${pathname}?digest=${digestOf(first)} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: ${registry.authorization}\r\nContent-Length: ${first.length}\r\n\r\n`,
  );
  socket.write(first.subarray(0, mebibyte));
  await eventually(() => emulator.requests.at(-1)?.bytesIn === mebibyte);
  socket.destroy();

  const retried = await registry.fetch(`${session}?digest=${digestOf(first)}`, {
    method: 'PUT',
    body: new Uint8Array(first),
  });
  expect(retried.status).toBe(416);
  expect(await retried.text()).toContain(`First byte of the layer part is 0 instead of ${mebibyte}`);
});

test('an upload belongs to one repository', async () => {
  await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'other' }));
  const moved = session.replace('/v2/app/', '/v2/other/');
  const response = await registry.fetch(`${moved}?digest=${digestOf(last)}`, { method: 'PUT', body: 'x' });
  expect([response.status, await response.text()]).toEqual([
    404,
    expect.stringContaining('BLOB_UPLOAD_UNKNOWN'),
  ]);
});

test('rejects an empty layer', async () => {
  const response = await registry.fetch(`${session}?digest=${digestOf('')}`, { method: 'PUT' });
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining('does not contain any layer parts'),
  ]);
});
