import { expect, test } from '@jest/globals';
import { Layout } from '@towpath/oci';
import { parseDigest } from '@towpath/reference';
import { certificate, startCorporateProxy, tlsEntrance, type CorporateProxy } from '@towpath/stage';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startBuilder } from './builder.ts';
import { testWithBuildkitd } from './clients.ts';
import { commandLinesDuring } from './command-lines.ts';
import { filesWith } from './files-with.ts';
import { servePackages } from './package-server.ts';
import { begin, green, imagesOf, type ImageOutput, type Inputs, type Scene } from './scene.ts';

/** AWS, its registry and a package server, which can only be reached through a proxy. */
interface Network extends AsyncDisposable {
  readonly proxy: CorporateProxy;
  /** The host and port of the AWS API. */
  readonly api: string;
  readonly registry: string;
  readonly packages: string;
  /** The environment variables of a step. */
  readonly env: Readonly<Record<string, string>>;
}

async function startNetwork({ stage }: Scene): Promise<Network> {
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(await startCorporateProxy());
  const [ecr] = stage.emulator.registries;
  const api = `api.registry.example:${stack.use(await tlsEntrance(stage.emulator.api)).port}`;
  const registry = `ecr.registry.example:${stack.use(await tlsEntrance(ecr?.url ?? '')).port}`;
  const packages = `packages.example:${stack.use(await servePackages()).port}`;
  const owned = stack.move();
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

/** Returns the password of the proxy in every encoding that is used. */
function formsOf({ url, password }: CorporateProxy): string[] {
  const { username } = new URL(url);
  const encoded = encodeURIComponent(password);
  const logins = [`${username}:${password}`, `${username}:${encoded}`];
  return [password, encoded, ...logins.map((login) => Buffer.from(login).toString('base64'))];
}

testWithBuildkitd(
  'sends every request through a proxy with a password and does not expose the password',
  async () => {
    const scene = await begin();
    const { checkout, temp, step } = scene;
    await using network = await startNetwork(scene);
    const { proxy, api, registry, packages, env } = network;
    const { HTTP_PROXY = '', NO_PROXY = '' } = env;
    await using builder = await startBuilder(await mkdtemp(join(tmpdir(), 'bk-')), {
      HTTPS_PROXY: HTTP_PROXY,
    });
    await writeFile(
      join(checkout.folder, 'job/Dockerfile'),
      `${from}\nRUN wget -q -O /packages http://${packages}/ && cat /packages && echo "not by it: $no_proxy"\n`,
    );
    const [result, commandLines] = await commandLinesDuring(async () =>
      green(await step('build', { only: 'reconcile', builder: builder.name }, { env })),
    );
    const requests = new Set(proxy.requests.map(({ method, host }) => `${method} ${host}`));
    expect(requests).toEqual(new Set([`CONNECT ${api}`, `CONNECT ${registry}`, `GET ${packages}`]));
    expect(result.log).toContain('one package');
    expect(result.log).toContain(`not by it: ${NO_PROXY}`);

    const forms = formsOf(proxy);
    expect(await filesWith(temp, forms)).toEqual([]);
    expect(commandLines.size).toBeGreaterThan(0);
    const visible = [result.log, result.summary, JSON.stringify(result.outputs), ...commandLines].join('\n');
    for (const form of forms) expect(visible).not.toContain(form);
  },
);

const address = 'http://proxy.example:3128';

/** Writes a Dockerfile whose first step is unique, so that no step comes from the cache: the proxy is not in its key. */
async function writeJob({ checkout, temp }: Scene, lines: readonly string[], keys = ''): Promise<void> {
  await writeFile(join(checkout.folder, 'job/Dockerfile'), [from, `RUN : ${temp}`, ...lines, ''].join('\n'));
  await writeFile(join(checkout.folder, 'towpath.yaml'), `images:\n  reconcile: { context: job }\n${keys}`);
}

/** Returns the environment variables in the config of an image. */
async function environmentOf({ temp }: Scene, [image]: readonly ImageOutput[]): Promise<readonly string[]> {
  const layout = new Layout(join(temp, 'towpath'));
  const manifest = await layout.manifest({ digest: parseDigest(image?.digest ?? ''), mediaType: '' });
  if (manifest.kind !== 'image') throw new Error('the image has more than one platform');
  const config = JSON.parse(await readFile(layout.blobPath(manifest.config.digest), 'utf8')) as {
    config: { Env: string[] };
  };
  return config.config.Env;
}

test('rejects a Dockerfile that would store the password in the image, at each line, before the build', async () => {
  const scene = await begin();
  await writeJob(scene, ['ARG HTTPS_PROXY', 'RUN true', 'ENV http_proxy=$HTTPS_PROXY']);
  const env = {
    HTTPS_PROXY: 'http://tug:s3cr3t@proxy.example',
    HTTP_PROXY: 'http://tug:s3cr3t@proxy.example',
  };
  const { exitCode, outputs, log, annotations } = await scene.step('build', {}, { env });
  expect(exitCode).toBe(1);
  expect(outputs['failure-reason']).toBe('proxy-exposed');
  expect(annotations.map(({ level, line }) => [level, line])).toEqual([
    ['error', '3'],
    ['error', '5'],
  ]);
  expect(log).toContain('Delete the line');
  expect(log).not.toContain('building');
  expect(log).not.toContain('s3cr3t');
});

test('leaves an image out of the set if an ONBUILD of its base stores the password', async () => {
  const scene = await begin();
  await writeJob(scene, [`${from} AS base`, 'ONBUILD ARG HTTPS_PROXY', 'FROM base', 'RUN true']);
  const env = { HTTPS_PROXY: 'http://tug:s3cr3t@proxy.example' };
  const { exitCode, outputs, log } = await scene.step('build', {}, { env });
  expect([exitCode, outputs['failure-reason']]).toEqual([1, 'proxy-exposed']);
  expect(log).toContain('ONBUILD');
  expect(await filesWith(scene.temp, ['s3cr3t'])).toEqual([]);
});

test('masks the password in the log and the outputs if a step prints the proxy and fails', async () => {
  const scene = await begin();
  await writeJob(scene, ['RUN echo "by $HTTPS_PROXY" && exit 3']);
  const env = { HTTPS_PROXY: 'http://tug:s3cr3t@proxy.example' };
  const { exitCode, outputs, log, summary, annotations } = await scene.step('build', {}, { env });
  expect([exitCode, outputs['failure-reason']]).toEqual([1, 'build-failed']);
  expect(outputs.problems).toContain('by http://***@proxy.example');
  expect([log, summary, JSON.stringify([outputs, annotations])].join()).not.toContain('s3cr3t');
});

test('builds a Dockerfile that stores a proxy without a password, and warns', async () => {
  const scene = await begin();
  await writeJob(scene, ['ARG HTTPS_PROXY', 'RUN echo "by $HTTPS_PROXY"']);
  const { log, annotations } = green(await scene.step('build', {}, { env: { HTTPS_PROXY: address } }));
  expect(log).toContain(`by ${address}`);
  expect(annotations).toContainEqual(
    expect.objectContaining({
      level: 'warning',
      message: expect.stringContaining('depends on the proxy') as unknown,
    }),
  );
});

test('the environment of an image contains the proxy only with persist: true', async () => {
  const scene = await begin();
  const env = { HTTP_PROXY: address, NO_PROXY: `.corp.test,"$HOME"` };
  await writeJob(scene, ['RUN true']);
  const plain = await environmentOf(scene, imagesOf(green(await scene.step('build', {}, { env }))));
  expect(plain.join()).not.toMatch(/proxy/i);
  await writeJob(scene, ['RUN true'], 'proxy: { persist: true }\n');
  const persisted = await environmentOf(scene, imagesOf(green(await scene.step('build', {}, { env }))));
  expect(persisted).toEqual(
    expect.arrayContaining([
      `HTTP_PROXY=${address}`,
      `http_proxy=${address}`,
      `NO_PROXY=.corp.test,"$HOME"`,
      `no_proxy=.corp.test,"$HOME"`,
    ]),
  );
});

test.each<{ source: string; keys: string; inputs: Inputs }>([
  { source: 'the configuration', keys: 'proxy: off\n', inputs: {} },
  { source: 'the input', keys: '', inputs: { proxy: 'off' } },
])('proxy: off in $source also disables the proxy of the Docker configuration', async ({ keys, inputs }) => {
  const scene = await begin();
  await writeJob(scene, ['RUN echo "by ${http_proxy:-none} and ${FTP_PROXY:-none}"'], keys);
  const docker = join(dirname(scene.temp), 'docker');
  await mkdir(docker);
  // The folder can contain plugins and builders.
  const original = process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
  if (existsSync(original)) await cp(original, docker, { recursive: true });
  const proxies = { default: { httpProxy: address, ftpProxy: address } };
  await writeFile(join(docker, 'config.json'), JSON.stringify({ proxies }));
  const env = { DOCKER_CONFIG: docker, HTTP_PROXY: address };
  expect(green(await scene.step('build', inputs, { env })).log).toContain('by none and none');
});

test('inputs override the proxy of the environment, and a step gets its variables in both cases', async () => {
  const scene = await begin();
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];
  const printed = names.map((name) => `$${name} $${name.toLowerCase()}`).join();
  await writeJob(scene, [`RUN echo "${printed}"`]);
  const inputs = {
    proxy: 'HTTP_PROXY=http://input\nno_proxy=a.test,b.test',
    'build-args': 'HTTPS_PROXY=http://arg',
  };
  const address = 'http://environment';
  const env = { HTTP_PROXY: address, HTTPS_PROXY: address, FTP_PROXY: address, all_proxy: address };
  const { log } = green(await scene.step('build', inputs, { env }));
  const values = ['http://input', 'http://arg', address, address, 'a.test,b.test'];
  expect(log).toContain(values.map((value) => `${value} ${value}`).join());
});

testWithBuildkitd('provenance: max contains no proxy, and the builder keeps no password', async () => {
  const scene = await begin();
  await using builder = await startBuilder(await mkdtemp(join(tmpdir(), 'bk-')), {});
  await writeJob(scene, ['RUN true'], 'provenance: max\n');
  const env = { HTTP_PROXY: 'http://tug:s3cr3t@127.0.0.1:9', NO_PROXY: 'unlikely.test' };
  green(await scene.step('build', { builder: builder.name }, { env }));
  expect(await filesWith(scene.temp, ['build-arg:HTTP_PROXY'])).not.toEqual([]);
  expect(await filesWith(scene.temp, ['s3cr3t', 'unlikely.test'])).toEqual([]);
  expect(await builder.records()).not.toContain('s3cr3t');
});
