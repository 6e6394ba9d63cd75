import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { ecrClient, start } from '../harness/emulator.ts';
import { registryClient } from '../harness/registry.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

/** The first line of the answer to a request that no client would write. */
async function ask(url: string, request: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(request);
  return (await text(socket)).split('\r\n')[0];
}

test.each([
  ['a host that is none', 'GET /v2/ HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
  [
    'a path that cannot be decoded',
    'GET /v2/%zz/manifests/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  ],
  ['a path that is no path', 'GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ['an address as its path', 'GET http://elsewhere/v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
])('%s is answered like any other', async (_, request) => {
  const emulator = await start();
  const { url } = await registryClient(emulator);
  expect(await ask(url, request)).toMatch(/^HTTP\/1\.1 40[0-9] /);
  expect(await ask(emulator.api, request)).toMatch(/^HTTP\/1\.1 40[0-9] /);
  expect(emulator.requests.length).toBeGreaterThan(0);
});

test('a body that is much too long is heard out, so that its sender hears why', async () => {
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

test('an emulator that cannot have its port lets go of everything', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const data = await temporaryFolder();
  await expect(start({ data, port: port - 1 })).rejects.toThrow('EADDRINUSE');
  taken.close();
  await start({ data });
});
