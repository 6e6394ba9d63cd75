import { dockerArchive, type ImageManifest, type Layout } from '@towpath/oci';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Writes the image of one platform as a file that is both an OCI archive and an archive of `docker save`.
 *
 * The name ends with the digest of the manifest, because Snyk's report names nothing else than the path of an archive.
 *
 * @returns the path
 */
export async function writeArchive(
  folder: string,
  name: string,
  manifest: ImageManifest,
  source: Layout,
  signal: AbortSignal,
): Promise<string> {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const path = join(folder, `image-${plain}@${manifest.digest}`);
  await pipeline(dockerArchive([{ name: 'towpath:scan', manifest, source }]), createWriteStream(path), {
    signal,
  });
  return path;
}
