import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scriptedServer } from './harness/scripted-server.ts';
import { TransientError } from './retry.ts';
import { readBytes, type Response } from './response.ts';
import { Transport, type Request, type TransportOptions } from './transport.ts';

function transport(options: Partial<TransportOptions> = {}): Transport {
  return new Transport({
    authorize: (host) => Promise.resolve(`Basic for ${host}`),
    endpoints: new Map(),
    env: {},
    ...options,
  });
}

function get(address: string, options?: Partial<TransportOptions>): Promise<Response> {
  return transport(options).send({ method: 'GET', url: new URL(address) });
}

function put(address: string, body: Request['body'], options?: Partial<TransportOptions>): Promise<Response> {
  return transport(options).send({ method: 'PUT', url: new URL(address), body });
}

/** Returns an endless body. */
function endless(): Readable {
  return new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });
}

test('reuses a connection for the next request', async () => {
  await using server = await scriptedServer((_, response) => {
    response.end('x');
  });
  const kept = transport();
  for (let count = 0; count < 3; count += 1) {
    await readBytes(await kept.send({ method: 'GET', url: new URL(server.url) }));
  }
  expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
});

test('streams a body with its length', async () => {
  const arrived: string[] = [];
  await using server = await scriptedServer((request, response) => {
    void text(request).then((body) => {
      arrived.push(body);
      response.writeHead(201).end();
    });
  });
  const open = () => Promise.resolve(Readable.from([Buffer.from('ab'), Buffer.from('cd')]));
  const { status, body } = await put(server.url, { size: 4, open });
  body.resume();
  expect(status).toBe(201);
  expect(arrived).toEqual(['abcd']);
  expect(server.requests[0]?.headers).toMatchObject({
    'content-length': '4',
    authorization: `Basic for ${server.host}`,
  });
});

test('fails with the error of a body that cannot be opened', async () => {
  await using server = await scriptedServer((_, response) => {
    response.end();
  });
  const torn = new Error('torn');
  await expect(put(server.url, { size: 1, open: () => Promise.reject(torn) })).rejects.toBe(torn);
});

describe('a redirect', () => {
  test('to another host is sent without the login', async () => {
    await using bucket = await scriptedServer((_, response) => {
      response.end('the layer');
    });
    await using registry = await scriptedServer((_, response) => {
      response.writeHead(307, { location: `${bucket.url}/layer?signature=1` }).end('moved');
    });
    const response = await get(`${registry.url}/v2/x`);
    expect((await readBytes(response)).toString()).toBe('the layer');
    expect(response.host).toBe(bucket.host);
    expect(registry.requests[0]?.headers.authorization).toBe(`Basic for ${registry.host}`);
    expect(bucket.requests.map(({ line }) => line)).toEqual(['GET /layer?signature=1']);
    expect(bucket.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('back to the first host is sent with the login again', async () => {
    await using registry = await scriptedServer(({ url }, response) => {
      if (url === '/there') response.end('done');
      else response.writeHead(302, { location: '/there' }).end();
    });
    await readBytes(await get(`${registry.url}/here`));
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 2 }, () => `Basic for ${registry.host}`),
    );
  });

  test('from https to http is rejected, even on the same host', async () => {
    await using registry = await scriptedServer((_, response) => {
      response.writeHead(307, { location: 'http://registry.example/plain' }).end();
    });
    const endpoints = new Map([['registry.example', new URL(registry.url)]]);
    await expect(get('https://registry.example/v2/', { endpoints })).rejects.toMatchObject({
      code: 'outside-failed',
      message: expect.stringContaining('registry.example redirects to http://registry.example') as unknown,
    });
    expect(registry.requests).toHaveLength(1);
  });

  test("to the endpoint address is sent under the registry's name", async () => {
    await using registry = await scriptedServer(({ url, headers }, response) => {
      if (url === '/ecr/v2/there') response.end();
      else response.writeHead(307, { location: `http://${headers.host ?? ''}/ecr/v2/there` }).end();
    });
    const endpoints = new Map([['registry.example', new URL(`${registry.url}/ecr`)]]);
    const response = await get('https://registry.example/v2/here', { endpoints });
    await readBytes(response);
    expect(response.host).toBe('registry.example');
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 2 }, () => 'Basic for registry.example'),
    );
  });

  test('sends the body again from its start', async () => {
    const bodies: string[] = [];
    await using server = await scriptedServer((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        if (request.url === '/there') response.writeHead(201).end();
        else response.writeHead(307, { location: '/there' }).end();
      });
    });
    const response = await put(server.url, {
      size: 2,
      open: () => Promise.resolve(Readable.from([Buffer.from('ab')])),
    });
    await readBytes(response);
    expect(response.status).toBe(201);
    expect(bodies).toEqual(['ab', 'ab']);
  });

  test('is followed at most five times', async () => {
    await using server = await scriptedServer((_, response) => {
      response.writeHead(307, { location: '/again' }).end();
    });
    const { status, body } = await get(server.url);
    body.resume();
    expect(status).toBe(307);
    expect(server.requests).toHaveLength(6);
  });

  test('without a location is returned as the response', async () => {
    await using server = await scriptedServer((_, response) => {
      response.writeHead(307, { location: 'http://[' }).end();
    });
    const { status, location, body } = await get(server.url);
    body.resume();
    expect([status, location]).toEqual([307, undefined]);
  });
});

describe('an error response before the end of the body', () => {
  const refuse = (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(403, { 'content-type': 'application/json' }).end('{"errors":[{"code":"DENIED"}]}');
  };

  test('is returned, and ends the upload', async () => {
    await using server = await scriptedServer(refuse);
    const body = endless();
    const closed = new Promise<void>((resolve) => {
      server.server.once('connection', (socket) =>
        socket.once('close', () => {
          resolve();
        }),
      );
    });
    const response = await put(server.url, { size: 2 ** 40, open: () => Promise.resolve(body) });
    expect(response.status).toBe(403);
    expect((await readBytes(response)).toString()).toContain('DENIED');
    await closed;
    expect(body.destroyed).toBe(true);
  });

  test('does not prevent the process from exiting', async () => {
    await using server = await scriptedServer(refuse);
    const program = `
      import { readBytes } from ${JSON.stringify(fileURLToPath(new URL('response.ts', import.meta.url)))};
      import { Transport } from ${JSON.stringify(fileURLToPath(new URL('transport.ts', import.meta.url)))};
      import { Readable } from 'node:stream';
      const open = async () => new Readable({ read() { this.push(Buffer.alloc(65536)); } });
      const transport = new Transport({ authorize: async () => undefined, endpoints: new Map(), env: {} });
      const response = await transport.send({ method: 'PUT', url: new URL(process.argv[1]), body: { size: 2 ** 40, open } });
      process.stdout.write(response.status + (await readBytes(response)).toString());
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program, server.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(said).toBe('403{"errors":[{"code":"DENIED"}]}');
    expect(child.exitCode).toBe(0);
  });
});

describe('treats a broken connection as transient', () => {
  const cases: { name: string; answer: (request: IncomingMessage, response: ServerResponse) => void }[] = [
    { name: 'before the response', answer: ({ socket }) => socket.destroy() },
    {
      name: 'by a reset',
      answer: ({ socket }) => {
        socket.resetAndDestroy();
      },
    },
    {
      name: 'during a body of known length',
      answer: ({ socket }, response) => {
        response.writeHead(200, { 'content-length': 10 }).write('12345');
        void setTimeout(20).then(() => socket.destroy());
      },
    },
    {
      name: 'during a body of unknown length',
      answer: ({ socket }, response) => {
        response.write('12345');
        void setTimeout(20).then(() => socket.destroy());
      },
    },
  ];
  test.each(cases)('$name', async ({ answer }) => {
    await using server = await scriptedServer(answer);
    await expect(get(server.url).then(readBytes)).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining(server.host) as unknown,
    });
  });

  test('during the upload', async () => {
    await using server = await scriptedServer((request) => {
      request.once('data', () => request.socket.resetAndDestroy());
    });
    const body = endless();
    await expect(put(server.url, { size: 2 ** 40, open: () => Promise.resolve(body) })).rejects.toThrow(
      TransientError,
    );
    expect(body.destroyed).toBe(true);
  });

  test('if no server listens', async () => {
    const server = await scriptedServer(() => undefined);
    await server.close();
    await expect(get(server.url)).rejects.toThrow(TransientError);
  });

  test('but not if the host does not exist', async () => {
    await expect(get('https://registry.invalid/')).rejects.not.toThrow(TransientError);
  });
});

describe('abandons a silent connection', () => {
  const idleTimeout = 60;
  const silent = {
    name: 'TransientError',
    message: expect.stringMatching(/was silent for 0\.06 s|aborted/) as unknown,
  };

  test('before the response', async () => {
    await using server = await scriptedServer(() => undefined);
    await expect(get(server.url, { idleTimeout })).rejects.toMatchObject(silent);
  });

  test('during the response', async () => {
    await using server = await scriptedServer((_, response) => {
      response.write('12345');
    });
    await expect(get(server.url, { idleTimeout }).then(readBytes)).rejects.toMatchObject(silent);
  });

  test('during the upload', async () => {
    await using server = await scriptedServer((request) => {
      request.pause();
    });
    const body = endless();
    await expect(
      put(server.url, { size: 2 ** 40, open: () => Promise.resolve(body) }, { idleTimeout }),
    ).rejects.toMatchObject(silent);
    expect(body.destroyed).toBe(true);
  });

  test('but not while data arrives, however long it takes', async () => {
    await using server = await scriptedServer((_, response) => {
      void (async () => {
        for (let part = 0; part < 8; part += 1) {
          response.write('x');
          await setTimeout(25);
        }
        response.end();
      })();
    });
    expect((await readBytes(await get(server.url, { idleTimeout: 120 }))).toString()).toBe('xxxxxxxx');
  });
});

test('stops reading a body that is larger than any manifest', async () => {
  await using server = await scriptedServer((_, response) => {
    endless().pipe(response);
  });
  await expect(get(server.url).then(readBytes)).rejects.toMatchObject({ code: 'outside-failed' });
});

describe('a cancelled run', () => {
  test('cancels requests under way', async () => {
    await using server = await scriptedServer(() => undefined);
    const controller = new AbortController();
    const asked = get(server.url, { signal: controller.signal });
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('sends no more requests', async () => {
    await using server = await scriptedServer((_, response) => {
      response.end();
    });
    await expect(get(server.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(server.requests).toEqual([]);
  });
});
