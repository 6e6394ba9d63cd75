import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { imageOf, push, pushBlob, registryClient, type RegistryClient } from '../harness/registry.ts';

let emulator: Emulator;
let registry: RegistryClient;

beforeEach(async () => {
  emulator = await start();
  await ecrClient(emulator).send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
  registry = await registryClient(emulator);
});

describe('a caller of the registry', () => {
  test('is challenged for Basic credentials with the real host as realm', async () => {
    const response = await fetch(`${registry.url}/v2/`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Basic realm="https://${ours}.dkr.ecr.us-east-1.amazonaws.com/",service="ecr.amazonaws.com"`,
    );
    expect(await response.text()).toBe('Not Authorized\n');
  });

  test('gets access with a token of the API', async () => {
    expect((await registry.fetch('/v2/')).status).toBe(200);
  });

  test.each([':', 'me:secret', 'AWS:'])(
    'is challenged again with the credentials %s',
    async (credentials) => {
      const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
      expect((await registry.fetch('/v2/', { headers: { authorization } })).status).toBe(401);
    },
  );

  test('is rejected with an invalid token', async () => {
    const password = Buffer.from('AWS:made up').toString('base64');
    const response = await registry.fetch('/v2/', { headers: { authorization: `Basic ${password}` } });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [{ code: 'DENIED', message: 'Your Authorization Token is invalid.' }],
    });
  });

  test('is rejected with a token changed to another account', async () => {
    const token = Buffer.from(registry.authorization.slice('Basic '.length), 'base64').toString();
    const [payload = '', seal = ''] = token.slice('AWS:'.length).split('.');
    const grant = Buffer.from(payload, 'base64url').toString().replaceAll(ours, theirs);
    const forged = `AWS:${Buffer.from(grant).toString('base64url')}.${seal}`;
    const authorization = `Basic ${Buffer.from(forged).toString('base64')}`;
    expect((await registry.fetch('/v2/', { headers: { authorization } })).status).toBe(400);
  });

  test('is rejected once the token is twelve hours old', async () => {
    const hours = 60 * 60 * 1000;
    emulator.advance(12 * hours - 1000);
    expect((await registry.fetch('/v2/')).status).toBe(200);
    emulator.advance(1000);
    const response = await registry.fetch('/v2/');
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      errors: [
        {
          code: 'DENIED',
          message: 'Your authorization token has expired. Reauthenticate and try again.',
        },
      ],
    });
  });

  test('is rejected in another region than the token’s', async () => {
    const elsewhere = await start({ regions: ['us-east-1', 'eu-west-1'] });
    const { authorization } = await registryClient(elsewhere, { region: 'us-east-1' });
    const url = elsewhere.registryUrl(ours, 'eu-west-1');
    expect((await fetch(`${url}/v2/`, { headers: { authorization } })).status).toBe(400);
  });

  test('is denied in the registry of another account, with IAM’s message', async () => {
    const foreign = await registryClient(emulator, { account: ours, as: theirs });
    const response = await foreign.fetch('/v2/team/app/manifests/1');
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      errors: [
        {
          code: 'DENIED',
          message: `User: arn:aws:iam::${theirs}:root is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:${ours}:repository/team/app because no resource-based policy allows the ecr:BatchGetImage action`,
        },
      ],
    });
    const head = await foreign.fetch('/v2/team/app/manifests/1', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([403, '']);
  });
});

describe('a layer', () => {
  const layer = Buffer.from('a layer');
  const digest = digestOf(layer);

  test('exists after its upload, with its length and digest', async () => {
    expect((await registry.fetch(`/v2/team/app/blobs/${digest}`, { method: 'HEAD' })).status).toBe(404);
    const pushed = await pushBlob(registry, 'team/app', layer);
    expect(pushed.status).toBe(201);
    expect(pushed.headers.get('location')).toBe(`${registry.url}/v2/team/app/blobs/${digest}`);
    const head = await registry.fetch(`/v2/team/app/blobs/${digest}`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('7');
    expect(head.headers.get('docker-content-digest')).toBe(digest);
  });

  test('is rejected if its digest does not match', async () => {
    const started = await registry.fetch('/v2/team/app/blobs/uploads/', { method: 'POST' });
    const response = await registry.fetch(`${started.headers.get('location') ?? ''}?digest=${digest}`, {
      method: 'PUT',
      body: 'another layer',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [
        {
          code: 'BLOB_UPLOAD_INVALID',
          message: 'None of the provided layer digests match the calculated layer digest',
        },
      ],
    });
    expect((await registry.fetch(`/v2/team/app/blobs/${digest}`, { method: 'HEAD' })).status).toBe(404);
  });

  test('is downloaded from another origin, which rejects the registry’s credentials', async () => {
    await pushBlob(registry, 'team/app', layer);
    const redirect = await registry.fetch(`/v2/team/app/blobs/${digest}`);
    expect(redirect.status).toBe(307);
    const location = redirect.headers.get('location') ?? '';
    expect(new URL(location).origin).not.toBe(new URL(registry.url).origin);
    expect(await (await fetch(location)).text()).toBe('a layer');
    const carried = await fetch(location, { headers: { authorization: registry.authorization } });
    expect(carried.status).toBe(400);
    expect(await carried.text()).toContain('Only one auth mechanism allowed');
  });

  test('can be downloaded in parts', async () => {
    await pushBlob(registry, 'team/app', layer);
    const location = (await registry.fetch(`/v2/team/app/blobs/${digest}`)).headers.get('location') ?? '';
    const part = await fetch(location, { headers: { range: 'bytes=2-' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-6/7',
      'layer',
    ]);
    expect((await fetch(location, { headers: { range: 'bytes=7-' } })).status).toBe(416);
  });

  test('cannot be downloaded from an expired or changed address', async () => {
    await pushBlob(registry, 'team/app', layer);
    const location = (await registry.fetch(`/v2/team/app/blobs/${digest}`)).headers.get('location') ?? '';
    const changed = location.replace(digest, digestOf('other'));
    expect(await (await fetch(changed)).text()).toContain('SignatureDoesNotMatch');
    emulator.advance(3_601_000);
    const expired = await fetch(location);
    expect([expired.status, await expired.text()]).toEqual([
      403,
      expect.stringContaining('Request has expired'),
    ]);
  });

  test('cannot be deleted, because ECR has no such operation', async () => {
    await pushBlob(registry, 'team/app', layer);
    const response = await registry.fetch(`/v2/team/app/blobs/${digest}`, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(await response.json()).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
  });
});

test('answers NAME_UNKNOWN for a missing repository', async () => {
  const expected = {
    errors: [
      {
        code: 'NAME_UNKNOWN',
        message: `The repository with name 'team/none' does not exist in the registry with id '${ours}'`,
      },
    ],
  };
  const image = imageOf('x');
  const requests: [string, RequestInit][] = [
    ['/v2/team/none/blobs/uploads/', { method: 'POST' }],
    ['/v2/team/none/manifests/1', {}],
    [
      '/v2/team/none/manifests/1',
      { method: 'PUT', body: image.manifest, headers: { 'content-type': image.mediaType } },
    ],
    ['/v2/team/none/tags/list', {}],
    [`/v2/team/none/blobs/${image.digest}`, {}],
    [`/v2/team/none/referrers/${image.digest}`, {}],
  ];
  for (const [path, init] of requests) {
    const response = await registry.fetch(path, init);
    expect([path, response.status, await response.json()]).toEqual([path, 404, expected]);
  }
});

test('lists tags in order and in pages', async () => {
  for (const tag of ['b', 'c', 'a']) await push(registry, 'team/app', tag, imageOf(tag));
  const all = await registry.fetch('/v2/team/app/tags/list');
  expect(await all.json()).toEqual({ name: 'team/app', tags: ['a', 'b', 'c'] });
  expect(all.headers.get('link')).toBeNull();

  const first = await registry.fetch('/v2/team/app/tags/list?n=2');
  expect(await first.json()).toEqual({ name: 'team/app', tags: ['a', 'b'] });
  const next = /^<(?<next>.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.groups?.next ?? '';
  const second = await registry.fetch(next);
  expect(await second.json()).toEqual({ name: 'team/app', tags: ['c'] });
  expect(second.headers.get('link')).toBeNull();
});

test('logs requests in order, with caller, operation and result', async () => {
  emulator.clearRequests();
  const image = imageOf('logged');
  await push(registry, 'team/app', 'v1', image);
  await registry.fetch('/v2/team/app/manifests/none');
  expect(emulator.requests).toEqual(
    [
      { operation: 'POST upload', status: 202, bytesIn: 0 },
      { operation: 'PUT upload', status: 201, bytesIn: image.blobs[0]?.length },
      { operation: 'POST upload', status: 202, bytesIn: 0 },
      { operation: 'PUT upload', status: 201, bytesIn: image.blobs[1]?.length },
      { operation: 'PUT manifest', status: 201, bytesIn: image.manifest.length },
      { operation: 'GET manifest', status: 404, bytesIn: 0, error: 'ImageNotFound' },
    ].map((entry) =>
      expect.objectContaining({ ...entry, account: ours, plane: 'registry', repository: 'team/app' }),
    ),
  );
});
