import { expect, test } from '@jest/globals';
import { Layout } from '@towpath/oci';
import { parseDigest } from '@towpath/reference';
import { certificate, startCorporateProxy, tlsEntrance, type CorporateProxy } from '@towpath/stage';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { startBuilder } from './builder.ts';
import { testWithBuildkitd } from './clients.ts';
import { commandLinesDuring } from './command-lines.ts';
import { filesWith } from './files-with.ts';
import { servePackages } from './package-server.ts';
import { begin, green, imagesOf, type ImageOutput, type Inputs, type Scene } from './scene.ts';

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

testWithBuildkitd(
  'behind a proxy with a password all ways lead through it, and it stays out of everything',
  async () => {
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
  },
);

const address = 'http://proxy.example:3128';

/** A proxy is in no cache key: its first step is one that no other build has done, so that those after it are run. */
async function writeJob({ checkout, temp }: Scene, lines: readonly string[], keys = ''): Promise<void> {
  await writeFile(join(checkout.folder, 'job/Dockerfile'), [from, `RUN : ${temp}`, ...lines, ''].join('\n'));
  await writeFile(join(checkout.folder, 'towpath.yaml'), `images:\n  reconcile: { context: job }\n${keys}`);
}

/** The environment of the containers of an image. */
async function environmentOf({ temp }: Scene, [image]: readonly ImageOutput[]): Promise<readonly string[]> {
  const layout = new Layout(join(temp, 'towpath'));
  const manifest = await layout.manifest({ digest: parseDigest(image?.digest ?? ''), mediaType: '' });
  if (manifest.kind !== 'image') throw new Error('one platform was built');
  const config = JSON.parse(await readFile(layout.blobPath(manifest.config.digest), 'utf8')) as {
    config: { Env: string[] };
  };
  return config.config.Env;
}

test('a Dockerfile that would keep a password is refused before anything is built, at each of its lines', async () => {
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

test('an image that keeps a password by an ONBUILD of its base does not get into the set', async () => {
  const scene = await begin();
  await writeJob(scene, [`${from} AS base`, 'ONBUILD ARG HTTPS_PROXY', 'FROM base', 'RUN true']);
  const env = { HTTPS_PROXY: 'http://tug:s3cr3t@proxy.example' };
  const { exitCode, outputs, log } = await scene.step('build', {}, { env });
  expect([exitCode, outputs['failure-reason']]).toEqual([1, 'proxy-exposed']);
  expect(log).toContain('ONBUILD');
  expect(await filesWith(scene.temp, ['s3cr3t'])).toEqual([]);
});

test('a step that prints the proxy and fails tells its password neither in the log nor in an output', async () => {
  const scene = await begin();
  await writeJob(scene, ['RUN echo "by $HTTPS_PROXY" && exit 3']);
  const env = { HTTPS_PROXY: 'http://tug:s3cr3t@proxy.example' };
  const { exitCode, outputs, log, summary, annotations } = await scene.step('build', {}, { env });
  expect([exitCode, outputs['failure-reason']]).toEqual([1, 'build-failed']);
  expect(outputs.problems).toContain('by http://***@proxy.example');
  expect([log, summary, JSON.stringify([outputs, annotations])].join()).not.toContain('s3cr3t');
});

test('without a password it is built, and warned of', async () => {
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

test('an image that shall keep its proxy has it in its environment; no other has', async () => {
  const scene = await begin();
  const env = { HTTP_PROXY: address, NO_PROXY: `.corp.test,"$HOME"` };
  await writeJob(scene, ['RUN true']);
  const plain = await environmentOf(scene, imagesOf(green(await scene.step('build', {}, { env }))));
  expect(plain.join()).not.toMatch(/proxy/i);
  await writeJob(scene, ['RUN true'], 'proxy: { persist: true }\n');
  const kept = await environmentOf(scene, imagesOf(green(await scene.step('build', {}, { env }))));
  expect(kept).toEqual(
    expect.arrayContaining([
      `HTTP_PROXY=${address}`,
      `http_proxy=${address}`,
      `NO_PROXY=.corp.test,"$HOME"`,
      `no_proxy=.corp.test,"$HOME"`,
    ]),
  );
});

test.each<{ by: string; keys: string; inputs: Inputs }>([
  { by: 'the configuration', keys: 'proxy: off\n', inputs: {} },
  { by: 'the input', keys: '', inputs: { proxy: 'off' } },
])('a proxy that is off by $by reaches no step, also where Docker has one', async ({ keys, inputs }) => {
  const scene = await begin();
  await writeJob(scene, ['RUN echo "by ${http_proxy:-none} and ${FTP_PROXY:-none}"'], keys);
  const docker = join(dirname(scene.temp), 'docker');
  await mkdir(docker);
  // Plugins and builders may be there.
  const own = process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
  if (existsSync(own)) await cp(own, docker, { recursive: true });
  const proxies = { default: { httpProxy: address, ftpProxy: address } };
  await writeFile(join(docker, 'config.json'), JSON.stringify({ proxies }));
  const env = { DOCKER_CONFIG: docker, HTTP_PROXY: address };
  expect(green(await scene.step('build', inputs, { env })).log).toContain('by none and none');
});

test('a proxy comes by an input, and by the environment after it; a step has it in both cases', async () => {
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

testWithBuildkitd(
  'provenance that tells everything tells nothing of the proxy, and the builder forgets its password',
  async () => {
    const scene = await begin();
    await using builder = await startBuilder(join(dirname(scene.temp), 'buildkit'), {});
    await writeJob(scene, ['RUN true'], 'provenance: max\n');
    const env = { HTTP_PROXY: 'http://tug:s3cr3t@127.0.0.1:9', NO_PROXY: 'unlikely.test' };
    green(await scene.step('build', { builder: builder.name }, { env }));
    expect(await filesWith(scene.temp, ['build-arg:HTTP_PROXY'])).not.toEqual([]);
    expect(await filesWith(scene.temp, ['s3cr3t', 'unlikely.test'])).toEqual([]);
    expect(await builder.records()).not.toContain('s3cr3t');
  },
);
