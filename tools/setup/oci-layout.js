import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A descriptor of the OCI image specification.
 *
 * @typedef {object} Descriptor
 * @property {string} mediaType
 * @property {string} digest
 * @property {number} size
 * @property {Platform} [platform]
 * @property {Record<string, string>} [annotations]
 */

/** @typedef {{ os: string, architecture: string, variant?: string }} Platform */

/**
 * @typedef {object} Image of one layer
 * @property {Platform} platform
 * @property {Buffer} tar
 * @property {Buffer} gzip the same, compressed
 */

const annotation = 'org.opencontainers.image';

/**
 * Writes an OCI image layout that holds one image for several platforms. The same images give the same bytes.
 *
 * @param {string} folder
 * @param {{ name: string, version: string, images: Image[] }} content
 */
export async function writeLayout(folder, { name, version, images }) {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const manifests = [];
  for (const image of images) {
    manifests.push({ ...(await writeImage(folder, image)), platform: image.platform });
  }
  const index = await writeJson(folder, 'application/vnd.oci.image.index.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests,
    annotations: { [`${annotation}.version`]: version },
  });
  await writeIndex(folder, { ...index, annotations: { [`${annotation}.ref.name`]: name } });
}

/**
 * @param {string} folder
 * @param {Descriptor} descriptor the only image of the layout
 */
export async function writeIndex(folder, descriptor) {
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
}

/**
 * @param {string} folder
 * @param {Image} image
 */
async function writeImage(folder, { platform, tar, gzip }) {
  const created = new Date(0).toISOString();
  const config = await writeJson(folder, 'application/vnd.oci.image.config.v1+json', {
    created,
    ...platform,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created, created_by: 'busybox-static' }],
  });
  const layer = await writeBlob(folder, 'application/vnd.oci.image.layer.v1.tar+gzip', gzip);
  return writeJson(folder, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layer],
  });
}

/**
 * @param {string} folder
 * @param {string} mediaType
 * @param {object} content
 */
function writeJson(folder, mediaType, content) {
  return writeBlob(folder, mediaType, Buffer.from(JSON.stringify(content)));
}

/**
 * @param {string} folder
 * @param {string} mediaType
 * @param {Buffer} bytes
 * @returns {Promise<Descriptor>}
 */
async function writeBlob(folder, mediaType, bytes) {
  const digest = digestOf(bytes);
  await writeFile(join(folder, 'blobs', ...digest.split(':')), bytes);
  return { mediaType, digest, size: bytes.length };
}

/** @param {Buffer} bytes */
function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
