import { fingerprintAnnotation, writeImageSet, type BuiltImage } from '@towpath/image-set';
import { mediaTypes, type Descriptor } from '@towpath/oci';
import { type Digest } from '@towpath/reference';
import { blobPath, putJson, writeIndex } from '@towpath/setup/oci-layout';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';

/** Images on the disk: all of them in one image set, and each in a layout of its own, as others read them. */
export interface BenchImages {
  readonly folder: string;
  readonly images: readonly (BuiltImage & { readonly layout: string })[];
}

const mebibyte = 2 ** 20;

/** Services that share their base and their runtime; sizes in MiB. */
export async function makeServices(
  folder: string,
  count: number,
  { base, runtime, app }: { readonly base: number; readonly runtime: number; readonly app: number },
): Promise<BenchImages> {
  const shared = [await makeLayer(folder, base), await makeLayer(folder, runtime)];
  const images: (BuiltImage & { layout: string })[] = [];
  for (let index = 0; index < count; index += 1) {
    images.push(await makeImage(folder, `service-${index}`, [...shared, await makeLayer(folder, app)]));
  }
  await describe(folder, images);
  return { folder, images };
}

/** One image with a layer of so many MiB, of nothing but holes on the disk. */
export async function makeGiant(folder: string, size: number): Promise<BenchImages> {
  const path = join(folder, 'giant');
  await mkdir(folder, { recursive: true });
  const file = await open(path, 'w');
  await file.truncate(size * mebibyte);
  await file.close();
  const digest = await hash(path);
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: size * mebibyte };
  await keep(folder, path, digest);
  const image = await makeImage(folder, 'giant', [{ layer, diffId: digest }]);
  await describe(folder, [image]);
  return { folder, images: [image] };
}

interface Layer {
  readonly layer: Descriptor;
  readonly diffId: Digest;
}

/** A layer as tar and gzip make it, of bytes that cannot be made smaller. */
async function makeLayer(folder: string, size: number): Promise<Layer> {
  const work = join(folder, 'work');
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'data'), randomBytes(Math.ceil(size * mebibyte)));
  const path = join(folder, 'layer.tar.gz');
  await promisify(execFile)('tar', ['-C', work, '-czf', path, 'data']);
  await rm(work, { recursive: true });
  const unpacked = createHash('sha256');
  await pipeline(createReadStream(path), createGunzip(), unpacked);
  const [digest, { size: bytes }] = [await hash(path), await stat(path)];
  await keep(folder, path, digest);
  return {
    layer: { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: bytes },
    diffId: `sha256:${unpacked.digest('hex')}` as Digest,
  };
}

async function makeImage(
  folder: string,
  name: string,
  layers: readonly Layer[],
): Promise<BuiltImage & { readonly layout: string }> {
  const fingerprint = createHash('sha256').update(randomBytes(32)).digest('hex');
  const config = put(folder, 'application/vnd.oci.image.config.v1+json', {
    os: 'linux',
    architecture: 'amd64',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const root = put(folder, mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: layers.map(({ layer }) => layer),
    annotations: { [fingerprintAnnotation]: fingerprint },
  });
  const layout = join(folder, 'each', name);
  for (const { digest } of [root, config, ...layers.map(({ layer }) => layer)]) {
    await mkdir(dirname(blobPath(layout, digest)), { recursive: true });
    await link(blobPath(folder, digest), blobPath(layout, digest));
  }
  writeIndex(layout, [{ ...root, annotations: { 'org.opencontainers.image.ref.name': 'it' } }]);
  const { digest, mediaType, size } = root;
  return {
    ...{ name, digest, mediaType, size, fingerprint, layout },
    bytes: layers.reduce((sum, { layer }) => sum + layer.size, size + config.size),
    platforms: { 'linux/amd64': digest },
    labels: {},
    attestations: [],
  };
}

async function describe(
  folder: string,
  images: readonly (BuiltImage & { readonly layout: string })[],
): Promise<void> {
  writeIndex(
    folder,
    images.map(({ name, digest, mediaType, size }) => ({
      ...{ mediaType, digest, size },
      annotations: { 'org.opencontainers.image.ref.name': name },
    })),
  );
  await writeImageSet(folder, {
    schemaVersion: 1,
    source: {},
    images: images.map((image) => ({ ...image, layout: undefined })),
  });
}

function put(folder: string, mediaType: string, content: object): Descriptor {
  const { digest, size } = putJson(folder, mediaType, content);
  return { mediaType, digest: digest as Digest, size };
}

async function keep(folder: string, path: string, digest: Digest): Promise<void> {
  await mkdir(dirname(blobPath(folder, digest)), { recursive: true });
  await rename(path, blobPath(folder, digest));
}

async function hash(path: string): Promise<Digest> {
  const hasher = createHash('sha256');
  await pipeline(createReadStream(path), hasher);
  return `sha256:${hasher.digest('hex')}` as Digest;
}
