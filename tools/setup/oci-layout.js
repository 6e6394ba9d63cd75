import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
 * @typedef {object} Image with one layer
 * @property {Platform} platform
 * @property {Buffer} tar
 * @property {Buffer} gzip the same, compressed
 */

const annotation = 'org.opencontainers.image';

/**
 * Writes an OCI image layout with one image for several platforms. The same images give the same bytes.
 *
 * @param {string} folder
 * @param {{ name: string, version: string, images: Image[] }} content
 */
export function writeLayout(folder, { name, version, images }) {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const manifests = images.map((image) => ({ ...writeImage(folder, image), platform: image.platform }));
  const index = putJson(folder, mediaType, {
    schemaVersion: 2,
    mediaType,
    manifests,
    annotations: { [`${annotation}.version`]: version },
  });
  writeIndex(folder, [{ ...index, annotations: { [`${annotation}.ref.name`]: name } }]);
}

/**
 * Turns a folder into an OCI layout: writes its index and its `oci-layout` file.
 *
 * @param {string} folder
 * @param {readonly object[]} manifests descriptors of its images
 */
export function writeIndex(folder, manifests) {
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
}

/**
 * @param {string} folder
 * @param {Image} image
 */
function writeImage(folder, { platform, tar, gzip }) {
  const created = new Date(0).toISOString();
  const config = putJson(folder, 'application/vnd.oci.image.config.v1+json', {
    created,
    ...platform,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created, created_by: 'busybox-static' }],
  });
  const layer = putBlob(folder, 'application/vnd.oci.image.layer.v1.tar+gzip', gzip);
  return putJson(folder, 'application/vnd.oci.image.manifest.v1+json', {
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
export function putJson(folder, mediaType, content) {
  return putBlob(folder, mediaType, Buffer.from(JSON.stringify(content)));
}

/**
 * @param {string} folder
 * @param {string} mediaType
 * @param {Buffer} bytes
 * @returns {Descriptor}
 */
export function putBlob(folder, mediaType, bytes) {
  const digest = digestOf(bytes);
  const path = blobPath(folder, digest);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return { mediaType, digest, size: bytes.length };
}

/**
 * @param {string} folder
 * @param {string} digest
 */
export function blobPath(folder, digest) {
  return join(folder, 'blobs', ...digest.split(':'));
}

/** @param {Buffer} bytes */
function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
