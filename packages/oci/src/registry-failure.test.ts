import { describe, expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { blobOf, repositoryAt } from './harness/repository-at.ts';
import { scriptedServer } from './harness/scripted-server.ts';
import { RemoteRepository } from './remote-repository.ts';
import { Transport } from './transport.ts';

describe('a failing registry', () => {
  const { blob } = blobOf('a layer');
  const later = new Date('2026-03-01T12:00:30Z').toUTCString();
  test.each([
    { name: 'in seconds', headers: { 'retry-after': '7' }, least: 7_000 },
    {
      name: 'at a time on its own clock',
      headers: { 'retry-after': later, date: 'Sun, 01 Mar 2026 12:00:00 GMT' },
      least: 30_000,
    },
    { name: 'at a past time', headers: { 'retry-after': 'Sun, 01 Mar 2020 12:00:00 GMT' }, least: 0 },
    { name: 'in an invalid form', headers: { 'retry-after': 'soon' }, least: 0 },
  ])('may ask for a retry $name', async ({ headers, least }) => {
    let asked = 0;
    await using server = await scriptedServer((_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, headers).end();
      else response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    });
    const repository = repositoryAt(server.url);
    await expect(repository.manifest(blob)).rejects.toMatchObject({ code: 'image-missing' });
    // A second wait, for the pace after a throttled request, is over already if the machine is slow.
    expect(repository.waits[0]).toBeGreaterThanOrEqual(least);
    expect(repository.waits[0]).toBeLessThanOrEqual(least + 500);
  });

  test.each([408, 429, 500, 502, 503, 504])('that fails with %i each time is reported', async (status) => {
    await using server = await scriptedServer((_, response) =>
      response
        .writeHead(status, { 'x-amzn-requestid': 'request-7' })
        .end('{"errors":[{"code":"X","message":"Rate exceeded"}]}'),
    );
    await expect(repositoryAt(server.url).manifest(blob)).rejects.toMatchObject({
      code: 'outside-failed',
      message: expect.stringMatching(
        new RegExp(`after retries: registry\\.example answered ${status}: Rate exceeded$`),
      ) as unknown,
      requestId: 'request-7',
      hint: 'Run it again.',
    });
    expect(server.requests).toHaveLength(5);
  });

  const html = '<html>\n<head><title>403 Forbidden</title></head>\n</html>\n';
  test.each<{ name: string; status: number; body: string; code: string; says: RegExp }>([
    {
      name: '401 without a body',
      status: 401,
      body: '',
      code: 'access-denied',
      says: /refused GET manifest .*: status 401$/,
    },
    {
      name: '403 without a body',
      status: 403,
      body: '',
      code: 'access-denied',
      says: /refused GET manifest .*: status 403$/,
    },
    {
      name: 'a proxy’s error page',
      status: 403,
      body: html,
      code: 'access-denied',
      says: /: <html> <head><title>403 Forbidden/,
    },
    {
      name: '403 for a quota',
      status: 403,
      body: '{"errors":[{"code":"DENIED","message":"The maximum number of tags per image (1000) has been exceeded."}]}',
      code: 'quota-exceeded',
      says: /refused GET manifest .*, because a quota is exceeded: The maximum number of tags per image/,
    },
    {
      name: 'MANIFEST_BLOB_UNKNOWN',
      status: 404,
      body: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"Images do not exist"}]}',
      code: 'outside-failed',
      says: /^The registry lacks content for GET manifest .*: Images do not exist$/,
    },
    {
      name: 'DENIED',
      status: 400,
      body: '{"errors":[{"code":"DENIED","message":"no"}]}',
      code: 'access-denied',
      says: /: no$/,
    },
    {
      name: '404 without a body',
      status: 404,
      body: '',
      code: 'outside-failed',
      says: /with 404: status 404$/,
    },
    {
      name: 'an immutable tag',
      status: 400,
      body: '{"errors":[{"code":"TAG_INVALID","message":"immutable"}]}',
      code: 'tag-conflict',
      says: /: immutable$/,
    },
    {
      name: 'an unknown code',
      status: 400,
      body: '{"errors":[{"code":"NEW","message":"x"}]}',
      code: 'outside-failed',
      says: /with 400 NEW: x$/,
    },
    { name: 'null', status: 400, body: 'null', code: 'outside-failed', says: /with 400: null$/ },
    {
      name: 'no errors',
      status: 400,
      body: '{"errors":[]}',
      code: 'outside-failed',
      says: /with 400: \{"errors":\[\]\}$/,
    },
    {
      name: 'errors in another format',
      status: 400,
      body: '{"errors":[{"code":1,"message":{}}]}',
      code: 'outside-failed',
      says: /with 400: /,
    },
    {
      name: 'an unexpected success',
      status: 204,
      body: '',
      code: 'outside-failed',
      says: /with 204: status 204$/,
    },
    {
      name: 'a redirect without a location',
      status: 302,
      body: '',
      code: 'outside-failed',
      says: /with 302: status 302$/,
    },
  ])('that responds with $name is reported', async ({ status, body, code, says }) => {
    await using server = await scriptedServer((_, response) => response.writeHead(status).end(body));
    await expect(repositoryAt(server.url).manifest(blob)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says) as unknown,
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each<{ request: string; send: (from: RemoteRepository) => Promise<unknown>; permission: RegExp }>([
    {
      request: 'GET manifest',
      send: (from) => from.manifest(blob),
      permission: /^Grant ecr:BatchGetImage to /,
    },
    {
      request: 'GET blob',
      send: (from) => from.blob(blob),
      permission: /^Grant ecr:GetDownloadUrlForLayer to /,
    },
    { request: 'GET tags', send: (from) => from.tags(), permission: /^Grant ecr:ListImages to / },
    {
      request: 'PUT blob',
      send: (from) => from.putBlob(blob, () => Promise.resolve(Readable.from(['a layer']))),
      permission:
        /^Grant ecr:InitiateLayerUpload, ecr:UploadLayerPart and ecr:CompleteLayerUpload to this role\./,
    },
  ])('of Amazon ECR that denies $request is reported with the permission', async ({ send, permission }) => {
    await using server = await scriptedServer((_, response) => response.writeHead(403).end());
    const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
    await expect(send(repositoryAt(server.url, { host }))).rejects.toMatchObject({
      code: 'access-denied',
      hint: expect.stringMatching(permission) as unknown,
    });
  });

  test('that rejects an upload before its end is reported', async () => {
    await using server = await scriptedServer(({ method }, response) => {
      if (method === 'POST') response.writeHead(202, { location: '/x' }).end();
      else response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"no more space"}]}');
    });
    const big = { ...blob, size: 2 ** 40 };
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(65_536));
      },
    });
    await expect(repositoryAt(server.url).putBlob(big, () => Promise.resolve(endless))).rejects.toMatchObject(
      {
        code: 'access-denied',
        message: expect.stringContaining('no more space') as unknown,
      },
    );
    // Closed, possibly with an error. It only matters that the body is no longer read.
    if (!endless.closed) await new Promise((resolve) => endless.once('close', resolve));
  });

  test('that cannot be reached is reported', async () => {
    const server = await scriptedServer(() => undefined);
    await server.close();
    const repository = repositoryAt(server.url);
    await expect(repository.manifest(blob)).rejects.toMatchObject({
      code: 'registry-unreachable',
      hint: expect.stringContaining('TOWPATH_REGISTRY_ENDPOINTS') as unknown,
    });
    expect(repository.waits).toHaveLength(4);
  });

  test('that does not exist is not retried', async () => {
    const transport = new Transport({
      authorize: () => Promise.resolve(undefined),
      endpoints: new Map(),
      env: {},
    });
    const clock = { sleep: () => Promise.reject(new Error('nothing to wait for')) };
    const repository = new RemoteRepository(transport, { clock }, 'registry.invalid', 'web');
    await expect(repository.manifest(blob)).rejects.toMatchObject({ code: 'registry-unreachable' });
  });
});
