import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Transport } from '@towpath/oci';
import { Account, certificate, startCorporateProxy, tlsEntrance, type ProxiedRequest } from '@towpath/stage';
import { startEmulator, type Emulator } from '@towpath/ecr-emulator';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Aws } from './aws.ts';

const trusted = getCACertificates('default');
let emulator: Emulator;

beforeAll(async () => {
  setDefaultCACertificates([...trusted, certificate.pem]);
  emulator = await startEmulator();
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await emulator.close();
});

/** Calls the API and a registry by names that only the proxy resolves, and returns the requests that the proxy saw. */
async function callThroughProxy(
  noProxy: string,
): Promise<{ seen: readonly ProxiedRequest[]; answers: string[] }> {
  await using entrance = await tlsEntrance(emulator.api);
  await using proxy = await startCorporateProxy();
  const authority = (name: string) => `${name}.registry.example:${entrance.port}`;
  const env = {
    ...new Account('111122223333', emulator.api).credentials,
    AWS_ENDPOINT_URL: `https://${authority('api')}`,
    HTTPS_PROXY: proxy.url,
    HTTP_PROXY: proxy.url,
    NO_PROXY: noProxy,
  };
  const aws = new Aws({ env });
  const transport = new Transport({ authorize: () => Promise.resolve(undefined), endpoints: new Map(), env });
  const url = new URL(`https://${authority('layers')}/v2/`);
  const outcomes = await Promise.allSettled([
    aws.callerHost('us-east-1'),
    transport.send({ method: 'GET', url }).then(({ body }) => body.resume()),
  ]);
  const seen = proxy.requests.map(({ method, host }) => ({ method, host: host.replace(/:.*/, '') }));
  return {
    seen: seen.sort((one, other) => one.host.localeCompare(other.host)),
    answers: outcomes.map(({ status }) => status),
  };
}

describe('with a proxy that requires a password', () => {
  test('calls the AWS API and registries through tunnels', async () => {
    expect(await callThroughProxy('')).toEqual({
      seen: [
        { method: 'CONNECT', host: 'api.registry.example' },
        { method: 'CONNECT', host: 'layers.registry.example' },
      ],
      answers: ['fulfilled', 'fulfilled'],
    });
  });

  test.each(['registry.example', '.registry.example', '*.registry.example', '*', 'REGISTRY.example'])(
    'bypasses the proxy for both if NO_PROXY is %s',
    async (noProxy) => {
      expect(await callThroughProxy(noProxy)).toEqual({ seen: [], answers: ['rejected', 'rejected'] });
    },
  );

  test('bypasses the proxy only for the host in NO_PROXY', async () => {
    expect(await callThroughProxy('api.registry.example')).toEqual({
      seen: [{ method: 'CONNECT', host: 'layers.registry.example' }],
      answers: ['rejected', 'fulfilled'],
    });
  });
});
