import { digestOf, type Digest } from '@towpath/reference';
import { putBlob, putJson, writeIndex } from '@towpath/setup/oci-layout';
import { gzipSync } from 'node:zlib';
import { mediaTypes } from '../registry/manifest.ts';

/** An OCI image layout with an index of images that clients can unpack. */
export interface Layout {
  readonly folder: string;
  readonly digest: Digest;
  readonly images: readonly Digest[];
}

const architectures = ['amd64', 'arm64'];

/** Writes a layout with an index of two images, tagged `latest`, each with one file. */
export function writeLayout(folder: string, text: string): Layout {
  const manifests = architectures.map((architecture) => {
    const tar = tarOf('hello.txt', Buffer.from(`${text} for ${architecture}\n`));
    const layer = putBlob(folder, 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar));
    const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
    const config = putJson(folder, 'application/vnd.oci.image.config.v1+json', {
      ...{ architecture, os: 'linux', config: {}, rootfs, history: [{ created_by: 'test' }] },
    });
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
    const descriptor = putJson(folder, mediaTypes.ociManifest, manifest);
    return { ...descriptor, platform: { architecture, os: 'linux' } };
  });
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  const index = putJson(folder, mediaTypes.ociIndex, document);
  writeIndex(folder, [{ ...index, annotations: { 'org.opencontainers.image.ref.name': 'latest' } }]);
  const images = manifests.map(({ digest }) => digest as Digest);
  return { folder, digest: index.digest as Digest, images };
}

const block = 512;

/** Returns a tar archive with one file (POSIX.1-1988, ustar). */
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
