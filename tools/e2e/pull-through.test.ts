import { expect, test } from '@jest/globals';
import { Layout } from '@towpath/oci';
import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectDuring, commandLinesDuring } from './command-lines.ts';
import { filesWith } from './files-with.ts';
import { begin, green, type Scene } from './scene.ts';

/** A Dockerfile that references an image of Docker Hub under all its names and in every instruction. */
const manyNames = `
ARG TAG=1.37
FROM --platform=$BUILDPLATFORM busybox:\${TAG} AS tools
RUN echo made > /made
FROM docker.io/library/busybox:1.37 AS base
FROM base
COPY --from=tools /made /
COPY --from=index.docker.io/library/busybox:1.37 /bin/busybox /copied
RUN --mount=type=bind,from=docker.io/busybox:1.37,target=/mounted test -x /mounted/bin/busybox && cat /made
`;

async function configure({ checkout, stage }: Scene, dockerfile: string): Promise<void> {
  await stage.shared.pullThrough('docker-hub', 'registry-1.docker.io');
  await writeFile(join(checkout.folder, 'job/Dockerfile'), dockerfile);
  await writeFile(
    join(checkout.folder, 'towpath.yaml'),
    `pull-through: ${stage.shared.host}\nimages:\n  reconcile: { context: job }\n`,
  );
}

/** Returns the content of the temporary Docker configuration files that exist now. */
async function temporaryConfiguration({ temp }: Scene): Promise<readonly string[]> {
  const names = await readdir(temp, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.startsWith('docker-config-'));
  return Promise.all(files.map((name) => readFile(join(temp, name), 'utf8').catch(() => '')));
}

test('pulls images of Docker Hub from the pull-through cache without exposing the login', async () => {
  const scene = await begin();
  const { stage, temp, step, withoutCache } = scene;
  await configure(scene, manyNames);
  await withoutCache();
  await stage.emulator.clearRequests();
  const [[result, commandLines], configurations] = await collectDuring(
    () => temporaryConfiguration(scene),
    () => commandLinesDuring(async () => green(await step('build'))),
  );
  const pulled = (await stage.emulator.requests()).filter(({ plane }) => plane === 'registry');
  expect(pulled.length).toBeGreaterThan(0);
  expect(new Set(pulled.map(({ repository }) => repository ?? 'docker-hub/library/busybox'))).toEqual(
    new Set(['docker-hub/library/busybox']),
  );
  expect(result.log).toContain('made');

  const passwords = [...result.masks];
  expect(passwords.length).toBeGreaterThan(0);
  expect(await filesWith(temp, passwords)).toEqual([]);
  expect((await readdir(temp)).filter((name) => name.startsWith('docker-config-'))).toEqual([]);
  expect([...configurations].join()).toContain('credHelpers');
  const printed = [result.log, result.summary, JSON.stringify(result.outputs)];
  const visible = [...printed, ...commandLines, ...configurations].join('\n');
  for (const password of passwords) expect(visible).not.toContain(password);
});

test('an image has the same content with and without the pull-through configuration', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const rest = 'RUN echo made > /made\n';
  await configure(scene, `FROM busybox:1.37\n${rest}`);
  const cached = await contentOf(scene);
  await writeFile(join(checkout.folder, 'towpath.yaml'), 'images:\n  reconcile: { context: job }\n');
  const direct = `FROM ${stage.shared.host}/docker-hub/library/busybox:1.37\n${rest}`;
  await writeFile(join(checkout.folder, 'job/Dockerfile'), direct);
  expect(await contentOf(scene)).toEqual(cached);
});

/** Builds one image and returns the digests of its config and layers. */
async function contentOf({ temp, step }: Scene): Promise<readonly string[]> {
  green(await step('build'));
  const layout = new Layout(join(temp, 'towpath'));
  const [image] = (await layout.index()).manifests;
  if (image === undefined) throw new Error('no image was built');
  const manifest = await layout.manifest(image);
  if (manifest.kind !== 'image') throw new Error('the image has more than one platform');
  return [manifest.config, ...manifest.layers].map(({ digest }) => digest);
}

test('pulls the frontend of a Dockerfile from the cache by digest', async () => {
  const scene = await begin();
  const { stage, step } = scene;
  await configure(scene, '# syntax=busybox:1.37\nFROM busybox:1.37\n');
  const digest = await stage.shared.digestOf('docker-hub/library/busybox', '1.37');
  // The image is not a frontend, so the build fails. The log shows which image BuildKit used.
  const { outputs, log, annotations } = await step('build');
  expect(outputs['failure-reason']).toBe('build-failed');
  expect(log).toContain(`/docker-hub/library/busybox:1.37@${digest}`);
  const old = 'the frontend busybox:1.37 does not support named contexts';
  expect(annotations.map(({ message }) => message)).toContainEqual(expect.stringContaining(old));
});

test('pulls the default SBOM generator from the cache', async () => {
  const scene = await begin();
  await configure(scene, 'FROM scratch\nCOPY reconcile.sh /\n');
  await appendFile(join(scene.checkout.folder, 'towpath.yaml'), 'sbom: true\n');
  // The cache has no generator, so the build fails. The problem shows which image BuildKit requested.
  const { outputs } = await scene.step('build');
  expect(outputs.problems).toContain('/docker-hub/docker/buildkit-syft-scanner:stable-1');
});

test('warns about a stage with the name of its base image, which cannot be pinned', async () => {
  const scene = await begin();
  await configure(scene, 'ARG A\nFROM busybox AS busybox\nRUN true\n');
  const { annotations } = await scene.step('build', { 'dry-run': 'true' });
  expect(annotations).toContainEqual(
    expect.objectContaining({
      message: expect.stringMatching(/uses busybox as BuildKit pulls it .*Rename the stage/) as unknown,
      file: 'job/Dockerfile',
      line: '2',
    }),
  );
});
