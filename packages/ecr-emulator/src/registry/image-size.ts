import type { ImageRecord, RepositoryRecord } from './record.ts';

/** Returns the size of an image's layers and configuration in bytes, or of the largest image of an index (ECR API, ImageDetail). */
export function imageSize(
  { images }: Pick<RepositoryRecord, 'images'>,
  { blobs, children }: ImageRecord,
): number {
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  const sizes = children.map((child) => {
    const image = images[child];
    return image === undefined ? 0 : imageSize({ images }, image);
  });
  return Math.max(total, ...sizes);
}
