import { expect, test } from '@jest/globals';
import { pluginProgram, readDockerConfig } from '@towpath/docker';
import { readImageSet, type BuiltImage } from '@towpath/image-set';
import { Layout, parseManifest, type Manifest } from '@towpath/oci';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { output } from './clients.ts';
import { begin, green, type Scene } from './scene.ts';

const repository = 'docker-hub/library/busybox';

/** Returns a Dockerfile that references an image in every instruction that allows it. */
function dockerfile(image: string): string {
  return `ARG TAG=1.37
FROM --platform=$BUILDPLATFORM ${image}:\${TAG} AS tools
RUN echo made > /made
FROM ${image}:1.37 AS base
FROM base
COPY --from=tools /made /
COPY --from=${image}:1.37 /bin/busybox /copied
RUN --mount=type=bind,from=${image}:1.37,target=/mounted test -x /mounted/bin/busybox
`;
}

/** Returns the digest of the tag, and a different index with the same manifests. */
async function baseImages({ stage: { shared } }: Scene): Promise<{ old: string; newer: Manifest }> {
  const layout = new Layout(process.env.TOWPATH_BASE_IMAGES ?? '');
  const old = await shared.digestOf(repository, '1.37');
  const root = (await layout.index()).manifests.find(({ digest }) => digest === old);
  if (root === undefined) throw new Error('the base image is not on the stage');
  const manifest = await layout.manifest(root);
  const index = JSON.parse(manifest.text) as object;
  const text = JSON.stringify({ ...index, annotations: { moved: 'yes' } });
  return { old: root.digest, newer: parseManifest(Buffer.from(text), manifest.mediaType) };
}

/** Runs `body`, and calls `act` after build has resolved its base images and before docker or buildx builds. */
async function beforeBuilding<T>(
  { temp }: Scene,
  act: () => Promise<void>,
  body: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const folder = join(temp, 'wrappers');
  await mkdir(folder, { recursive: true });
  const [started, done] = [join(folder, 'started'), join(folder, 'done')];
  const wrap = async (path: string, wrapper: string) => {
    const script = `#!/bin/sh
case " $* " in *" build "*) touch ${started}; until [ -e ${done} ]; do sleep 0.1; done;; esac
exec ${path} "$@"
`;
    await writeFile(wrapper, script);
    await chmod(wrapper, 0o755);
  };
  for (const program of ['docker', 'buildx']) {
    const path = await output('sh', '-c', `command -v ${program} || true`);
    if (path !== '') await wrap(path.trim(), join(folder, program));
  }
  const plugin = await pluginProgram('buildx', process.env);
  const { folder: ownConfig } = await readDockerConfig(process.env);
  const config = join(folder, 'docker-config');
  if (existsSync(ownConfig)) await cp(ownConfig, config, { recursive: true });
  await mkdir(join(config, 'cli-plugins'), { recursive: true });
  if (plugin !== undefined) {
    await rm(join(config, 'cli-plugins/docker-buildx'), { force: true });
    await wrap(plugin, join(config, 'cli-plugins/docker-buildx'));
  }
  const running = body({ PATH: `${folder}:${process.env.PATH}`, DOCKER_CONFIG: config });
  while (!existsSync(started)) {
    const hasEnded = await Promise.race([running.then(() => true), setTimeout(50, false)]);
    if (hasEnded) return running;
  }
  await act();
  await writeFile(done, '');
  return running;
}

interface Provenance {
  readonly predicate: {
    readonly buildDefinition: {
      readonly resolvedDependencies: readonly { readonly uri: string; readonly digest: { sha256: string } }[];
    };
  };
}

/** Returns the digests of the base images in the provenance of an image. */
async function materials(layout: Layout, { attestations }: BuiltImage): Promise<readonly string[]> {
  const found = attestations.map(async (attestation) => {
    const manifest = await layout.manifest(attestation);
    if (manifest.kind !== 'image') throw new Error('the attestation is not an image manifest');
    const statements = manifest.layers.map(
      async ({ digest }) => JSON.parse(await readFile(layout.blobPath(digest), 'utf8')) as Provenance,
    );
    return (await Promise.all(statements)).flatMap(({ predicate }) =>
      predicate.buildDefinition.resolvedDependencies
        .filter(({ uri }) => uri.startsWith('pkg:docker/'))
        .map(({ digest }) => `sha256:${digest.sha256}`),
    );
  });
  return (await Promise.all(found)).flat();
}

test('builds from the base images of the fingerprint if a tag moves before the build', async () => {
  const scene = await begin();
  const { stage, checkout, temp, step } = scene;
  await stage.shared.pullThrough('docker-hub', 'registry-1.docker.io');
  const config = `pull-through: ${stage.shared.host}
images:
  reconcile: { context: job, dockerfile: job/hub.Dockerfile }
  web: { context: job, dockerfile: job/ecr.Dockerfile }
`;
  await writeFile(join(checkout.folder, 'towpath.yaml'), config);
  await writeFile(join(checkout.folder, 'job/hub.Dockerfile'), dockerfile('busybox'));
  await writeFile(
    join(checkout.folder, 'job/ecr.Dockerfile'),
    dockerfile(`${stage.shared.host}/${repository}`),
  );
  const { old, newer } = await baseImages(scene);
  const layout = new Layout(join(temp, 'towpath'));

  const move = () => stage.shared.tag(repository, newer, '1.37');
  green(await beforeBuilding(scene, move, (env) => step('build', {}, { env })));
  expect(await stage.shared.digestOf(repository, '1.37')).toBe(newer.digest);
  const first = (await readImageSet(layout.folder)).images;
  for (const image of first) expect(new Set(await materials(layout, image))).toEqual(new Set([old]));

  green(await step('build'));
  const second = (await readImageSet(layout.folder)).images;
  for (const image of second)
    expect(new Set(await materials(layout, image))).toEqual(new Set([newer.digest]));
  expect(second.map(({ fingerprint }) => fingerprint)).not.toEqual(first.map((one) => one.fingerprint));
});
