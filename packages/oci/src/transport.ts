import {
  request as requestHttp,
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as requestHttps, Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Endpoints } from './endpoints.ts';
import { TransientError } from './retry.ts';

/** The `Authorization` header for a registry host, or undefined for none. */
export type Authorize = (host: string) => Promise<string | undefined>;

export interface TransportOptions {
  readonly authorize: Authorize;
  readonly endpoints: Endpoints;
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>;
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

const transientStatuses = new Set([408, 429, 500, 502, 503, 504]);
const transientCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);
const maxRedirects = 5;
/** How long a connection may be silent. */
const idleTimeout = 60_000;

/** Speaks HTTP with registries: connections are kept, bodies are streamed, credentials never follow a redirect to another host. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(options: TransportOptions) {
    this.#options = options;
    const agent = { keepAlive: true, proxyEnv: options.env };
    this.#http = new HttpAgent(agent);
    this.#https = new HttpsAgent(agent);
  }

  /**
   * Sends a request once and follows redirects.
   *
   * @throws TransientError when the connection broke or the answer asks to try again
   */
  async send(request: Request): Promise<Response> {
    let { url } = request;
    for (let redirects = 0; ; redirects += 1) {
      // A redirect to another host carries its own signature; ours would be refused there, or stolen.
      const authorization =
        url.host === request.url.host ? await this.#options.authorize(url.host) : undefined;
      const response = await this.#sendTo(url, request, authorization);
      const { location } = response;
      if (
        response.status < 300 ||
        response.status >= 400 ||
        location === undefined ||
        redirects === maxRedirects
      ) {
        if (transientStatuses.has(response.status)) throw await transient(response);
        return response;
      }
      response.body.resume();
      url = location;
    }
  }

  async #sendTo(
    url: URL,
    { method, headers, body }: Request,
    authorization: string | undefined,
  ): Promise<Response> {
    const dialled = this.#dial(url);
    const incoming = await this.#exchange(dialled, {
      method,
      headers: {
        ...headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-length': body.size }),
      },
      body: body === undefined ? undefined : await body.open(),
    });
    const { location } = incoming.headers;
    return {
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      location: location === undefined ? undefined : this.#undial(new URL(location, dialled), url, dialled),
      body: incoming,
      host: url.host,
    };
  }

  /** Where a registry is really spoken to. */
  #dial(url: URL): URL {
    const endpoint = this.#options.endpoints.get(url.host);
    if (endpoint === undefined) return url;
    return new URL(`${prefixOf(endpoint)}${url.pathname}${url.search}`, endpoint);
  }

  /** A location that names the address we dialled means the registry behind it. */
  #undial(location: URL, url: URL, dialled: URL): URL {
    const endpoint = this.#options.endpoints.get(url.host);
    if (endpoint === undefined || location.host !== dialled.host) return location;
    const path = location.pathname.startsWith(prefixOf(endpoint))
      ? location.pathname.slice(prefixOf(endpoint).length)
      : location.pathname;
    return new URL(`${path}${location.search}`, url);
  }

  async #exchange(
    url: URL,
    { body, ...options }: RequestOptions & { body: Readable | undefined },
  ): Promise<IncomingMessage> {
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: this.#https })
        : requestHttp(url, { ...options, agent: this.#http });
    outgoing.setTimeout(idleTimeout, () => {
      outgoing.destroy(new TransientError(`${url.host} was silent for ${idleTimeout / 1000} s`));
    });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject);
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

function prefixOf({ pathname }: URL): string {
  return pathname.replace(/\/$/, '');
}

async function transient(response: Response): Promise<TransientError> {
  const text = await readText(response);
  const seconds = Number(response.headers['retry-after']);
  return new TransientError(`${response.host} answered ${response.status}: ${text.slice(0, 500)}`, {
    retryAfter: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  });
}

function classify(error: unknown, host: string): unknown {
  if (error instanceof TransientError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !transientCodes.has(code)) return error;
  return new TransientError(`${host}: ${error.message}`, { cause: error });
}

/** The whole body as text. For answers that are known to be small. */
export async function readText(response: Response): Promise<string> {
  return (await readBytes(response)).toString('utf8');
}

/**
 * The whole body. For manifests, which registries limit to 4 MiB.
 *
 * @throws TransientError when the connection breaks before its end
 */
export async function readBytes({ body, host }: Response): Promise<Buffer> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    throw classify(error, host);
  }
}
