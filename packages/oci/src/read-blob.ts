import { CodedError } from '@towpath/errors';
import { digestOf } from '@towpath/reference';
import type { Descriptor } from './descriptor.ts';
import type { ContentSource } from './survey.ts';

/**
 * The bytes of a small blob, such as the config of an image. Their digest is checked.
 *
 * @param limit in bytes
 * @throws CodedError `image-unsupported` if the blob is larger, `digest-mismatch` if it has another digest
 */
export async function readBlob(
  source: Pick<ContentSource, 'blob'>,
  descriptor: Descriptor,
  limit: number,
): Promise<Buffer> {
  const { digest, size } = descriptor;
  const tooLarge = (): CodedError =>
    new CodedError('image-unsupported', `Blob ${digest} has more than ${limit} bytes, which is too many.`);
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
  throw new CodedError('digest-mismatch', `The bytes of blob ${digest} have another digest.`);
}
