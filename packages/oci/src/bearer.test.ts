import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { parseChallenge, tokenUrl } from './bearer.ts';
import { mediaTypes } from './descriptor.ts';
import { scriptedServer } from './harness/scripted-server.ts';
import { parseManifest } from './manifest.ts';
import { RemoteRepository } from './remote-repository.ts';
import { Transport } from './transport.ts';

describe('a challenge', () => {
  test('names the token service and the access', () => {
    const challenge = parseChallenge(
      'Bearer realm="https://auth.example/token?a=b",service="registry.example",scope="repository:x:pull,push repository:y:pull"',
    );
    if (challenge === undefined) throw new Error('it is one');
    expect(tokenUrl(challenge).href).toBe(
      'https://auth.example/token?a=b&service=registry.example&scope=repository%3Ax%3Apull%2Cpush&scope=repository%3Ay%3Apull',
    );
  });

  test.each([
    undefined,
    'Basic realm="x"',
    'Bearer',
    'Bearer realm="nowhere"',
    'Bearer realm="http://auth.example/token"',
  ])('is ignored if credentials must not be sent for it: %s', (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  });
});

/** A registry that requires tokens, like CNCF's distribution, with its token service. */
async function registry(tokens: () => string = () => 'good') {
  const stored = new Map<string, string>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url = '', headers } = request;
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.once('end', () => {
      if (url.startsWith('/token')) {
        const isKnown = headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
        response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ token: tokens() }));
        return;
      }
      if (headers.authorization !== 'Bearer good') {
        const realm = `http://${headers.host ?? ''}/token`;
        response
          .writeHead(401, {
            'www-authenticate': `Bearer realm="${realm}",service="me",scope="repository:x:push"`,
          })
          .end();
        return;
      }
      const reference = url.split('/').at(-1) ?? '';
      if (method === 'POST') response.writeHead(202, { location: '/v2/x/blobs/uploads/1' }).end();
      else if (method === 'PUT') {
        stored.set(reference, body);
        response.writeHead(201).end();
      } else if (stored.has(reference)) response.writeHead(200).end(stored.get(reference));
      else response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    });
  };
  const server = await scriptedServer(answer);
  const transport = new Transport({
    authorize: () => Promise.resolve(`Basic ${Buffer.from('me:secret').toString('base64')}`),
    endpoints: new Map([['registry.example', new URL(server.url)]]),
    env: {},
  });
  const clock = { sleep: () => Promise.resolve() };
  const repository = new RemoteRepository(transport, { clock }, 'registry.example', 'x');
  return { server, repository, stored, [Symbol.asyncDispose]: () => server.close() };
}

const bytes = Buffer.from('a layer');
const blob = { mediaType: 'text/plain', digest: digestOf(bytes), size: bytes.length };
const open = () => Promise.resolve(Readable.from([bytes]));

describe('a registry that requires a token', () => {
  test('gets a token, which is reused for similar requests', async () => {
    await using stand = await registry();
    await stand.repository.putBlob(blob, open);
    await stand.repository.putBlob(blob, open);
    expect(stand.server.requests.map(({ line }) => line.replace(/[?].*/, ''))).toEqual([
      'POST /v2/x/blobs/uploads/',
      'GET /token',
      'POST /v2/x/blobs/uploads/',
      'PUT /v2/x/blobs/uploads/1',
      'POST /v2/x/blobs/uploads/',
      'PUT /v2/x/blobs/uploads/1',
    ]);
  });

  test('gets one token for all concurrent requests, in whatever order it lists the access', async () => {
    const scopes = ['repository:x:pull,push', 'repository:x:push,pull', 'repository:x:push,pull'];
    let given = 0;
    let admit: () => void = () => undefined;
    const answer = ({ url = '', headers }: IncomingMessage, response: ServerResponse): void => {
      if (headers.authorization === 'Bearer good') response.end('ok');
      else if (url.startsWith('/token')) {
        given += 1;
        admit = () => response.end('{"token":"good"}');
      } else {
        const challenge = `Bearer realm="http://${headers.host ?? ''}/token",scope="${scopes.pop() ?? ''}"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      }
      if (scopes.length > 0) return;
      admit();
      admit = () => undefined;
    };
    await using server = await scriptedServer(answer);
    const transport = new Transport({
      authorize: () => Promise.resolve(undefined),
      endpoints: new Map(),
      env: {},
    });
    const url = new URL(`${server.url}/v2/x/blobs/uploads/`);
    const sent = scopes.map(() => transport.send({ method: 'POST', url }));
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(given).toBe(1);
  });

  test('that rejects the token fails the request without further attempts', async () => {
    await using stand = await registry(() => 'bad');
    await expect(stand.repository.putBlob(blob, open)).rejects.toMatchObject({ code: 'access-denied' });
    expect(stand.server.requests).toHaveLength(3);
  });
});

describe('a registry that does not list referrers', () => {
  const referrer = (name: string) => {
    const subject = { mediaType: mediaTypes.ociManifest, digest: digestOf('subject'), size: 7 };
    const document = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: name,
      config: blob,
      layers: [],
      subject,
    };
    return parseManifest(Buffer.from(JSON.stringify(document)), mediaTypes.ociManifest);
  };

  test("gets each referrer once in the index under the subject's tag", async () => {
    await using stand = await registry();
    const [sbom, provenance] = [referrer('sbom'), referrer('provenance')];
    await Promise.all([stand.repository.putManifest(sbom), stand.repository.putManifest(provenance)]);
    await stand.repository.putManifest(sbom);
    const listed = JSON.parse(stand.stored.get(digestOf('subject').replace(':', '-')) ?? '') as {
      manifests: { digest: string; artifactType: string }[];
    };
    expect(listed.manifests.map(({ artifactType }) => artifactType).sort()).toEqual(['provenance', 'sbom']);
  });
});
