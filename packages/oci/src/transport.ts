import { CodedError } from '@towpath/errors';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { agentsFor, type Agents } from './agents.ts';
import { accessOf, parseChallenge, parseToken, tokenUrl, type Challenge } from './bearer.ts';
import { dial, undial, type Endpoints } from './endpoints.ts';
import { Pace } from './pace.ts';
import { TransientError } from './retry.ts';
import { isSystemError } from './system-error.ts';

/** The `Authorization` header for a registry host, or undefined for none. */
export type Authorize = (host: string) => Promise<string | undefined>;

export interface TransportOptions {
  readonly authorize: Authorize;
  /**
   * Whether credentials are for the service of tokens alone. A registry that takes no others refuses them for good,
   * rather than saying where its tokens are (kreuzwerker/terraform-provider-docker#666, of Amazon ECR Public).
   */
  readonly tokensOnly?: boolean;
  readonly endpoints: Endpoints;
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends what is under way when it is aborted. */
  readonly signal?: AbortSignal;
  /** How long a connection may be silent, in milliseconds; by default a minute. */
  readonly idleTimeout?: number;
}

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** With the registry's real name; it may be dialled elsewhere. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Streamed with its length; opened anew for every attempt. */
  readonly body?: { readonly size: number; readonly open: () => Promise<Readable> };
}

export interface Response {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Its `Location` header, made absolute, with the registry's real name. */
  readonly location: URL | undefined;
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage;
  /** The host that answered, by its real name. */
  readonly host: string;
}

const transientCodes = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);
const maxRedirects = 5;
/** What registries take as a manifest at most, and more than they ever say of a refusal. */
const maxBytes = 4 * 1024 * 1024;

/** Speaks HTTP with registries: connections are kept, bodies are streamed, credentials never follow a redirect to another host. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agents: Agents;
  /** `Authorization` headers by what they were given for. */
  readonly #tokens = new Map<string, string>();
  /** The last by the access that it gives, with the time of its arrival: never, for one on its way. */
  readonly #given = new Map<string, { readonly token: Promise<string | undefined>; arrived: number }>();
  readonly #paces = new Map<string, Pace>();

  /** @throws CodedError `input-invalid` when the address of a proxy is none */
  constructor(options: TransportOptions) {
    this.#options = options;
    this.#agents = agentsFor(options.env);
  }

  /**
   * Sends a request once and follows redirects.
   *
   * @throws TransientError when the connection broke
   */
  async send(request: Request): Promise<Response> {
    let { url } = request;
    for (let redirects = 0; ; redirects += 1) {
      // A redirect to another place carries its own signature; ours would be refused there, or stolen.
      const isOurs = url.origin === request.url.origin;
      const response = isOurs
        ? await this.#sendAsUs(url, request)
        : await this.#sendTo(url, request, undefined);
      const isRedirect = response.status >= 300 && response.status < 400;
      if (!isRedirect || response.location === undefined || redirects === maxRedirects) return response;
      response.body.resume();
      url = response.location;
    }
  }

  /** With a token that was given for the like, or with our credentials; where these are not enough, with a new token. */
  async #sendAsUs(url: URL, request: Request): Promise<Response> {
    const use = useOf(url, request);
    const held = this.#tokens.get(use) ?? this.#tokens.get(url.host);
    const { authorize, tokensOnly = false } = this.#options;
    const credentials = await authorize(url.host);
    const sent = performance.now();
    const response = await this.#sendTo(url, request, held ?? (tokensOnly ? undefined : credentials));
    if (response.status !== 401) return response;
    const challenge = parseChallenge(response.headers['www-authenticate']);
    if (challenge === undefined) return response;
    const place = isForRepository(challenge) ? use : url.host;
    const token = await this.#tokenFor(`${place} ${accessOf(challenge)}`, sent, () =>
      this.#fetchToken(challenge, credentials),
    );
    if (token === undefined) return response;
    response.body.resume();
    this.#tokens.set(place, token);
    return this.#sendTo(url, request, token);
  }

  /** Requests side by side that want the same token fetch it once: what came since a request was sent is new to it. */
  #tokenFor(
    access: string,
    sent: number,
    fetch: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const known = this.#given.get(access);
    if (known !== undefined && known.arrived >= sent) return known.token;
    const given = { token: fetch(), arrived: Infinity };
    this.#given.set(access, given);
    given.token.then(
      () => (given.arrived = performance.now()),
      () => this.#given.delete(access),
    );
    return given.token;
  }

  /**
   * Without credentials it is a token for everybody.
   *
   * @throws TransientError when the service has too much to do, or fails
   */
  async #fetchToken(challenge: Challenge, credentials: string | undefined): Promise<string | undefined> {
    const answer = await this.#sendTo(
      tokenUrl(challenge),
      { method: 'GET', url: challenge.realm },
      credentials,
    );
    const bytes = await readBytes(answer);
    if (answer.status === 429 || answer.status >= 500)
      throw new TransientError(`${challenge.realm.host} answered ${answer.status} to a request for a token`);
    const token = answer.status === 200 ? parseToken(bytes) : undefined;
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  /** How fast an API of a registry may be asked; it is one for all who ask it by this transport. */
  pace({ method, url }: Request): Pace {
    const [, kind = ''] = /\/(blobs\/uploads|blobs|manifests|referrers)\//.exec(url.pathname) ?? [];
    const key = `${url.host} ${method} ${kind}`;
    const known = this.#paces.get(key) ?? new Pace();
    this.#paces.set(key, known);
    return known;
  }

  async #sendTo(
    url: URL,
    { method, headers, body }: Request,
    authorization: string | undefined,
  ): Promise<Response> {
    const { endpoints } = this.#options;
    const incoming = await this.#exchange(dial(endpoints, url), {
      method,
      headers: {
        ...headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-length': body.size }),
      },
      body: await body?.open(),
    });
    const { location } = incoming.headers;
    return {
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      location: location === undefined ? undefined : undial(endpoints, location, url),
      body: incoming,
      host: url.host,
    };
  }

  async #exchange(
    url: URL,
    { body, ...options }: RequestOptions & { body: Readable | undefined },
  ): Promise<IncomingMessage> {
    const { idleTimeout = 60_000, signal } = this.#options;
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, signal, agent: this.#agents.https })
        : requestHttp(url, { ...options, signal, agent: this.#agents.http });
    outgoing.setTimeout(idleTimeout, () => {
      outgoing.destroy(new TransientError(`${url.host} was silent for ${idleTimeout / 1000} s`));
    });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).on('error', reject);
    });
    try {
      if (body === undefined) {
        outgoing.end();
        return await answer;
      }
      // A refusal may come before the body is through: it is worth more than the broken pipe after it.
      await Promise.race([pipeline(body, outgoing), answer]);
      const incoming = await answer;
      incoming.once('close', () => {
        if (!outgoing.writableFinished) outgoing.destroy();
      });
      return incoming;
    } catch (error) {
      body?.destroy();
      throw classify(error, url.host);
    }
  }
}

/** A scope of no repository is of the whole registry (distribution, "Token Scope Documentation"). */
function isForRepository({ scope = '' }: Challenge): boolean {
  return scope === '' || scope.startsWith('repository:');
}

/** What a token is given for: to read or to write a repository. */
function useOf({ host, pathname }: URL, { method }: Request): string {
  const [, name = ''] = /^\/v2\/(.+?)\/(?:blobs|manifests|referrers|tags)\//.exec(pathname) ?? [];
  return `${host} ${name} ${method === 'GET' || method === 'HEAD' ? 'pull' : 'push'}`;
}

function classify(error: unknown, host: string): unknown {
  if (!isSystemError(error) || !transientCodes.has(error.code)) return error;
  return new TransientError(`${host}: ${error.message}`, { cause: error });
}

/**
 * The bytes of a body as they come.
 *
 * @throws TransientError when the connection breaks before its end
 */
export async function* bytesOf({ body, host }: Response): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    throw classify(error, host);
  }
}

/**
 * The whole body, of an answer that cannot be large.
 *
 * @throws TransientError when the connection breaks before its end
 * @throws CodedError `outside-failed` when it is larger than any manifest
 */
export async function readBytes(response: Response): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(response)) {
    size += chunk.length;
    if (size > maxBytes)
      throw new CodedError('outside-failed', `${response.host} answered with more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
