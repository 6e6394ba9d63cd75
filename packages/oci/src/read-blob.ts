import { CodedError } from '@towpath/errors';
import { digestOf } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import { parseJson } from './json.ts';
import type { ContentSource } from './survey.ts';

/**
 * Reads a small blob, such as an image config, and checks its digest.
 *
 * @param limit in bytes
 * @param image its name, for messages
 * @throws CodedError `image-unsupported` if the blob is larger, `digest-mismatch` if it has another digest
 */
export async function readBlob(
  source: Pick<ContentSource, 'blob'>,
  descriptor: Descriptor,
  limit: number,
  image: string = descriptor.digest,
): Promise<Buffer> {
  const { digest, size } = descriptor;
  const tooLarge = (): CodedError =>
    new CodedError('image-unsupported', `Image ${image} has blob ${digest} of more than ${limit} bytes.`, {
      hint: 'Build the image again.',
    });
  if (size > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of await source.blob(descriptor)) {
    length += (chunk as Buffer).length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes) === digest) return bytes;
  throw new CodedError('digest-mismatch', `Image ${image}: the bytes of blob ${digest} have another digest.`);
}

/**
 * Reads a small JSON blob and returns its value.
 *
 * @param limit in bytes
 * @throws CodedError as {@link readBlob} does, also `image-unsupported` if it is not JSON or nests too deeply
 */
export async function readJson(
  source: Pick<ContentSource, 'blob'>,
  descriptor: Descriptor,
  limit: number,
): Promise<unknown> {
  const value = parseJson(await readBlob(source, descriptor, limit));
  if (value !== undefined) return value;
  throw new CodedError('image-unsupported', `Blob ${descriptor.digest} is not JSON, or nests too deeply.`);
}
