import { CodedError, OutsideError } from '@towpath/errors';
import { digestOf, type Digest } from '@towpath/reference';
import { Readable } from 'node:stream';
import type { ContentSource, ContentTarget } from './copy.ts';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { outside, refusal } from './registry-failure.ts';
import { retry, type RetryPort } from './retry.ts';
import { readBytes, type Request, type Response, type Transport } from './transport.ts';

const acceptManifests = Object.values(mediaTypes).join(', ');

/** One repository of a registry, over the registry API (OCI distribution 1.1, with Amazon ECR's ways). */
export class RemoteRepository implements ContentSource, ContentTarget {
  readonly #transport: Transport;
  readonly #port: RetryPort;
  readonly #host: string;
  readonly #name: string;

  constructor(transport: Transport, port: RetryPort, host: string, name: string) {
    this.#transport = transport;
    this.#port = port;
    this.#host = host;
    this.#name = name;
  }

  /** `host/name`, for messages. */
  get label(): string {
    return `${this.#host}/${this.#name}`;
  }

  /** @throws OutsideError; CodedError `image-missing`, or `digest-mismatch` when other bytes come */
  async manifest({ digest }: Pick<Descriptor, 'digest'>): Promise<Manifest> {
    const found = await this.#readManifest(digest);
    if (found === undefined)
      throw new CodedError('image-missing', `${this.label} has no manifest ${digest}.`);
    return found;
  }

  async hasManifest({ digest }: Pick<Descriptor, 'digest'>): Promise<boolean> {
    return (await this.#readManifest(digest)) !== undefined;
  }

  /** @throws OutsideError; CodedError `image-missing` */
  async blob({ digest }: Descriptor): Promise<Readable> {
    const operation = `GET blob in ${this.label}`;
    const response = await this.#call(
      operation,
      { method: 'GET', url: this.#url(`blobs/${digest}`) },
      [200, 404],
    );
    if (response.status === 200) return response.body;
    response.body.resume();
    throw new CodedError('image-missing', `${this.label} has no blob ${digest}.`);
  }

  async hasBlob({ digest }: Pick<Descriptor, 'digest'>): Promise<boolean> {
    const operation = `HEAD blob in ${this.label}`;
    const response = await this.#call(
      operation,
      { method: 'HEAD', url: this.#url(`blobs/${digest}`) },
      [200, 404],
    );
    response.body.resume();
    return response.status === 200;
  }

  /**
   * Uploads a blob: one session, one stream with its length. After a failure the session is given up and a new one
   * opened, for ECR does not let one start again (416).
   *
   * @param open opens the bytes anew for each attempt
   */
  async putBlob({ digest, size }: Descriptor, open: () => Promise<Readable>): Promise<void> {
    const operation = `PUT blob in ${this.label}`;
    await this.#retried(operation, async () => {
      const session = await this.#transport.send({ method: 'POST', url: this.#url('blobs/uploads/') });
      await expect(operation, session, [202]);
      session.body.resume();
      if (session.location === undefined) {
        throw new OutsideError('outside-failed', `${this.label} opened an upload without a place for it.`, {
          operation,
        });
      }
      const url = new URL(session.location);
      url.searchParams.set('digest', digest);
      const stored = await this.#transport.send({
        method: 'PUT',
        url,
        headers: { 'content-type': 'application/octet-stream' },
        body: { size, open },
      });
      await expect(operation, stored, [201]);
      stored.body.resume();
    });
  }

  /** Stores a manifest under its digest. Its children and blobs must be there. */
  async putManifest({ bytes, digest, mediaType }: Manifest): Promise<void> {
    const operation = `PUT manifest in ${this.label}`;
    const response = await this.#call(
      operation,
      {
        method: 'PUT',
        url: this.#url(`manifests/${digest}`),
        headers: { 'content-type': mediaType },
        body: { size: bytes.length, open: () => Promise.resolve(Readable.from([bytes])) },
      },
      [201],
    );
    response.body.resume();
  }

  async #readManifest(digest: Digest): Promise<Manifest | undefined> {
    const operation = `GET manifest in ${this.label}`;
    return this.#retried(operation, async () => {
      const url = this.#url(`manifests/${digest}`);
      const response = await this.#transport.send({
        method: 'GET',
        url,
        headers: { accept: acceptManifests },
      });
      await expect(operation, response, [200, 404]);
      const bytes = await readBytes(response);
      if (response.status === 404) return undefined;
      if (digestOf(bytes) !== digest)
        throw new CodedError('digest-mismatch', `${this.label} gave other bytes for the manifest ${digest}.`);
      return parseManifest(bytes, response.headers['content-type'] ?? mediaTypes.ociManifest);
    });
  }

  #url(path: string): URL {
    return new URL(`https://${this.#host}/v2/${this.#name}/${path}`);
  }

  #call(operation: string, request: Request, statuses: readonly number[]): Promise<Response> {
    return this.#retried(operation, async () => {
      const response = await this.#transport.send(request);
      await expect(operation, response, statuses);
      return response;
    });
  }

  async #retried<T>(operation: string, attempt: () => Promise<T>): Promise<T> {
    try {
      return await retry(this.#port, attempt);
    } catch (error) {
      throw outside(operation, error);
    }
  }
}

/** @throws OutsideError when the answer is none of these, or a 404 that says the repository itself is missing */
async function expect(operation: string, response: Response, statuses: readonly number[]): Promise<void> {
  if (!statuses.includes(response.status)) throw await refusal(operation, response);
}
