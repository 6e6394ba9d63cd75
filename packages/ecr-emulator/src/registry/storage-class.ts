/** The time to restore an archived image, in milliseconds (ECR User Guide, "Archiving an image"). */
const activationTime = 20 * 60 * 1000;

/** The storage class of an image since a time in milliseconds since the epoch. Before, it was in standard storage. */
export interface StorageRecord {
  readonly class: 'STANDARD' | 'ARCHIVE';
  readonly at: number;
}

/** An image in a storage class. Undefined: it was always in standard storage. */
interface Stored {
  readonly storage?: StorageRecord;
}

export function isArchived({ storage }: Stored): boolean {
  return storage?.class === 'ARCHIVE';
}

/** Returns ECR's status of an image. Only active images can be pulled. */
export function imageStatusOf({ storage }: Stored, now: number): 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' {
  if (storage === undefined) return 'ACTIVE';
  if (storage.class === 'ARCHIVE') return 'ARCHIVED';
  return now < storage.at + activationTime ? 'ACTIVATING' : 'ACTIVE';
}
