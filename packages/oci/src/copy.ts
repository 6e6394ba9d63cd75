import { pLimit, waitForAll } from '@towpath/concurrency';
import type { Digest } from '@towpath/reference';
import type { Readable } from 'node:stream';
import type { Descriptor } from './descriptor.ts';
import { childrenOf, type Manifest } from './manifest.ts';
import type { ContentSource, Graph, RepositoryRef } from './survey.ts';

/** Where content is written. */
export interface ContentTarget {
  readonly ref: RepositoryRef;
  /** False where its registry is known not to mount: it is not asked. */
  readonly mounts?: boolean;
  /**
   * Brings a blob in.
   *
   * @param from another repository of the registry that may have it, to spare its bytes
   * @param signal ends it
   * @returns how it came
   */
  putBlob(
    descriptor: Descriptor,
    open: () => Promise<Readable>,
    from?: string,
    signal?: AbortSignal,
  ): Promise<'mounted' | 'uploaded'>;
  /**
   * @param tag to name it by; a tag that is taken and may not move stays what it is
   * @param signal ends it
   */
  putManifest(manifest: Manifest, tag?: string, signal?: AbortSignal): Promise<void>;
}

/** One image on its way into a repository. */
export interface ImageCopy {
  readonly graph: Graph;
  readonly source: ContentSource;
  readonly target: ContentTarget;
}

/** What it took to bring an image in. */
export interface Transfer {
  /** Bytes of blobs that went over the wire for it. */
  readonly uploaded: number;
  /** Bytes of blobs that its registry took over from another repository. */
  readonly mounted: number;
  /** From the beginning of the whole copy until it was in place. */
  readonly milliseconds: number;
}

/** Requests side by side; more do not fill a wire better, and each holds a buffer. */
const concurrency = 8;

/** What is no longer than this, in bytes, takes no time to speak of once it is its turn. */
const smallBytes = 2 ** 20;

/**
 * Brings images into their repositories: of all their blobs the biggest first, each once into a repository, and
 * once over the wire into a registry that mounts; of each image its manifests as soon as its blobs are there,
 * children before what refers to them.
 *
 * @param onCopied told of each image that is in place
 * @param signal ends the copy
 * @returns what each image took, in their order
 * @throws the first failure, which ends the other requests, when none runs any more: a repeated call goes on from there
 */
export async function copyImages<C extends ImageCopy>(
  copies: readonly C[],
  onCopied: (copy: C) => void = () => undefined,
  signal?: AbortSignal,
): Promise<readonly Transfer[]> {
  const batch = new CopyBatch(copies, signal);
  const transfers = copies.map(async (copy) => {
    const transfer = await batch.arrival(copy);
    onCopied(copy);
    return transfer;
  });
  try {
    return await waitForAll(transfers);
  } catch (error) {
    batch.throwFailure();
    throw error;
  }
}

/** Images that are copied together, and share what they can. */
class CopyBatch {
  readonly #requests = pLimit(concurrency);
  /** One request fewer: a small one never waits behind large ones. */
  readonly #largeRequests = pLimit(concurrency - 1);
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #started = performance.now();
  readonly #arrivals = new Map<ImageCopy, Promise<Transfer>>();
  /** By repository and digest: two images of one repository need a blob once. */
  readonly #blobs = new Map<string, Promise<'mounted' | 'uploaded'>>();
  /** Registries that did not mount what was asked of them: nobody waits for them again. */
  readonly #unwilling = new Set<string>();
  /** By registry: the first mount that is asked of it. Others wait for it, so that one that refuses is asked once. */
  readonly #firstMounts = new Map<string, Promise<unknown>>();
  readonly #copies: readonly ImageCopy[];
  #failure: { readonly reason: unknown } | undefined;

  constructor(copies: readonly ImageCopy[], signal: AbortSignal | undefined) {
    this.#signal = AbortSignal.any([this.#failed.signal, ...(signal === undefined ? [] : [signal])]);
    // The image that lacks least is in place soonest, for the others to mount from.
    this.#copies = copies.toSorted((one, other) => lackingBytes(one) - lackingBytes(other));
    const blobs = this.#copies.flatMap((copy) => lacking(copy).map((blob) => ({ blob, copy })));
    // What takes longest is begun soonest.
    for (const { blob, copy } of blobs.sort((one, other) => other.blob.size - one.blob.size))
      void this.#bringBlob(blob, copy);
    for (const copy of this.#copies) this.#arrivals.set(copy, this.#bring(copy));
  }

  arrival(copy: ImageCopy): Promise<Transfer> {
    const arrival = this.#arrivals.get(copy);
    if (arrival === undefined) throw new Error('an image of another copy');
    return arrival;
  }

  /** Failures follow from each other here; the one that counts is the first. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason as Error;
  }

  /** Makes a request when it is its turn. The first one that fails ends all others. */
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
    await this.#bringManifests(copy);
    const bytes = (way: 'mounted' | 'uploaded') =>
      blobs.reduce((sum, { size }, index) => sum + (ways[index] === way ? size : 0), 0);
    return {
      uploaded: bytes('uploaded'),
      mounted: bytes('mounted'),
      milliseconds: performance.now() - this.#started,
    };
  }

  async #bringManifests({ graph, target }: ImageCopy): Promise<void> {
    const placed = new Map<Digest, Promise<void>>();
    for (const { manifest, present, tag } of graph.manifests) {
      const before = prerequisites(manifest).flatMap((digest) => placed.get(digest) ?? []);
      const put = async (): Promise<void> => {
        await waitForAll(before);
        await this.#request(manifest.size, () => target.putManifest(manifest, tag, this.#signal));
      };
      placed.set(manifest.digest, present ? Promise.resolve() : put());
    }
    await waitForAll([...placed.values()]);
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
    // A lender is another image of this copy: all of them are known in the next turn.
    await Promise.resolve();
    let from = await this.#lender(blob, copy);
    const first = this.#firstMounts.get(host);
    if (from !== undefined && first !== undefined) {
      await first;
      if (this.#unwilling.has(host)) from = undefined;
    }
    const open = () => source.blob(blob, this.#signal);
    const brought = this.#request(blob.size, () => target.putBlob(blob, open, from, this.#signal)).then(
      (way) => {
        if (from !== undefined && way === 'uploaded') this.#unwilling.add(host);
        return way;
      },
    );
    if (from !== undefined && first === undefined)
      this.#firstMounts.set(
        host,
        brought.catch(() => undefined),
      );
    return brought;
  }

  /**
   * A repository of the target's registry to mount a blob from: the source, one that has it, or that of an image
   * before this one that brings it; ECR mounts what an image has (aws/containers-roadmap#2860), so it is waited for.
   */
  async #lender(blob: Descriptor, copy: ImageCopy): Promise<string | undefined> {
    const { host, repository } = copy.target.ref;
    if (copy.target.mounts === false || this.#unwilling.has(host)) return undefined;
    if (copy.source.ref?.host === host) return copy.source.ref.repository;
    const neighbours = this.#copies.filter(
      ({ target: { ref } }) => ref.host === host && ref.repository !== repository,
    );
    const owner = neighbours.find((other) => has(other, blob, true));
    if (owner !== undefined) return owner.target.ref.repository;
    const earlier = this.#copies.slice(0, this.#copies.indexOf(copy));
    const bringer = earlier.find((other) => neighbours.includes(other) && has(other, blob, false));
    if (bringer === undefined) return undefined;
    await this.arrival(bringer);
    return this.#unwilling.has(host) ? undefined : bringer.target.ref.repository;
  }
}

function lacking({ graph }: ImageCopy): readonly Descriptor[] {
  return graph.blobs.filter(({ present }) => !present).map(({ descriptor }) => descriptor);
}

function lackingBytes(copy: ImageCopy): number {
  return lacking(copy).reduce((sum, { size }) => sum + size, 0);
}

function has({ graph }: ImageCopy, { digest }: Descriptor, present: boolean): boolean {
  return graph.blobs.some((blob) => blob.descriptor.digest === digest && blob.present === present);
}

/** What a registry wants before it takes a manifest. */
function prerequisites(manifest: Manifest): readonly Digest[] {
  const subject = manifest.subject === undefined ? [] : [manifest.subject];
  return [...childrenOf(manifest), ...subject].map(({ digest }) => digest);
}
