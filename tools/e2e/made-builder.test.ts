import { afterEach, expect } from '@jest/globals';
import { buildx, makeBuildkitImage, startCorporateProxy, type BuildkitImage } from '@towpath/stage';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { output, testWith, withBuildkitd } from './clients.ts';
import { commandLinesDuring } from './command-lines.ts';
import { servePackages } from './package-server.ts';
import { begin, green, type Scene } from './scene.ts';

const needs = ['docker version', 'docker buildx version', 'buildctl --version'];
const test = withBuildkitd(testWith('docker with buildx, and buildctl', ['sh', '-c', needs.join(' && ')]));

const inputsFor = ({ name }: BuildkitImage) => ({
  only: 'reconcile',
  'driver-opts': `image=${name}\nnetwork=host`,
});

/** Returns the containers and volumes of the builders that build created. */
async function builderResources(): Promise<readonly string[]> {
  const filter = '--filter=name=buildx_buildkit_towpath';
  const containers = await output('docker', 'ps', '--all', '--format={{.Names}}', filter);
  const volumes = await output('docker', 'volume', 'ls', '--format={{.Name}}', filter);
  return `${containers}\n${volumes}`.split('\n').filter(Boolean).sort();
}

/** Removes the builders of a test that failed. */
afterEach(async () => {
  const names = (await buildx('ls', '--format={{.Name}}')).split('\n');
  for (const builder of new Set(names.filter((one) => /^towpath-[0-9a-f]{8}$/.test(one))))
    if ((await builderResources()).some((one) => one.includes(builder)))
      await buildx('rm', '--force', builder);
});

const containerIn = (names: readonly string[]) => names.filter((one) => !one.endsWith('_state')).join();

async function appendLines({ checkout }: Scene, ...lines: readonly string[]): Promise<void> {
  await appendFile(join(checkout.folder, 'job/Dockerfile'), `\nUSER 0\n${lines.join('\n')}\n`);
}

test('creates one builder with the given options for a job and removes it afterwards', async () => {
  await using image = await makeBuildkitImage();
  const inputs = inputsFor(image);
  const { step } = await begin();
  const first = green(await step('build', inputs));
  const container = containerIn(await builderResources());
  expect(container).toMatch(/^buildx_buildkit_towpath-[0-9a-f]{8}0$/);
  const format = '--format={{.Id}} {{.Config.Image}} {{.HostConfig.NetworkMode}}';
  const before = await output('docker', 'inspect', format, container);
  expect(before.trim().split(' ').slice(1)).toEqual([image.name, 'host']);

  const second = green(await step('build', inputs));
  expect(await output('docker', 'inspect', format, container)).toBe(before);
  // Post scripts run in reverse order, so the step that created the builder removes it.
  expect((await second.post()).log).toBe('');
  expect(await builderResources()).toHaveLength(2);
  expect((await first.post()).log).toMatch(/^Builder towpath-[0-9a-f]{8} was removed\.$/);
  expect(await builderResources()).toEqual([]);
});

test('creates a builder if the default builder of Docker cannot export OCI layouts', async () => {
  await using image = await makeBuildkitImage('moby/buildkit:buildx-stable-1');
  const scene = await begin();
  const { checkout, temp } = scene;
  await writeFile(join(checkout.folder, 'job/Dockerfile'), 'FROM scratch\nCOPY reconcile.sh /\n');
  const env = { BUILDX_BUILDER: 'default', BUILDX_CONFIG: join(temp, 'buildx') };
  const built = green(await scene.step('build', { only: 'reconcile' }, { env }));
  const used = await output(
    'docker',
    'inspect',
    '--format={{.Config.Image}}',
    containerIn(await builderResources()),
  );
  expect(used.trim()).toBe(image.name);
  await built.post();
  expect(await builderResources()).toEqual([]);
});

test('the builder uses the proxy, and only its container contains the password', async () => {
  await using image = await makeBuildkitImage();
  const inputs = inputsFor(image);
  await using proxy = await startCorporateProxy();
  await using packages = await servePackages();
  const scene = await begin();
  const address = `packages.example:${packages.port}`;
  await appendLines(scene, `ADD http://${address}/one /one`);
  const env = { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1,.corp.test' };
  const [result, commandLines] = await commandLinesDuring(async () =>
    green(await scene.step('build', inputs, { env })),
  );
  expect(proxy.requests.map(({ method, host }) => `${method} ${host}`)).toContain(`GET ${address}`);
  const variables = await output(
    'docker',
    'inspect',
    '--format={{json .Config.Env}}',
    containerIn(await builderResources()),
  );
  expect(JSON.parse(variables)).toEqual(
    expect.arrayContaining([`HTTP_PROXY=${proxy.url}`, 'NO_PROXY=127.0.0.1,.corp.test']),
  );

  const secret = encodeURIComponent(proxy.password);
  const instances = join(process.env.BUILDX_CONFIG ?? '', 'instances');
  const saved = await Promise.all(
    (await readdir(instances)).map((file) => readFile(join(instances, file), 'utf8')),
  );
  for (const text of [...commandLines, ...saved, result.log, result.summary, JSON.stringify(result.outputs)])
    expect(text).not.toContain(secret);
  await result.post();
  expect(await builderResources()).toEqual([]);
});

test('removes the builder after a build that failed or was cancelled', async () => {
  await using image = await makeBuildkitImage();
  const inputs = inputsFor(image);
  const failing = await begin();
  await appendLines(failing, 'RUN exit 3');
  const failed = await failing.step('build', inputs);
  expect(failed.outputs['failure-reason']).toBe('build-failed');
  expect(await builderResources()).toHaveLength(2);
  await failed.post();
  expect(await builderResources()).toEqual([]);

  const endless = await begin();
  await appendLines(endless, 'RUN sleep 600');
  const cancelling = new AbortController();
  const building = endless.step('build', inputs, { interruption: { when: cancelling.signal, by: 'SIGINT' } });
  while ((await builderResources()).length === 0) await setTimeout(50);
  cancelling.abort();
  const cancelled = await building;
  expect(cancelled.outputs['failure-reason']).toBe('cancelled');
  await cancelled.post();
  expect(await builderResources()).toEqual([]);
});
