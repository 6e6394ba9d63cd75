import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { certificate } from '@towpath/stage';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { agentsFor } from './agents.ts';
import { scriptedServer, type ScriptedServer } from './harness/scripted-server.ts';
import { Transport } from './transport.ts';

const { pem } = certificate;
const trusted = getCACertificates('default');

beforeAll(() => {
  setDefaultCACertificates([...trusted, pem]);
});
afterAll(() => {
  setDefaultCACertificates(trusted);
});

interface Proxy extends ScriptedServer {
  /** The requested tunnels, with the login. */
  readonly tunnels: readonly { readonly to: string | undefined; readonly login: string | undefined }[];
}

/** A proxy that responds to plain requests itself and leads every tunnel to one server. */
async function proxyTo(target: string): Promise<Proxy> {
  const tunnels: { to: string | undefined; login: string | undefined }[] = [];
  const ends: Duplex[] = [];
  const proxy = await scriptedServer((_, response) => {
    response.end('from the proxy');
  });
  proxy.server.on('connect', ({ url, headers }, near) => {
    tunnels.push({ to: url, login: headers['proxy-authorization'] });
    const far = connect(Number(target.split(':')[1]), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    for (const end of [near, far]) ends.push(end.on('error', () => end.destroy()));
  });
  return Object.assign(proxy, {
    tunnels,
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) end.destroy();
      await proxy.close();
    },
  });
}

/** Returns the response to a request sent by the transport. */
async function get(address: string, env: Readonly<Record<string, string>>): Promise<string> {
  const transport = new Transport({
    authorize: () => Promise.resolve('Basic token'),
    endpoints: new Map(),
    env,
  });
  return text((await transport.send({ method: 'GET', url: new URL(address) })).body);
}

const registry = (): Promise<ScriptedServer> =>
  scriptedServer(
    (_, response) => {
      response.end('from the registry');
    },
    (listener) => createTlsServer({ cert: pem, key: pem }, listener),
  );

describe('an HTTPS request', () => {
  test.each(['HTTPS_PROXY', 'https_proxy'])(
    'goes through a tunnel of %s, which sees only the host',
    async (name) => {
      await using server = await registry();
      await using proxy = await proxyTo(server.host);
      const address = proxy.url.replace('//', '//tug:p%40ss@');
      expect(await get('https://registry.example/v2/', { [name]: address })).toBe('from the registry');
      expect(proxy.tunnels).toEqual([
        { to: 'registry.example:443', login: `Basic ${Buffer.from('tug:p@ss').toString('base64')}` },
      ]);
      expect(proxy.requests).toEqual([]);
      expect(server.requests[0]?.headers).toMatchObject({
        host: 'registry.example',
        authorization: 'Basic token',
      });
    },
  );

  test('goes through a proxy whose address has no scheme', async () => {
    await using server = await registry();
    await using proxy = await proxyTo(server.host);
    expect(await get('https://registry.example/v2/', { HTTPS_PROXY: proxy.host })).toBe('from the registry');
    expect(proxy.tunnels).toHaveLength(1);
  });
});

describe('an HTTP request', () => {
  test('goes to the proxy in HTTP_PROXY', async () => {
    await using proxy = await proxyTo('');
    expect(await get('http://registry.example/v2/', { HTTP_PROXY: proxy.url })).toBe('from the proxy');
    expect(proxy.requests[0]?.line).toBe('GET http://registry.example/v2/');
  });

  test('to the local host never goes through a proxy, which could not reach it and would see the login', async () => {
    await using server = await scriptedServer((_, response) => {
      response.end('from the registry');
    });
    await using proxy = await proxyTo('');
    expect(await get(`${server.url}/v2/`, { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url })).toBe(
      'from the registry',
    );
    expect(proxy.requests).toEqual([]);
  });
});

describe('NO_PROXY', () => {
  /** Returns whether a host is reached through the proxy. Names ending in `.invalid` never resolve. */
  async function isProxied(host: string, exceptions: Readonly<Record<string, string>>): Promise<boolean> {
    await using proxy = await proxyTo('');
    const answer = await get(`http://${host}/`, { HTTP_PROXY: proxy.url, ...exceptions }).catch(
      () => 'not found',
    );
    return answer === 'from the proxy';
  }

  test.each([
    { exceptions: 'other.invalid', host: 'corp.invalid', proxied: true },
    { exceptions: 'corp.invalid', host: 'corp.invalid', proxied: false },
    { exceptions: 'corp.invalid', host: 'api.ecr.corp.invalid', proxied: false },
    { exceptions: 'corp.invalid', host: 'mycorp.invalid', proxied: true },
    { exceptions: '.corp.invalid', host: 'api.corp.invalid', proxied: false },
    { exceptions: '*.corp.invalid', host: 'api.corp.invalid', proxied: false },
    { exceptions: ' a.invalid , corp.invalid ,', host: 'corp.invalid', proxied: false },
    { exceptions: 'CORP.invalid', host: 'corp.invalid', proxied: false },
    { exceptions: '*', host: 'corp.invalid', proxied: false },
    { exceptions: 'corp.invalid:8080', host: 'corp.invalid:8080', proxied: false },
    { exceptions: 'corp.invalid:8080', host: 'corp.invalid:8081', proxied: true },
    { exceptions: '', host: 'corp.invalid', proxied: true },
    // No server listens there, so a connection without the proxy is refused.
    { exceptions: '127.1.0.0/16', host: '127.1.2.3:9', proxied: false },
    { exceptions: '127.1.0.0/16', host: '127.2.2.3:9', proxied: true },
    { exceptions: '127.1.2.3/32', host: '127.1.2.3:9', proxied: false },
    { exceptions: '127.1.2.3/32', host: '127.1.2.4:9', proxied: true },
    { exceptions: '127.1.37.200/20', host: '127.1.47.255:9', proxied: false },
    { exceptions: '127.1.37.200/20', host: '127.1.48.0:9', proxied: true },
    { exceptions: '0.0.0.0/0', host: '127.1.2.3:9', proxied: false },
  ])('$exceptions: $host uses the proxy: $proxied', async ({ exceptions, host, proxied }) => {
    expect(await isProxied(host, { NO_PROXY: exceptions })).toBe(proxied);
  });

  test('in lower case takes precedence over upper case, as for the proxy variables', async () => {
    expect(await isProxied('corp.invalid', { no_proxy: 'corp.invalid', NO_PROXY: 'x.invalid' })).toBe(false);
  });
});

test('rejects an invalid proxy address without showing its password', () => {
  const make = () => agentsFor({ HTTPS_PROXY: 'http://tug:s3cret@proxy:port' });
  expect(make).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  expect(make).toThrow('HTTPS_PROXY');
  expect(make).not.toThrow('s3cret');
});
