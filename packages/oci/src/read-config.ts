import { CodedError } from '@towpath/errors';
import { parseJson } from './json.ts';
import { maxConfigBytes } from './limits.ts';
import type { ImageManifest } from './manifest.ts';
import { readBlob } from './read-blob.ts';
import type { ContentSource } from './survey.ts';

/**
 * Reads the config of an image.
 *
 * @param name of the image, for messages
 * @throws CodedError `image-unsupported`, `digest-mismatch`, or `image-set-invalid` if it is not JSON
 */
export async function readConfig(
  source: Pick<ContentSource, 'blob'>,
  { config }: ImageManifest,
  name: string,
): Promise<unknown> {
  const content = parseJson(await readBlob(source, config, maxConfigBytes, name));
  if (content !== undefined) return content;
  throw new CodedError('image-set-invalid', `Image ${name}: its config ${config.digest} is not JSON.`, {
    hint: 'Build the image again.',
  });
}
