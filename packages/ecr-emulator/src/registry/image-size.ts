import type { ImageRecord, RepositoryRecord } from './record.ts';

/** The bytes of an image: its layers and its configuration; of an index, those of its largest image (ECR API, ImageDetail). */
export function imageSize(
  { images }: Pick<RepositoryRecord, 'images'>,
  { blobs, children }: ImageRecord,
): number {
  const own = blobs.reduce((sum, { size }) => sum + size, 0);
  const sizes = children.map((child) => {
    const image = images[child];
    return image === undefined ? 0 : imageSize({ images }, image);
  });
  return Math.max(own, ...sizes);
}
