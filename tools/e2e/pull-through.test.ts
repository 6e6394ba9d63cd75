import { expect, test } from '@jest/globals';
import { Layout } from '@towpath/oci';
import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLinesDuring, seenDuring } from './command-lines.ts';
import { filesWith } from './files-with.ts';
import { begin, green, type Scene } from './scene.ts';

/** A Dockerfile that names one image of Docker Hub in every way that there is. */
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

/** What is in the files of Docker's configuration while it is lent, as long as they are there. */
async function lentConfiguration({ temp }: Scene): Promise<readonly string[]> {
  const names = await readdir(temp, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.startsWith('docker-config-'));
  return Promise.all(files.map((name) => readFile(join(temp, name), 'utf8').catch(() => '')));
}

test('images of Docker Hub come from the pull-through cache by a login that nobody sees', async () => {
  const scene = await begin();
  const { stage, temp, step, withoutCache } = scene;
  await configure(scene, manyNames);
  await withoutCache();
  await stage.emulator.clearRequests();
  const [[result, commandLines], lent] = await seenDuring(
    () => lentConfiguration(scene),
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
  expect([...lent].join()).toContain('credHelpers');
  const said = [result.log, result.summary, JSON.stringify(result.outputs), ...commandLines, ...lent].join(
    '\n',
  );
  for (const password of passwords) expect(said).not.toContain(password);
});

test('an image has the same content by its own name as from the cache', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const rest = 'RUN echo made > /made\n';
  await configure(scene, `FROM busybox:1.37\n${rest}`);
  const cached = await contentOf(scene);
  await writeFile(join(checkout.folder, 'towpath.yaml'), 'images:\n  reconcile: { context: job }\n');
  const own = `FROM ${stage.shared.host}/docker-hub/library/busybox:1.37\n${rest}`;
  await writeFile(join(checkout.folder, 'job/Dockerfile'), own);
  expect(await contentOf(scene)).toEqual(cached);
});

/** The digests of the config and the layers of the image that is built. */
async function contentOf({ temp, step }: Scene): Promise<readonly string[]> {
  green(await step('build'));
  const layout = new Layout(join(temp, 'towpath'));
  const [image] = (await layout.index()).manifests;
  if (image === undefined) throw new Error('an image was built');
  const manifest = await layout.manifest(image);
  if (manifest.kind !== 'image') throw new Error('one platform was built');
  return [manifest.config, ...manifest.layers].map(({ digest }) => digest);
}

test('the frontend that a Dockerfile names comes from the cache, too, by its digest', async () => {
  const scene = await begin();
  const { stage, step } = scene;
  await configure(scene, '# syntax=busybox:1.37\nFROM busybox:1.37\n');
  const digest = await stage.shared.digestOf('docker-hub/library/busybox', '1.37');
  // It is none: that it is taken for one is all that can be seen.
  const { outputs, log, annotations } = await step('build');
  expect(outputs['failure-reason']).toBe('build-failed');
  expect(log).toContain(`/docker-hub/library/busybox:1.37@${digest}`);
  const old = 'the frontend busybox:1.37 knows no named contexts';
  expect(annotations.map(({ message }) => message)).toContainEqual(expect.stringContaining(old));
});

test('what makes an SBOM comes from the cache, too, unless another one is named', async () => {
  const scene = await begin();
  await configure(scene, 'FROM scratch\nCOPY reconcile.sh /\n');
  await appendFile(join(scene.checkout.folder, 'towpath.yaml'), 'sbom: true\n');
  // There is none in the cache, and no way to Docker Hub: that it is asked for there is all that can be seen.
  const { outputs } = await scene.step('build');
  expect(outputs.problems).toContain('/docker-hub/docker/buildkit-syft-scanner:stable-1');
});

test('a stage with the name of its base image is told, for neither a cache nor a digest can stand for it', async () => {
  const scene = await begin();
  await configure(scene, 'ARG A\nFROM busybox AS busybox\nRUN true\n');
  const { annotations } = await scene.step('build', { 'dry-run': 'true' });
  expect(annotations).toContainEqual(
    expect.objectContaining({
      message: expect.stringMatching(/whatever busybox is .*Give the stage another name/) as unknown,
      file: 'job/Dockerfile',
      line: '2',
    }),
  );
});
