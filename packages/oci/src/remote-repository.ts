import { CodedError, OutsideError } from '@towpath/errors';
import { digestOf, isDigest, type Digest } from '@towpath/reference';
import { Readable } from 'node:stream';
import { referrersTag } from './attachments.ts';
import type { ContentTarget } from './copy.ts';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { parseJson } from './json.ts';
import { maxAttachments, maxTagPages, maxTags } from './limits.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { ownChunks } from './owned-chunks.ts';
import { requireSafe } from './redirect.ts';
import { refusal, retryOutside } from './registry-failure.ts';
import type { RetryPort } from './retry.ts';
import type { ContentSource, RepositoryRef } from './survey.ts';
import { bytesOf, discard, readBytes, type Response } from './response.ts';
import type { Request, Transport } from './transport.ts';
import * as z from 'zod';

const acceptManifests = Object.values(mediaTypes).join(', ');

/** The maximum page size of Amazon ECR Public. */
const pageSize = 1000;

/** Registries return null for a repository without tags. */
const tagsSchema = z.object({ tags: z.array(z.string()).nullable() });

interface TagPage {
  readonly tags: readonly string[];
  readonly next: URL | undefined;
}

interface ReferrerPage {
  readonly referrers: readonly Descriptor[];
  readonly next: URL | undefined;
}

/** Returns the address of the next page from a `Link` header (RFC 8288). Only its query is used. */
export function nextPage(url: URL, link: string | string[] | undefined): URL | undefined {
  const { address } = /<(?<address>[^<>]+)>\s*;\s*rel="?next"?/.exec(String(link ?? ''))?.groups ?? {};
  const next = address === undefined ? null : URL.parse(address, url.href);
  return next === null ? undefined : Object.assign(new URL(url.href), { search: next.search });
}

/**
 * Returns content that is opened before it is read, or when it is read.
 *
 * @returns `close` closes it if nothing reads it
 */
function contentOf(
  open: () => Promise<Readable>,
  isAhead: boolean,
): { readonly open: () => Promise<Readable>; readonly close: () => void } {
  let unread = isAhead ? open() : undefined;
  unread?.catch(() => undefined);
  return {
    open: () => {
      const opened = unread ?? open();
      unread = undefined;
      return opened;
    },
    close: () => {
      unread?.then(
        (content) => content.on('error', () => undefined).destroy(),
        () => undefined,
      );
    },
  };
}

/**
 * One repository of a registry, accessed by the registry API (OCI distribution 1.1, with the differences of
 * Amazon ECR).
 */
export class RemoteRepository implements ContentSource, ContentTarget {
  readonly #transport: Transport;
  readonly #port: RetryPort;
  readonly #turn: (signal?: AbortSignal) => Promise<void>;
  readonly ref: RepositoryRef;
  readonly mounts: ContentTarget['mounts'];
  /** Referrers are listed one at a time, because each update writes the whole list. */
  #listing: Promise<void> = Promise.resolve();

  /**
   * @param name in the registry API; in Amazon ECR Public it includes the alias of the account
   * @param options.mounts whether the registry mounts blobs, if it can be known
   * @param options.turn waits until a manifest may be sent
   */
  constructor(
    transport: Transport,
    port: RetryPort,
    host: string,
    name: string,
    {
      mounts,
      turn = () => Promise.resolve(),
    }: Pick<ContentTarget, 'mounts'> & { readonly turn?: (signal?: AbortSignal) => Promise<void> } = {},
  ) {
    this.#turn = turn;
    this.#transport = transport;
    this.#port = port;
    this.ref = { host, repository: name };
    this.mounts = mounts;
  }

  /** @throws OutsideError `image-missing`, …; CodedError `digest-mismatch` if the bytes do not match */
  manifest({ digest }: Pick<Descriptor, 'digest'>): Promise<Manifest> {
    return this.#manifest(digest);
  }

  /**
   * Returns the manifest of a tag or digest, or undefined if it does not exist.
   *
   * @throws OutsideError `repository-missing`, `access-denied`, …; CodedError `digest-mismatch` if the bytes
   * do not match
   */
  async find(reference: string): Promise<Manifest | undefined> {
    try {
      return await this.#manifest(reference);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'image-missing') return undefined;
      throw error;
    }
  }

  /**
   * Reads a manifest. Its bytes must match the requested digest, or the digest that the registry returns for
   * the tag.
   */
  #manifest(reference: string): Promise<Manifest> {
    return this.#retried(`GET manifest ${reference}`, async (operation) => {
      const headers = { accept: acceptManifests };
      const url = this.#url(`manifests/${reference}`);
      const response = await this.#send(operation, [200], { method: 'GET', url, headers });
      const bytes = await readBytes(response);
      const named = isDigest(reference) ? reference : response.headers['docker-content-digest'];
      if (named !== undefined && digestOf(bytes) !== named) throw this.#otherBytes(operation);
      const [mediaType = mediaTypes.ociManifest] = response.headers['content-type']?.split(';') ?? [];
      return parseManifest(bytes, mediaType);
    });
  }

  /** @throws OutsideError `access-denied`, … */
  async exists(): Promise<boolean> {
    try {
      await this.#tagPage(this.#url('tags/list?n=1'));
      return true;
    } catch (error) {
      if (error instanceof CodedError && error.code === 'repository-missing') return false;
      throw error;
    }
  }

  /**
   * Returns all tags, from all pages (OCI distribution 1.1, "Listing Tags").
   *
   * @throws OutsideError `repository-missing`, `access-denied`, …
   */
  async tags(): Promise<readonly string[]> {
    const tags = new Set<string>();
    let url: URL | undefined = this.#url(`tags/list?n=${pageSize}`);
    for (let pages = 1; url !== undefined; pages += 1) {
      const page: TagPage = await this.#tagPage(url);
      const before = tags.size;
      for (const tag of page.tags) tags.add(tag);
      const goesOn = tags.size > before && tags.size <= maxTags && pages < maxTagPages;
      if (page.next !== undefined && !goesOn) throw this.#endless('tags', tags.size, pages);
      url = page.next;
    }
    return [...tags];
  }

  #endless(what: string, count: number, pages: number): OutsideError {
    const operation = `GET ${what} in ${this.ref.host}/${this.ref.repository}`;
    const message = `The registry's list of ${what} does not end: ${count} ${what} on ${pages} pages, and the last one brings nothing new, or too much.`;
    return new OutsideError('outside-failed', message, { operation });
  }

  #tagPage(url: URL): Promise<TagPage> {
    return this.#retried('GET tags', async (operation) => {
      const response = await this.#send(operation, [200], { method: 'GET', url });
      const { success, data } = tagsSchema.safeParse(parseJson(await readBytes(response)));
      if (!success)
        throw new OutsideError('outside-failed', `The registry returned no tags for ${operation}.`, {
          operation,
        });
      return { tags: data.tags ?? [], next: nextPage(url, response.headers.link) };
    });
  }

  /**
   * Streams a blob. The stream fails if the connection breaks (TransientError) or if its length differs from
   * the descriptor.
   *
   * @throws OutsideError `image-missing`, …
   */
  blob({ digest, size }: Descriptor, signal?: AbortSignal): Promise<Readable> {
    const read = async (operation: string): Promise<Readable> => {
      const url = this.#url(`blobs/${digest}`);
      const response = await this.#send(operation, [200], { method: 'GET', url, signal });
      return ownChunks(Readable.from(this.#exactly(size, response, operation)));
    };
    return this.#retried(`GET blob ${digest}`, read, signal);
  }

  /**
   * Stores a blob, by mounting it or by one streamed upload with its length. Each retry opens a new session,
   * because ECR does not allow an upload to restart (416).
   *
   * @param open opens the content for each attempt
   * @param from a repository of the registry to mount it from; if the registry does not mount, the blob is
   * uploaded
   * @param signal cancels the upload
   */
  putBlob(
    { digest, size }: Descriptor,
    open: () => Promise<Readable>,
    from?: string,
    signal?: AbortSignal,
  ): Promise<'mounted' | 'uploaded'> {
    const put = async (operation: string): Promise<'mounted' | 'uploaded'> => {
      // Without a mount the content is needed for sure, so it is requested together with the session.
      const content = contentOf(open, from === undefined);
      try {
        const session = await this.#openSession(operation, digest, from, signal);
        if (session === 'mounted') return session;
        session.searchParams.set('digest', digest);
        const headers = { 'content-type': 'application/octet-stream' };
        // Another host is a separate storage service. Its address already contains the authorization.
        const anonymous = session.origin !== this.#url('').origin;
        const body = { size, open: content.open };
        const upload = { method: 'PUT' as const, url: session, headers, anonymous, body, signal };
        // A registry that lost the session returns 404.
        const stored = await this.#send(operation, [201], upload, [404]);
        discard(stored);
        return 'uploaded';
      } finally {
        content.close();
      }
    };
    return this.#retried(`PUT blob ${digest}`, put, signal);
  }

  /** A registry that cannot mount returns an upload session (OCI distribution 1.1, "Mounting a blob"). */
  async #openSession(
    operation: string,
    digest: Digest,
    from: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<URL | 'mounted'> {
    const url = this.#url('blobs/uploads/');
    if (from !== undefined) url.search = new URLSearchParams({ mount: digest, from }).toString();
    const session = await this.#send(operation, from === undefined ? [202] : [201, 202], {
      method: 'POST',
      url,
      signal,
    });
    discard(session);
    if (session.status === 201) return 'mounted';
    if (session.location !== undefined) return new URL(requireSafe(session.location, session));
    throw new OutsideError('outside-failed', `The registry returned no upload address for ${operation}.`, {
      operation,
    });
  }

  /**
   * Stores a manifest. Its children and blobs must exist.
   *
   * @param tag to set; if it exists and is immutable, the manifest is stored under its digest only
   * @param signal cancels the request
   * @returns whether the tag is set
   */
  async putManifest(manifest: Manifest, tag?: string, signal?: AbortSignal): Promise<boolean> {
    if (tag !== undefined) {
      try {
        await this.#putManifest(manifest, tag, signal);
        return true;
      } catch (error) {
        // ECR rejects an immutable tag even if it already names this image (aws/containers-roadmap#2179).
        if (!(error instanceof CodedError) || error.code !== 'tag-conflict') throw error;
      }
    }
    const isListed = await this.#putManifest(manifest, manifest.digest, signal);
    const { subject } = manifest;
    if (subject === undefined || isListed) return false;
    const listing = this.#listing.then(() => this.#listReferrer(manifest, subject));
    this.#listing = listing.catch(() => undefined);
    await listing;
    return false;
  }

  /** @returns whether the registry recognized the subject */
  #putManifest(manifest: Manifest, reference: string, signal?: AbortSignal): Promise<boolean> {
    const { text, size, mediaType } = manifest;
    const put = async (operation: string): Promise<boolean> => {
      await this.#turn(signal);
      const stored = await this.#send(operation, [201], {
        method: 'PUT',
        url: this.#url(`manifests/${reference}`),
        headers: { 'content-type': mediaType },
        body: { size, open: () => Promise.resolve(Readable.from([Buffer.from(text)])) },
        signal,
      });
      discard(stored);
      const { 'docker-content-digest': digest = manifest.digest, 'oci-subject': subject } = stored.headers;
      if (digest !== manifest.digest) throw this.#otherBytes(operation);
      return subject !== undefined;
    };
    return this.#retried(`PUT manifest ${reference}`, put, signal);
  }

  /**
   * Lists a referrer in a registry that does not do so itself: in an index tagged with the subject's digest
   * (OCI distribution 1.1, "Referrers Tag Schema"). If two writers update it at once, one update may be lost.
   */
  async #listReferrer(referrer: Manifest, subject: Descriptor): Promise<void> {
    const tag = referrersTag(subject.digest);
    const listed = await this.#taggedIndex(tag);
    if (listed.some(({ digest }) => digest === referrer.digest)) return;
    const { mediaType, digest, size, annotations } = referrer;
    const artifactType =
      referrer.artifactType ?? (referrer.kind === 'image' ? referrer.config.mediaType : undefined);
    const entry = { mediaType, digest, size, artifactType, annotations };
    const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [...listed, entry] };
    const index = parseManifest(Buffer.from(JSON.stringify(document)), mediaTypes.ociIndex);
    await this.#putManifest(index, tag);
  }

  /**
   * Returns the referrers of a manifest from all pages; undefined if the registry has no referrers API (OCI
   * distribution 1.1, "Listing Referrers"). ECR Public and older registries answer 404 or 400.
   *
   * @throws OutsideError `access-denied`, …
   */
  async referrers(subject: Digest): Promise<readonly Descriptor[] | undefined> {
    const found = new Map<Digest, Descriptor>();
    let url: URL | undefined = this.#url(`referrers/${subject}`);
    for (let pages = 1; url !== undefined; pages += 1) {
      const page: ReferrerPage | undefined = await this.#referrerPage(subject, url);
      if (page === undefined && pages === 1) return undefined;
      const before = found.size;
      for (const referrer of page?.referrers ?? []) found.set(referrer.digest, referrer);
      const goesOn = found.size > before && found.size <= maxAttachments;
      if (page?.next !== undefined && !goesOn) throw this.#endless('referrers', found.size, pages);
      url = page?.next;
    }
    return [...found.values()];
  }

  #referrerPage(subject: Digest, url: URL): Promise<ReferrerPage | undefined> {
    return this.#retried(`GET referrers of ${subject}`, async (operation) => {
      const headers = { accept: mediaTypes.ociIndex };
      const response = await this.#send(operation, [200, 400, 404, 405], { method: 'GET', url, headers });
      const bytes = await readBytes(response);
      const [type = ''] = response.headers['content-type']?.split(';') ?? [];
      // Some registries answer any path with a page, so only an index counts as an answer.
      if (response.status !== 200 || type !== mediaTypes.ociIndex) return undefined;
      const index = parseManifest(bytes, mediaTypes.ociIndex);
      const referrers = index.kind === 'index' ? index.manifests : [];
      return { referrers, next: nextPage(url, response.headers.link) };
    });
  }

  #taggedIndex(tag: string): Promise<readonly Descriptor[]> {
    return this.#retried(`GET manifest ${tag}`, async (operation) => {
      const headers = { accept: mediaTypes.ociIndex };
      const url = this.#url(`manifests/${tag}`);
      const response = await this.#send(operation, [200, 404], { method: 'GET', url, headers });
      const bytes = await readBytes(response);
      if (response.status === 404) return [];
      const index = parseManifest(bytes, mediaTypes.ociIndex);
      return index.kind === 'index' ? index.manifests : [];
    });
  }

  /**
   * A blob of the wrong length must not be sent on to another registry. The excess bytes would be read there
   * as the next request.
   */
  async *#exactly(size: number, response: Response, operation: string): AsyncGenerator<Buffer> {
    let left = size;
    for await (const chunk of bytesOf(response)) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
    }
    if (left !== 0) throw this.#otherBytes(operation);
  }

  #otherBytes(operation: string): CodedError {
    return new CodedError('digest-mismatch', `The registry gave other bytes for ${operation}.`);
  }

  #url(path: string): URL {
    return new URL(`https://${this.ref.host}/v2/${this.ref.repository}/${path}`);
  }

  /**
   * @param passing statuses to retry, in addition to those that are always retried
   * @throws OutsideError or TransientError if the response has none of the expected statuses
   */
  async #send(
    operation: string,
    hoped: readonly number[],
    request: Request,
    passing: readonly number[] = [],
  ): Promise<Response> {
    const pace = this.#transport.pace(request);
    const start = await pace.turn(this.#port, request.signal);
    const response = await this.#transport.send(request);
    if (response.status === 429) pace.throttled(start);
    else pace.served();
    if (hoped.includes(response.status)) return response;
    throw await refusal(operation, response, passing);
  }

  /** @param what the operation, for messages; `attempt` gets it with the repository */
  #retried<T>(what: string, attempt: (operation: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const operation = `${what} in ${this.ref.host}/${this.ref.repository}`;
    return retryOutside(this.#port, operation, () => attempt(operation), signal);
  }
}
