import { afterEach, expect } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBuilder } from './builder.ts';
import { testWithBuildkitd } from './clients.ts';
import { begin, green, imagesOf } from './scene.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The bytes of a build context after which a connection breaks. Calls that only inspect a builder send fewer. */
const enough = 1024 * 1024;

/**
 * Starts a BuildKit behind a proxy that breaks connections while a context is sent.
 *
 * @param times the number of connections to break
 * @returns the address for the input `builder`
 */
async function breakingBuildkit(times: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bk-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const builder = await startBuilder(folder, {});
  cleanups.push(async () => {
    await builder[Symbol.asyncDispose]();
  });
  const sockets = new Set<Socket>();
  let left = times;
  const proxy = createServer((client) => {
    const server = connect(builder.socket);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.on('data', () => {
      if (left === 0 || client.bytesRead < enough) return;
      left -= 1;
      end();
    });
    client.pipe(server).pipe(client);
  });
  const path = join(folder, 'proxy.sock');
  proxy.listen(path);
  await once(proxy, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return once(proxy.close(), 'close');
  });
  return `unix://${path}`;
}

testWithBuildkitd('build starts an image again once if the connection to BuildKit breaks', async () => {
  const { checkout, step } = await begin();
  await writeFile(join(checkout.folder, 'job/large'), randomBytes(4 * enough));
  await writeFile(join(checkout.folder, 'job/Dockerfile'), 'FROM scratch\nCOPY large /large\n');
  const broken =
    /rpc error: code = Unavailable desc = error reading from server|RST_STREAM|closing transport/;

  const once = green(await step('build', { only: 'reconcile', builder: await breakingBuildkit(1) }));
  expect(imagesOf(once)).toHaveLength(1);
  expect(once.annotations).toContainEqual(
    expect.objectContaining({ level: 'warning', message: expect.stringMatching(broken) }),
  );

  const twice = await step('build', { only: 'reconcile', builder: await breakingBuildkit(2) });
  expect(twice.outputs['failure-reason']).toBe('build-failed');
  expect(twice.log).toMatch(broken);
  expect(twice.log).toContain('The connection to BuildKit broke twice.');
});
