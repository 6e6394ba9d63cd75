import { expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { scriptedServer } from './harness/scripted-server.ts';
import { free, ownChunks } from './owned-chunks.ts';
import { Transport } from './transport.ts';

const transport = new Transport({
  authorize: () => Promise.resolve(undefined),
  endpoints: new Map(),
  env: {},
});

function makeChunks(count: number): readonly Buffer[] {
  return Array.from({ length: count }, () => Buffer.from(new Uint8Array(randomBytes(65_536)).buffer));
}

/** Sends chunks to a server that reads them with a delay, and returns the digest of what it read. */
async function sent(chunks: readonly Buffer[], body: Readable): Promise<string> {
  const hash = createHash('sha256');
  await using server = await scriptedServer((request, response) => {
    void (async () => {
      for await (const chunk of request) {
        hash.update(chunk as Buffer);
        await setTimeout(1);
      }
      response.writeHead(201).end();
    })();
  });
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  const url = new URL(server.url);
  await transport.send({ method: 'PUT', url, body: { size, open: () => Promise.resolve(body) } });
  return hash.digest('hex');
}

function hashOf(chunks: readonly Buffer[]): string {
  return createHash('sha256').update(Buffer.concat(chunks)).digest('hex');
}

test('frees the sent chunks of a stream that owns them, after a slow server has read them', async () => {
  const chunks = makeChunks(64);
  const expected = hashOf(chunks);
  expect(await sent(chunks, ownChunks(Readable.from(chunks)))).toBe(expected);
  expect(chunks.filter(({ length }) => length > 0)).toHaveLength(0);
});

test('keeps the sent chunks of every other stream', async () => {
  const chunks = makeChunks(4);
  const expected = hashOf(chunks);
  expect(await sent(chunks, Readable.from(chunks))).toBe(expected);
  expect(hashOf(chunks)).toBe(expected);
});

test.each([
  ['the beginning of a larger memory', () => Buffer.from(new ArrayBuffer(8), 0, 4)],
  ['the end of a larger memory', () => Buffer.from(new ArrayBuffer(8), 4)],
  ['memory that threads share', () => Buffer.from(new SharedArrayBuffer(8))],
  ['nothing', () => Buffer.from(new ArrayBuffer(0))],
])('does not free %s', (_, make) => {
  const chunk = make();
  const { length } = chunk;
  expect(free(chunk)).toBe(false);
  expect(chunk).toHaveLength(length);
});
