import type { Digest } from '@towpath/reference';
import type { LifecycleResult } from '../lifecycle/evaluate.ts';
import type { Manifest } from './manifest.ts';
import type { StorageRecord } from './storage-class.ts';

/** How a repository treats tags that exist (ECR API, PutImageTagMutability). */
export interface TagMutability {
  readonly mode: 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';
  /** Wildcards: `*` stands for any characters. */
  readonly exclusions: readonly string[];
}

/** An image of a repository. Times are milliseconds since the epoch. */
export interface ImageRecord extends Omit<Manifest, 'digest' | 'annotations'> {
  readonly pushedAt: number;
  readonly pulledAt?: number;
  /** When its scan was asked for, by a push or by a call. How it stands follows from the clock. */
  readonly scanRequestedAt?: number;
  /** Undefined for an image that was always in standard storage. */
  readonly storage?: StorageRecord;
  /** How its replication stands, by destination: `<account>/<region>`. */
  readonly replication?: Readonly<Record<string, ReplicationStatus>>;
}

/** How the replication of an image to one destination stands. */
export interface ReplicationStatus {
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
  readonly failureCode?: string;
}

/** What is kept of a repository beside the bytes. Every change replaces it as a whole. */
export interface RepositoryRecord {
  readonly name: string;
  readonly createdAt: number;
  readonly mutability: TagMutability;
  readonly scanOnPush: boolean;
  readonly encryption: { readonly type: 'AES256' | 'KMS' | 'KMS_DSSE'; readonly kmsKey?: string };
  readonly resourceTags: Readonly<Record<string, string>>;
  /** As it was put: JSON text. */
  readonly policy?: string | undefined;
  readonly lifecycle?: LifecycleRecord | undefined;
  /** The last preview of a lifecycle policy. */
  readonly preview?: LifecyclePreview;
  /** When a pull-through cache last asked upstream for a tag, in milliseconds since the epoch. */
  readonly upstreamChecks?: Readonly<Record<string, number>>;
  readonly images: Readonly<Record<Digest, ImageRecord>>;
  readonly tags: Readonly<Record<string, Digest>>;
}

/** A repository's lifecycle policy. */
export interface LifecycleRecord {
  /** As it was put: JSON text. */
  readonly text: string;
  /** Milliseconds since the epoch; undefined before the first evaluation. */
  readonly evaluatedAt?: number;
}

/** What a lifecycle policy would have done at a time, in milliseconds since the epoch. */
export interface LifecyclePreview {
  readonly text: string;
  readonly at: number;
  readonly results: readonly LifecycleResult[];
}

/** An image and the names it goes by. */
export interface Image extends ImageRecord {
  readonly digest: Digest;
  /** Sorted. */
  readonly tags: readonly string[];
}

/** The images of a repository, by digest. */
export function imagesOf({ images, tags }: RepositoryRecord): Image[] {
  const named = new Map<Digest, string[]>();
  for (const [tag, digest] of Object.entries(tags)) named.set(digest, [...(named.get(digest) ?? []), tag]);
  return Object.entries(images)
    .map(([key, image]) => {
      const digest = key as Digest;
      return { ...image, digest, tags: (named.get(digest) ?? []).sort() };
    })
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** Whether an image of the repository has the layer. */
export function isReferenced({ images }: Pick<RepositoryRecord, 'images'>, digest: Digest): boolean {
  return Object.values(images).some(({ blobs }) => blobs.some((blob) => blob.digest === digest));
}
