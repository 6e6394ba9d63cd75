import type { Digest } from '@towpath/reference';
import type { LifecycleResult } from '../lifecycle/result.ts';
import type { Manifest } from './manifest.ts';
import type { StorageRecord } from './storage-class.ts';

/** The mutability of a repository's tags (ECR API, PutImageTagMutability). */
export interface TagMutability {
  readonly mode: 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';
  /** Patterns in which `*` matches any characters. */
  readonly exclusions: readonly string[];
}

/** An image of a repository. Times are milliseconds since the epoch. */
export interface ImageRecord extends Omit<Manifest, 'digest' | 'annotations'> {
  readonly pushedAt: number;
  readonly pulledAt?: number;
  /** The time of the scan request, by a push or a call. The state of the scan is computed from it. */
  readonly scanRequestedAt?: number;
  /** Undefined for an image that was always in standard storage. */
  readonly storage?: StorageRecord;
  /** The state of its replication by destination, `<account>/<region>`. */
  readonly replication?: Readonly<Record<string, ReplicationStatus>>;
}

/** The state of an image's replication to one destination. */
export interface ReplicationStatus {
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
  readonly failureCode?: string;
}

/** The stored data of a repository except manifests and layers. Every change replaces it as a whole. */
export interface RepositoryRecord {
  readonly name: string;
  readonly createdAt: number;
  readonly mutability: TagMutability;
  readonly scanOnPush: boolean;
  readonly encryption: { readonly type: 'AES256' | 'KMS' | 'KMS_DSSE'; readonly kmsKey?: string };
  readonly resourceTags: Readonly<Record<string, string>>;
  /** The policy as JSON text, unchanged. */
  readonly policy?: string | undefined;
  readonly lifecycle?: LifecycleRecord | undefined;
  /** The last preview of a lifecycle policy. */
  readonly preview?: LifecyclePreview;
  /** The time of a pull-through cache's last upstream check by tag, in milliseconds since the epoch. */
  readonly upstreamChecks?: Readonly<Record<string, number>>;
  readonly images: Readonly<Record<Digest, ImageRecord>>;
  readonly tags: Readonly<Record<string, Digest>>;
}

/** A repository's lifecycle policy. */
export interface LifecycleRecord {
  /** The policy as JSON text, unchanged. */
  readonly text: string;
  /** Milliseconds since the epoch; undefined before the first evaluation. */
  readonly evaluatedAt?: number;
}

/** The results of a lifecycle policy at a time, in milliseconds since the epoch. */
export interface LifecyclePreview {
  readonly text: string;
  readonly at: number;
  readonly results: readonly LifecycleResult[];
}

/** An image with its digest and tags. */
export interface Image extends ImageRecord {
  readonly digest: Digest;
  /** The tags, sorted. */
  readonly tags: readonly string[];
}

/** Returns the images of a repository, sorted by digest. */
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

/** Whether an image of the repository contains the layer. */
export function isReferenced({ images }: Pick<RepositoryRecord, 'images'>, digest: Digest): boolean {
  return Object.values(images).some(({ blobs }) => blobs.some((blob) => blob.digest === digest));
}
