import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { parseChallenge } from './bearer.ts';
import { scriptedServer, type ScriptedServer } from './harness/scripted-server.ts';
import { RemoteRepository } from './remote-repository.ts';
import { Transport, type Request, type TransportOptions } from './transport.ts';

const login = 'Basic bWU6c2VjcmV0';
const ecr = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A transport that has a login for every host and connects to a test server. */
function transportTo(
  host: string,
  { url }: ScriptedServer,
  options: Partial<TransportOptions> = {},
): Transport {
  return new Transport({
    authorize: () => Promise.resolve(login),
    endpoints: new Map([[host, new URL(url)]]),
    env: {},
    ...options,
  });
}

const challenging =
  (challenge: string): Answer =>
  (_, response) => {
    response.writeHead(401, { 'www-authenticate': challenge }).end();
  };

const tokens: Answer = (_, response) => response.end('{"token":"for everybody"}');

const loginsOf = ({ requests }: ScriptedServer) => requests.map(({ headers }) => headers.authorization);

async function statusOf(
  transport: Transport,
  host: string,
  path = '/v2/team/app/tags/list',
): Promise<number> {
  const { status, body } = await transport.send({ method: 'GET', url: new URL(`https://${host}${path}`) });
  body.resume();
  return status;
}

describe('a challenge of a registry', () => {
  test('in the name of private ECR is ignored: no token service is contacted', async () => {
    await using thief = await scriptedServer(tokens);
    await using registry = await scriptedServer(
      challenging(`Bearer realm="${thief.url}/token",service="ecr"`),
    );
    expect(await statusOf(transportTo(ecr, registry), ecr)).toBe(401);
    expect(thief.requests).toEqual([]);
    expect(loginsOf(registry)).toEqual([login]);
  });

  test('with a realm on another host gets no login, also on another port', async () => {
    await using thief = await scriptedServer(tokens);
    await using registry = await scriptedServer(challenging(`Bearer realm="${thief.url}/token",service="r"`));
    await statusOf(transportTo('registry.example', registry), 'registry.example');
    expect(loginsOf(thief)).toEqual([undefined]);
    expect(loginsOf(registry)).toEqual([login, 'Bearer for everybody']);
  });

  test('with a realm on a known token host gets the login', async () => {
    await using service = await scriptedServer(tokens);
    await using registry = await scriptedServer(
      challenging(`Bearer realm="${service.url}/token",service="r"`),
    );
    const transport = transportTo('registry.example', registry, { tokenHosts: [service.host] });
    await statusOf(transport, 'registry.example');
    expect(loginsOf(service)).toEqual([login]);
  });

  test('with a realm at the endpoint address gets the login', async () => {
    await using registry = await scriptedServer((request, response) => {
      if (request.url?.startsWith('/token') === true) tokens(request, response);
      else challenging(`Bearer realm="http://${request.headers.host ?? ''}/token"`)(request, response);
    });
    await statusOf(transportTo('registry.example', registry), 'registry.example');
    expect(loginsOf(registry)).toEqual([login, login, 'Bearer for everybody']);
  });

  test('for a token for another repository is ignored', async () => {
    await using registry = await scriptedServer((request, response) => {
      const realm = `http://${request.headers.host ?? ''}/token`;
      challenging(`Bearer realm="${realm}",scope="repository:team/secret:pull,push"`)(request, response);
    });
    await statusOf(transportTo('registry.example', registry), 'registry.example');
    expect(registry.requests).toHaveLength(1);
  });

  test('whose token service redirects the request gets nothing at the new address', async () => {
    await using thief = await scriptedServer(tokens);
    await using registry = await scriptedServer((request, response) => {
      const { url = '', headers } = request;
      if (url.startsWith('/token')) response.writeHead(307, { location: thief.url }).end();
      else challenging(`Bearer realm="http://${headers.host ?? ''}/token"`)(request, response);
    });
    expect(await statusOf(transportTo('registry.example', registry), 'registry.example')).toBe(401);
    expect(thief.requests).toEqual([]);
  });

  test.each([
    { name: 'of many bytes', chunk: 'x'.repeat(2 ** 16), says: /more than 1048576 bytes/ },
    { name: 'that never ends', chunk: ' ', says: /longer than 0.3 s/ },
  ])('whose token response is one $name fails', async ({ chunk, says }) => {
    await using registry = await scriptedServer((request, response) => {
      const { url = '', headers } = request;
      if (!url.startsWith('/token')) {
        challenging(`Bearer realm="http://${headers.host ?? ''}/token"`)(request, response);
        return;
      }
      const timer = setInterval(() => response.write(chunk), 1);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const transport = transportTo('registry.example', registry, {
      patience: { answer: chunk === ' ' ? 300 : 20_000 },
    });
    await expect(statusOf(transport, 'registry.example')).rejects.toThrow(says);
  });
});

describe('the header of a challenge', () => {
  const realm = 'https://registry.example/token';

  test.each([
    ['Bearer realm="https://registry.example/token"', realm],
    ['bearer realm=https://registry.example/token, service=x', realm],
    [
      'Basic realm="x", Bearer realm="https://registry.example/token", Basic realm="https://evil.example"',
      realm,
    ],
    ['Bearer realm="https://registry.example/token", Basic realm="https://evil.example"', realm],
    ['Bearer realm="https://registry.example/token",realm="https://evil.example"', undefined],
    ['Bearer realm="https://me:secret@registry.example/token"', undefined],
    ['Bearer realm="/token"', undefined],
    ['Bearer realm="ftp://localhost/token"', undefined],
    ['Bearer realm="file:///etc/passwd"', undefined],
    ['Bearer realm="http://registry.example/token"', undefined],
    ['Bearer service="x"', undefined],
    ['realm="https://registry.example/token"', undefined],
    ['Bearer realm="https://registry.example/token', undefined],
    ['Bearer realm="https://registry.example/token" "', undefined],
    [`Bearer realm="https://registry.example/${'a'.repeat(2 ** 20)}"`, undefined],
    [`Bearer ${'a '.repeat(4000)}`, undefined],
    [' ,'.repeat(4000), undefined],
  ])('%.80s', (header, expected) => {
    expect(parseChallenge(header)?.realm.href).toBe(expected);
  });
});

const bytes = Buffer.from('a layer');
const blob = { mediaType: 'text/plain', digest: digestOf(bytes), size: bytes.length };
const open = () => Promise.resolve(Readable.from([bytes]));
const clock = { sleep: () => Promise.resolve() };

/** Returns the response of a registry that sends uploads elsewhere. */
const uploadingTo =
  (location: string): Answer =>
  (_, response) => {
    response.writeHead(202, { location }).end();
  };

describe('an upload', () => {
  test('to another host is sent without a login', async () => {
    await using store = await scriptedServer((request, response) => {
      request.resume().once('end', () => response.writeHead(201).end());
    });
    await using registry = await scriptedServer(uploadingTo(`${store.url}/upload?signature=1`));
    const repository = new RemoteRepository(transportTo(ecr, registry), { clock }, ecr, 'team/app');
    await repository.putBlob(blob, open);
    expect(store.requests.map(({ line, headers }) => [line.slice(0, 23), headers.authorization])).toEqual([
      ['PUT /upload?signature=1', undefined],
    ]);
    expect(loginsOf(registry)).toEqual([login]);
  });

  test.each([
    'http://store.example/upload',
    'ftp://127.0.0.1/upload',
    'https://me:secret@store.example/upload',
  ])('to %s is rejected', async (location) => {
    await using registry = await scriptedServer(uploadingTo(location));
    const repository = new RemoteRepository(transportTo(ecr, registry), { clock }, ecr, 'team/app');
    await expect(repository.putBlob(blob, open)).rejects.toMatchObject({ code: 'outside-failed' });
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'by %s that is redirected to another host is rejected',
    async (method) => {
      await using thief = await scriptedServer(tokens);
      await using registry = await scriptedServer((request, response) => {
        request.resume();
        response.writeHead(307, { location: `${thief.url}/there` }).end();
      });
      const body: Request['body'] = { size: bytes.length, open };
      const sent = transportTo(ecr, registry).send({ method, url: new URL(`https://${ecr}/v2/x`), body });
      await expect(sent).rejects.toMatchObject({
        code: 'outside-failed',
        message: expect.stringContaining(`redirects a ${method} to ${thief.host}`) as unknown,
      });
      expect(thief.requests).toEqual([]);
    },
  );
});

describe('a redirect', () => {
  test('to another host and back does not restore the login', async () => {
    const places: string[] = [];
    const bounce: Answer = (_, response) => {
      const location = places.shift();
      if (location === undefined) response.end();
      else response.writeHead(307, { location }).end();
    };
    await using registry = await scriptedServer(bounce);
    await using other = await scriptedServer(bounce);
    places.push(`${other.url}/there`, `${registry.url}/v2/back`);
    expect(await statusOf(transportTo(ecr, registry), ecr)).toBe(200);
    expect([loginsOf(registry), loginsOf(other)]).toEqual([[login, undefined], [undefined]]);
  });

  test('in a loop is followed five times', async () => {
    await using registry = await scriptedServer((_, response) => {
      response.writeHead(302, { location: '/again' }).end();
    });
    expect(await statusOf(transportTo(ecr, registry), ecr)).toBe(302);
    expect(registry.requests).toHaveLength(6);
  });

  test('from the internet to the local host is rejected', async () => {
    await using server = await scriptedServer(tokens);
    const { requireSafe } = await import('./redirect.ts');
    const dialled = new URL('https://registry.example/v2/');
    expect(() => requireSafe(new URL(server.url), { host: 'registry.example', dialled })).toThrow(
      'redirects to',
    );
  });
});
