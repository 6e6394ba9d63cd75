import { pLimit, waitForAll } from '@towpath/concurrency';
import type { Digest } from '@towpath/reference';
import type { Readable } from 'node:stream';
import type { Descriptor } from './descriptor.ts';
import { childrenOf, type Manifest } from './manifest.ts';
import type { ContentSource, Graph, RepositoryRef } from './survey.ts';

/** A target of a copy, such as a repository. */
export interface ContentTarget {
  readonly ref: RepositoryRef;
  /**
   * False if the registry never mounts blobs. Otherwise returns whether it does, or undefined if this is unknown: then one
   * mount finds it out. Called only if images would wait for others to mount from them.
   */
  readonly mounts?: false | (() => Promise<boolean | undefined>);
  /**
   * Stores a blob.
   *
   * @param from another repository of the registry that may have the blob, to mount it without an upload
   * @param signal cancels it
   * @returns how the blob was stored
   */
  putBlob(
    descriptor: Descriptor,
    open: () => Promise<Readable>,
    from?: string,
    signal?: AbortSignal,
  ): Promise<'mounted' | 'uploaded'>;
  /**
   * @param tag to set; an existing immutable tag is not changed
   * @param signal cancels it
   * @returns whether the tag is set
   */
  putManifest(manifest: Manifest, tag?: string, signal?: AbortSignal): Promise<boolean>;
}

/** One image to copy into a repository. */
export interface ImageCopy {
  readonly graph: Graph;
  readonly source: ContentSource;
  readonly target: ContentTarget;
}

/** Statistics of one copied image. */
export interface Transfer {
  /** Bytes of blobs that were uploaded for it. */
  readonly uploaded: number;
  /** Bytes of blobs that the registry mounted from another repository. */
  readonly mounted: number;
  /** The tags that were set with their manifests. */
  readonly tagged: readonly string[];
  /** Time from the start of the whole copy until the image was complete. */
  readonly milliseconds: number;
}

/** The maximum number of concurrent requests. Most are short and only wait for the network. */
const concurrency = 24;

/** The maximum number of concurrent large blobs. More do not raise throughput, and each one holds a buffer. */
const largeConcurrency = 8;

/** Blobs up to this size, in bytes, take almost no time to transfer. */
const smallBytes = 2 ** 20;

/**
 * Copies images into their repositories. Blobs are transferred largest first, once per repository, and
 * uploaded only once to a registry that mounts. The manifests of an image follow as soon as its blobs are
 * stored, children before parents. Manifests that are marked as last follow when all other content of all images is
 * stored.
 *
 * @param onCopied called for each complete image
 * @param signal cancels the copy
 * @returns the statistics of each image, in the order of the images
 * @throws the first failure, which cancels the other requests. All requests have ended by then, and a
 * repeated call resumes the copy.
 */
export async function copyImages<C extends ImageCopy>(
  copies: readonly C[],
  onCopied: (copy: C, transfer: Transfer) => void = () => undefined,
  signal?: AbortSignal,
): Promise<readonly Transfer[]> {
  const batch = new CopyBatch(copies, signal);
  const transfers = copies.map(async (copy) => {
    const transfer = await batch.arrival(copy);
    onCopied(copy, transfer);
    return transfer;
  });
  try {
    return await waitForAll(transfers);
  } catch (error) {
    batch.throwFailure();
    throw error;
  }
}

/** Images that are copied together and share blobs if possible. */
class CopyBatch {
  readonly #requests = pLimit(concurrency);
  /** Fewer, so that a small blob never waits behind large ones. */
  readonly #largeRequests = pLimit(largeConcurrency);
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #started = performance.now();
  readonly #arrivals = new Map<ImageCopy, Promise<Transfer>>();
  /** By repository and digest: a blob that two images of a repository share is stored once. */
  readonly #blobs = new Map<string, Promise<'mounted' | 'uploaded'>>();
  /** Registries that do not mount, or did not mount a requested blob. No later blob waits for a mount there. */
  readonly #unwilling = new Set<string>();
  /** Registries that mount. No mount waits there to find it out. */
  readonly #willing = new Set<string>();
  /**
   * The first mount request of each registry that may not mount. Other mounts wait for it, so that a registry that does
   * not mount gets only one.
   */
  readonly #firstMounts = new Map<string, Promise<unknown>>();
  /** Images that lack more than a last manifest. */
  readonly #unprepared: Set<ImageCopy>;
  /** Decides for each image whether its last manifest is stored with its tag, or at once and without. */
  readonly #lasts = new Map<ImageCopy, PromiseWithResolvers<'tagged' | 'untagged'>>();
  readonly #copies: readonly ImageCopy[];
  #failure: { readonly reason: unknown } | undefined;

  constructor(copies: readonly ImageCopy[], signal: AbortSignal | undefined) {
    this.#signal = AbortSignal.any([this.#failed.signal, ...(signal === undefined ? [] : [signal])]);
    // Others can mount early from the image that is complete first.
    this.#copies = copies.toSorted(compareCopies);
    this.#unprepared = new Set(copies);
    for (const copy of copies) this.#lasts.set(copy, Promise.withResolvers());
    // Nothing waits any more: the next request of each image ends it.
    const release = () => {
      this.#decide('untagged');
    };
    if (this.#signal.aborted) release();
    else this.#signal.addEventListener('abort', release);
    const blobs = this.#copies.flatMap((copy) => lacking(copy).map((blob) => ({ blob, copy })));
    // The largest blobs start first because they take longest.
    for (const { blob, copy } of blobs.sort((one, other) => other.blob.size - one.blob.size))
      void this.#bringBlob(blob, copy);
    for (const copy of this.#copies) this.#arrivals.set(copy, this.#bring(copy));
  }

  arrival(copy: ImageCopy): Promise<Transfer> {
    const arrival = this.#arrivals.get(copy);
    if (arrival === undefined) throw new Error('an image of another copy');
    return arrival;
  }

  /** Throws the first failure. Later ones are its consequences. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason as Error;
  }

  /** Sends a request when a slot is free. The first failure cancels all other requests. */
  #request<T>(size: number, send: () => Promise<T>): Promise<T> {
    const attempt = async (): Promise<T> => {
      try {
        this.#signal.throwIfAborted();
        return await send();
      } catch (reason) {
        this.#failure ??= { reason };
        this.#failed.abort(reason);
        throw reason;
      }
    };
    const turn = () => this.#requests(attempt);
    return size > smallBytes ? this.#largeRequests(turn) : turn();
  }

  async #bring(copy: ImageCopy): Promise<Transfer> {
    const blobs = lacking(copy);
    const ways = await waitForAll(blobs.map((blob) => this.#bringBlob(blob, copy)));
    const tagged = await this.#bringManifests(copy);
    this.#prepared(copy);
    const bytes = (way: 'mounted' | 'uploaded') =>
      blobs.reduce((sum, { size }, index) => sum + (ways[index] === way ? size : 0), 0);
    return {
      uploaded: bytes('uploaded'),
      mounted: bytes('mounted'),
      tagged,
      milliseconds: performance.now() - this.#started,
    };
  }

  /** @returns the tags that are set */
  async #bringManifests(copy: ImageCopy): Promise<readonly string[]> {
    const { graph, target } = copy;
    const placed = new Map<Digest, Promise<readonly string[]>>();
    for (const { manifest, present, tag, isLast = false } of graph.manifests) {
      const before = prerequisites(manifest).flatMap((digest) => placed.get(digest) ?? []);
      const put = async (): Promise<readonly string[]> => {
        await waitForAll(before);
        const own = !isLast || (await this.#mayTag(copy)) ? tag : undefined;
        const send = () => target.putManifest(manifest, own, this.#signal);
        const isTagged = await this.#request(manifest.size, send);
        return isTagged && own !== undefined ? [own] : [];
      };
      placed.set(manifest.digest, present ? Promise.resolve([]) : put());
    }
    return (await waitForAll([...placed.values()])).flat();
  }

  /** Waits until all other content is stored. False if another image needs this one before. */
  async #mayTag(copy: ImageCopy): Promise<boolean> {
    this.#prepared(copy);
    return (await this.#lasts.get(copy)?.promise) === 'tagged';
  }

  #prepared(copy: ImageCopy): void {
    this.#unprepared.delete(copy);
    if (this.#unprepared.size === 0) this.#decide('tagged');
  }

  #decide(how: 'tagged' | 'untagged'): void {
    for (const last of this.#lasts.values()) last.resolve(how);
  }

  #bringBlob(blob: Descriptor, copy: ImageCopy): Promise<'mounted' | 'uploaded'> {
    const { host, repository } = copy.target.ref;
    const key = `${host}/${repository}@${blob.digest}`;
    const known = this.#blobs.get(key) ?? this.#fetchBlob(blob, copy);
    this.#blobs.set(key, known);
    return known;
  }

  async #fetchBlob(blob: Descriptor, copy: ImageCopy): Promise<'mounted' | 'uploaded'> {
    const { source, target } = copy;
    const { host } = target.ref;
    // The source may be another image of this copy. All images are registered after this turn.
    await Promise.resolve();
    let from = await this.#mountSource(blob, copy);
    const first = this.#willing.has(host) ? undefined : this.#firstMounts.get(host);
    if (from !== undefined && first !== undefined) {
      await first;
      if (this.#unwilling.has(host)) from = undefined;
    }
    const open = () => source.blob(blob, this.#signal);
    // A mount sends no content.
    const size = from !== undefined && this.#willing.has(host) ? 0 : blob.size;
    const brought = this.#request(size, () => target.putBlob(blob, open, from, this.#signal)).then((way) => {
      if (way === 'mounted') this.#willing.add(host);
      else if (from !== undefined) this.#unwilling.add(host);
      return way;
    });
    if (from !== undefined && first === undefined)
      this.#firstMounts.set(
        host,
        brought.catch(() => undefined),
      );
    return brought;
  }

  /**
   * Returns a repository of the same registry to mount a blob from: the source, a repository that has the
   * blob, or that of an earlier image in this copy. ECR only mounts blobs of complete images
   * (aws/containers-roadmap#2860), so the earlier image is awaited.
   */
  async #mountSource(blob: Descriptor, copy: ImageCopy): Promise<string | undefined> {
    const { host, repository } = copy.target.ref;
    const { mounts } = copy.target;
    if (mounts === false || this.#unwilling.has(host)) return undefined;
    if (copy.source.ref?.host === host) return copy.source.ref.repository;
    const neighbours = this.#copies.filter(
      ({ target: { ref } }) => ref.host === host && ref.repository !== repository,
    );
    const owner = neighbours.find((other) => has(other, blob, true));
    if (owner !== undefined) return owner.target.ref.repository;
    const earlier = this.#copies.slice(0, this.#copies.indexOf(copy));
    const bringer = earlier.find((other) => neighbours.includes(other) && has(other, blob, false));
    if (bringer === undefined) return undefined;
    // If the registry does not mount, all other images would wait for the first one in vain.
    const isMounting = await mounts?.();
    if (isMounting === true) this.#willing.add(host);
    if (isMounting === false) this.#unwilling.add(host);
    if (this.#unwilling.has(host)) return undefined;
    this.#lasts.get(bringer)?.resolve('untagged');
    await this.arrival(bringer);
    return this.#unwilling.has(host) ? undefined : bringer.target.ref.repository;
  }
}

function lacking({ graph }: Pick<ImageCopy, 'graph'>): readonly Descriptor[] {
  return graph.blobs.filter(({ present }) => !present).map(({ descriptor }) => descriptor);
}

/** Compares images by the order in which their content is complete: images that lack the fewest bytes come first. */
export function compareCopies(one: Pick<ImageCopy, 'graph'>, other: Pick<ImageCopy, 'graph'>): number {
  const [size = 0, otherSize = 0] = [one, other].map((copy) =>
    lacking(copy).reduce((sum, blob) => sum + blob.size, 0),
  );
  return size - otherSize;
}

function has({ graph }: ImageCopy, { digest }: Descriptor, present: boolean): boolean {
  return graph.blobs.some((blob) => blob.descriptor.digest === digest && blob.present === present);
}

/** Returns the digests that must exist in a registry before the manifest. */
function prerequisites(manifest: Manifest): readonly Digest[] {
  const subject = manifest.subject === undefined ? [] : [manifest.subject];
  return [...childrenOf(manifest), ...subject].map(({ digest }) => digest);
}
