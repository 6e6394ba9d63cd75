import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { scriptedServer } from './harness/scripted-server.ts';
import type { Patience } from './limits.ts';
import { RemoteRepository } from './remote-repository.ts';
import { bytesOf, readBytes } from './response.ts';
import { Transport } from './transport.ts';

describe('an endless registry', () => {
  const host = 'registry.example';
  const clock = { sleep: () => Promise.resolve() };

  const transportTo = (url: string, window = 200, patience: Partial<Patience> = {}) =>
    new Transport({
      authorize: () => Promise.resolve(undefined),
      endpoints: new Map([[host, new URL(url)]]),
      env: {},
      patience: { answer: 300, window, rate: 4096, ...patience },
    });

  /** A server that accepts an upload very slowly. */
  const takingSlowly = () =>
    scriptedServer((request, response) => {
      if (request.method === 'POST') {
        response.writeHead(202, { location: '/upload' }).end();
        return;
      }
      request.pause();
      const timer = setInterval(() => void request.read(1), 20);
      response.once('close', () => {
        clearInterval(timer);
      });
    });

  /** An upload that is larger than the buffers of a connection. */
  const size = 256 * 2 ** 20;
  const blob = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf('x'), size };
  const open = (): Promise<Readable> => {
    const chunks = Array.from({ length: 256 }, () => Buffer.alloc(2 ** 20));
    return Promise.resolve(Readable.from(chunks, { highWaterMark: 1 }));
  };

  test('with pages of tags that contain nothing new is abandoned', async () => {
    let pages = 0;
    await using server = await scriptedServer((_, response) => {
      pages += 1;
      response.writeHead(200, { link: `</v2/app/tags/list?last=${pages}>; rel="next"` });
      response.end(JSON.stringify({ tags: ['same'] }));
    });
    const repository = new RemoteRepository(transportTo(server.url), { clock }, host, 'app');
    await expect(repository.tags()).rejects.toMatchObject({
      code: 'outside-failed',
      message: expect.stringContaining('does not end') as unknown,
    });
    expect(pages).toBe(2);
  });

  test('with a byte now and then in a small answer is left', async () => {
    await using server = await scriptedServer((_, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const response = await transportTo(server.url, 60_000).send({
      method: 'GET',
      url: new URL(`https://${host}/v2/`),
    });
    await expect(readBytes(response)).rejects.toThrow('longer than 0.3 s');
  });

  test('with single bytes of a blob is abandoned, but not one at a slow steady rate', async () => {
    await using server = await scriptedServer(({ url = '' }, response) => {
      const isSlow = url.includes('honest');
      let left = isSlow ? 40 : Infinity;
      const timer = setInterval(() => {
        response.write(isSlow ? 'x'.repeat(1000) : 'x');
        if ((left -= 1) === 0) response.end();
      }, 20);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const get = async (path: string): Promise<number> => {
      const url = new URL(`https://${host}/v2/${path}`);
      let size = 0;
      for await (const chunk of bytesOf(await transportTo(server.url).send({ method: 'GET', url })))
        size += chunk.length;
      return size;
    };
    await expect(get('trickle')).rejects.toThrow('less than 4096 bytes a second');
    expect(await get('honest')).toBe(40_000);
  });

  test('with too large a length is abandoned before the body arrives', async () => {
    await using server = await scriptedServer((_, response) => {
      response.writeHead(200, { 'content-length': 2 ** 31 }).write('{');
    });
    const response = await transportTo(server.url).send({
      method: 'GET',
      url: new URL(`https://${host}/v2/`),
    });
    await expect(readBytes(response)).rejects.toThrow('more than 4194304 bytes');
  });

  test('that accepts single bytes of an upload is abandoned, and the error names its repository', async () => {
    await using server = await takingSlowly();
    const repository = new RemoteRepository(transportTo(server.url), { clock }, host, 'payroll/web');
    await expect(repository.putBlob(blob, open)).rejects.toMatchObject({
      code: 'outside-failed',
      message: expect.stringMatching(
        `PUT blob ${blob.digest} in ${host}/payroll/web .*took less than 4096 bytes a second`,
      ) as unknown,
    });
  });

  test('that sends a blob steadily is abandoned at the time limit of a request', async () => {
    await using server = await scriptedServer((_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 20);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const transport = transportTo(server.url, 200, { request: 700 });
    const response = await transport.send({ method: 'GET', url: new URL(`https://${host}/v2/`) });
    const started = performance.now();
    await expect(buffer(bytesOf(response))).rejects.toThrow('more than 0.7 s for one request');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('that accepts an upload steadily is abandoned at the time limit of a request', async () => {
    await using server = await takingSlowly();
    const transport = transportTo(server.url, 60_000, { request: 300 });
    const url = new URL(`https://${host}/v2/`);
    await expect(transport.send({ method: 'PUT', url, body: { size, open } })).rejects.toThrow(
      'more than 0.3 s for one request',
    );
  });

  test('is not retried after the time limit of the step', async () => {
    await using server = await scriptedServer((_, response) => response.writeHead(503).end());
    const transport = transportTo(server.url, 200, { step: 100 });
    const sleep = () => setTimeout(60);
    const repository = new RemoteRepository(transport, { clock: { sleep } }, host, 'payroll/web');
    await expect(repository.find('1')).rejects.toMatchObject({
      code: 'outside-failed',
      message: expect.stringMatching(/more than 0.1 s.*GET registry.example\/v2\/payroll\/web/) as unknown,
      hint: expect.stringContaining('Run the step again') as unknown,
    });
    expect(server.requests.length).toBeLessThan(4);
  });
});
