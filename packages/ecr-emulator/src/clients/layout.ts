import { digestOf, type Digest } from '@towpath/reference';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { descriptorOf } from '../harness/registry.ts';
import { mediaTypes } from '../registry/manifest.ts';

/** An image index in an OCI image layout, of images that a client can unpack. */
export interface Layout {
  readonly folder: string;
  readonly digest: Digest;
  readonly images: readonly Digest[];
}

const architectures = ['amd64', 'arm64'];

/** Writes a layout with an index of two images, tagged `latest`, each with one file that says what it is of. */
export async function writeLayout(folder: string, text: string): Promise<Layout> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const keep = async (bytes: Buffer, mediaType: string): Promise<ReturnType<typeof descriptorOf>> => {
    const descriptor = descriptorOf(bytes, mediaType);
    await writeFile(join(blobs, descriptor.digest.slice('sha256:'.length)), bytes);
    return descriptor;
  };
  const manifests = [];
  for (const architecture of architectures) {
    const tar = tarOf('hello.txt', Buffer.from(`${text} for ${architecture}\n`));
    const layer = await keep(gzipSync(tar), 'application/vnd.oci.image.layer.v1.tar+gzip');
    const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
    const config = await keep(
      json({ architecture, os: 'linux', config: {}, rootfs, history: [{ created_by: 'test' }] }),
      'application/vnd.oci.image.config.v1+json',
    );
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
    manifests.push({
      ...(await keep(json(manifest), mediaTypes.ociManifest)),
      platform: { architecture, os: 'linux' },
    });
  }
  const index = await keep(
    json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
    mediaTypes.ociIndex,
  );
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  await writeFile(join(folder, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  await writeFile(
    join(folder, 'index.json'),
    json({ schemaVersion: 2, manifests: [{ ...index, annotations }] }),
  );
  return { folder, digest: index.digest, images: manifests.map(({ digest }) => digest) };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

const block = 512;

/** A tar archive with one file (POSIX.1-1988, ustar). */
export function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(block);
  const fields: [string, number][] = [
    [name, 0],
    ['0000644\0', 100],
    ['0000000\0', 108],
    ['0000000\0', 116],
    [`${content.length.toString(8).padStart(11, '0')}\0`, 124],
    ['00000000000\0', 136],
    ['        ', 148],
    ['0', 156],
    ['ustar\0' + '00', 257],
  ];
  for (const [field, at] of fields) header.write(field, at, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * block)]);
}
