import { expect, test } from '@jest/globals';
import {
  certificate,
  startBuilder,
  startCorporateProxy,
  tlsEntrance,
  type CorporateProxy,
  type TlsEntrance,
} from '@towpath/stage';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { commandLinesDuring } from './command-lines.ts';
import { filesWith } from './files-with.ts';
import { begin, green, type Scene } from './scene.ts';

/** AWS, its registry and a server of packages, all behind a proxy: no other way leads to their names. */
interface Company extends AsyncDisposable {
  readonly proxy: CorporateProxy;
  /** The authority of each. */
  readonly api: string;
  readonly registry: string;
  readonly packages: string;
  /** For a step. */
  readonly env: Readonly<Record<string, string>>;
}

/** A server that has one package. */
async function servePackages(): Promise<TlsEntrance> {
  const server = createServer((_, response) => response.end('one package\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function found({ stage }: Scene): Promise<Company> {
  await using ends = new AsyncDisposableStack();
  const proxy = ends.use(await startCorporateProxy());
  const [ecr] = stage.emulator.registries;
  const api = `api.registry.example:${ends.use(await tlsEntrance(stage.emulator.api)).port}`;
  const registry = `ecr.registry.example:${ends.use(await tlsEntrance(ecr?.url ?? '')).port}`;
  const packages = `packages.example:${ends.use(await servePackages()).port}`;
  const owned = ends.move();
  return {
    ...{ proxy, api, registry, packages },
    env: {
      AWS_ENDPOINT_URL: `https://${api}`,
      TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({ [stage.shared.host]: `https://${registry}` }),
      NODE_EXTRA_CA_CERTS: certificate.file,
      HTTP_PROXY: proxy.url,
      https_proxy: proxy.url,
      NO_PROXY: `.corp.test,"10.0.0.0/8",127.0.0.1`,
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const from = 'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';

/** A password in every form in which it travels. */
function formsOf({ url, password }: CorporateProxy): string[] {
  const { username } = new URL(url);
  const encoded = encodeURIComponent(password);
  const logins = [`${username}:${password}`, `${username}:${encoded}`];
  return [password, encoded, ...logins.map((login) => Buffer.from(login).toString('base64'))];
}

test('behind a proxy with a password all ways lead through it, and it stays out of everything', async () => {
  const scene = await begin();
  const { checkout, temp, step } = scene;
  await using company = await found(scene);
  const { proxy, api, registry, packages, env } = company;
  const { HTTP_PROXY = '', NO_PROXY = '' } = env;
  await using builder = await startBuilder(join(dirname(temp), 'buildkit'), { HTTPS_PROXY: HTTP_PROXY });
  await writeFile(
    join(checkout.folder, 'job/Dockerfile'),
    `${from}\nRUN wget -q -O /packages http://${packages}/ && cat /packages && echo "not by it: $no_proxy"\n`,
  );
  const [result, commandLines] = await commandLinesDuring(async () =>
    green(await step('build', { only: 'reconcile', builder: builder.name }, { env })),
  );
  const seen = new Set(proxy.requests.map(({ method, host }) => `${method} ${host}`));
  expect(seen).toEqual(new Set([`CONNECT ${api}`, `CONNECT ${registry}`, `GET ${packages}`]));
  expect(result.log).toContain('one package');
  expect(result.log).toContain(`not by it: ${NO_PROXY}`);

  const forms = formsOf(proxy);
  expect(await filesWith(temp, forms)).toEqual([]);
  expect(commandLines.size).toBeGreaterThan(0);
  const said = [result.log, result.summary, JSON.stringify(result.outputs), ...commandLines].join('\n');
  for (const form of forms) expect(said).not.toContain(form);
});
