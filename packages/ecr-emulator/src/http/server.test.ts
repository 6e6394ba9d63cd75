import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { ecrClient, start } from '../harness/emulator.ts';
import { registryClient } from '../harness/registry.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

/** Sends a raw request and returns the status line of the answer. */
async function ask(url: string, request: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(request);
  return (await text(socket)).split('\r\n')[0];
}

test.each([
  ['an invalid host', 'GET /v2/ HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
  [
    'a path that cannot be decoded',
    'GET /v2/%zz/manifests/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  ],
  ['an invalid path', 'GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ['an address as its path', 'GET http://elsewhere/v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
])('answers a request with %s with a client error', async (_, request) => {
  const emulator = await start();
  const { url } = await registryClient(emulator);
  expect(await ask(url, request)).toMatch(/^HTTP\/1\.1 40[0-9] /);
  expect(await ask(emulator.api, request)).toMatch(/^HTTP\/1\.1 40[0-9] /);
  expect(emulator.requests.length).toBeGreaterThan(0);
});

test('reads a body that is too long to its end, so that the client gets the answer', async () => {
  const emulator = await start();
  await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  const registry = await registryClient(emulator);
  const response = await registry.fetch('/v2/app/manifests/v1', {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    body: ' '.repeat(20 * 1024 * 1024),
  });
  expect(response.status).toBe(405);
  expect(await response.text()).toContain('must have length less than or equal to 4194304');
});

test('unlocks the data folder if its port is in use', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const data = await temporaryFolder();
  await expect(start({ data, port: port - 1 })).rejects.toThrow('EADDRINUSE');
  taken.close();
  await start({ data });
});
