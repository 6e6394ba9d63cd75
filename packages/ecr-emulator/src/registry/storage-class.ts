import type { ImageRecord } from './record.ts';

/** How long an image takes from the archive back into use (ECR User Guide, "Archiving an image"). */
const activationTime = 20 * 60 * 1000;

/** Where an image is kept, since a time in milliseconds since the epoch; before, it was in standard storage. */
export interface StorageRecord {
  readonly class: 'STANDARD' | 'ARCHIVE';
  readonly at: number;
}

export function isArchived({ storage }: Pick<ImageRecord, 'storage'>): boolean {
  return storage?.class === 'ARCHIVE';
}

/** Whether an image can be pulled, as ECR says it. */
export function imageStatusOf(
  { storage }: Pick<ImageRecord, 'storage'>,
  now: number,
): 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' {
  if (storage === undefined) return 'ACTIVE';
  if (storage.class === 'ARCHIVE') return 'ARCHIVED';
  return now < storage.at + activationTime ? 'ACTIVATING' : 'ACTIVE';
}
