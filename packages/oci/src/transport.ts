import { CodedError } from '@towpath/errors';
import { parseEcrHost } from '@towpath/reference';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { agentsFor, type Agents } from './agents.ts';
import { accessOf, asksForOthers, parseChallenge, parseToken, tokenUrl, type Challenge } from './bearer.ts';
import { dial, undial, type Endpoints } from './endpoints.ts';
import { maxRedirects, maxTokenBytes, patience, type Patience } from './limits.ts';
import { chunkwise, ownsChunks } from './owned-chunks.ts';
import { Pace } from './pace.ts';
import { requireSafe, isSafe } from './redirect.ts';
import { classify, discard, readBytes, spoken, type Response } from './response.ts';
import { TransientError } from './retry.ts';
import { watchOf } from './watch.ts';

/** Returns the `Authorization` header for a registry host, or undefined for none. */
export type Authorize = (host: string) => Promise<string | undefined>;

export interface TransportOptions {
  readonly authorize: Authorize;
  /**
   * Whether to send credentials only to the token service. Amazon ECR Public rejects credentials sent to the
   * registry, without naming its token service (kreuzwerker/terraform-provider-docker#666).
   */
  readonly tokensOnly?: boolean;
  readonly endpoints: Endpoints;
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Cancels all requests when it is aborted. */
  readonly signal?: AbortSignal;
  /**
   * Hosts, with port, whose token services get the credentials, in addition to the registry itself. Other
   * token services get no credentials and return a token with anonymous access. Amazon ECR Public issues its
   * tokens itself, so it needs no entry.
   */
  readonly tokenHosts?: readonly string[];
  /** Time limits for the other side; the defaults are in `limits.ts`. */
  readonly patience?: Partial<Patience>;
  /** The maximum silence of a connection, in milliseconds. Default: one minute. */
  readonly idleTimeout?: number;
}

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** With the registry's real name. The request may be sent to another address. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether to send no credentials, because a response named this address and it is on another host. */
  readonly anonymous?: boolean;
  /** Streamed with its length. Each attempt opens it again. */
  readonly body?: { readonly size: number; readonly open: () => Promise<Readable> };
  /** Cancels the request, in addition to the signal of the transport. */
  readonly signal?: AbortSignal;
}

/**
 * An HTTP client for registries. It keeps connections open, streams bodies and never sends credentials to
 * another host after a redirect.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agents: Agents;
  readonly #patience: Patience;
  /** `Authorization` headers, keyed by their use. */
  readonly #tokens = new Map<string, string>();
  /**
   * The latest token for each access, with its time of arrival. A token that is still being fetched has no
   * such time.
   */
  readonly #given = new Map<string, { readonly token: Promise<string | undefined>; arrived: number }>();
  readonly #paces = new Map<string, Pace>();
  readonly #started = performance.now();

  /** @throws CodedError `input-invalid` if the address of a proxy is invalid */
  constructor(options: TransportOptions) {
    this.#options = options;
    this.#agents = agentsFor(options.env);
    this.#patience = { ...patience, ...options.patience };
  }

  /**
   * Sends a request once and follows redirects. They must use https or be on the local host. Redirects of a
   * write must stay on the same host.
   *
   * @throws TransientError if the connection breaks
   * @throws CodedError `outside-failed` if a redirect is not allowed, or if the step has taken too long
   */
  async send(request: Request): Promise<Response> {
    let { url } = request;
    this.#requireTime(request);
    let isOurs = request.anonymous !== true;
    for (let redirects = 0; ; redirects += 1) {
      const response = isOurs
        ? await this.#sendAsUs(url, request)
        : await this.#sendTo(url, request, undefined);
      const { status, location } = response;
      const isRedirect = status >= 300 && status < 400 && status !== 304;
      if (!isRedirect || location === undefined || redirects === maxRedirects) return response;
      discard(response);
      requireSafe(location, response);
      const isElsewhere = location.origin !== url.origin;
      if (isElsewhere && request.method !== 'GET' && request.method !== 'HEAD')
        throw new CodedError(
          'outside-failed',
          `${response.host} redirects a ${request.method} to ${location.host}: only its own host may receive content.`,
        );
      // On another host, the address contains its own signature. That host could reject or steal our
      // credentials, even by redirecting back.
      isOurs &&= !isElsewhere;
      url = location;
    }
  }

  /** Single requests can be retried without end across many images. This limits the whole step. */
  #requireTime({ method, url }: Request): void {
    const { step } = this.#patience;
    if (performance.now() - this.#started < step) return;
    throw new CodedError(
      'outside-failed',
      `The requests of this step to registries took more than ${spoken(step)}. The next one was ${method} ${url.host}${url.pathname}.`,
      { hint: 'Run the step again: it continues where it stopped.' },
    );
  }

  /**
   * Sends the request with a token from a similar request, or with the credentials. If that is not enough,
   * fetches a new token.
   */
  async #sendAsUs(url: URL, request: Request): Promise<Response> {
    const use = useOf(url, request);
    const held = this.#tokens.get(use) ?? this.#tokens.get(url.host);
    const { authorize, tokensOnly = false } = this.#options;
    const credentials = await authorize(url.host);
    const sent = performance.now();
    const response = await this.#sendTo(url, request, held ?? (tokensOnly ? undefined : credentials));
    // Private ECR accepts only Basic authentication. A challenge means that the server is not ECR.
    if (response.status !== 401 || parseEcrHost(url.hostname) !== undefined) return response;
    const challenge = this.#challengeIn(response, url);
    if (challenge === undefined) return response;
    const { tokenHosts = [] } = this.#options;
    const isKnown = challenge.realm.origin === url.origin || tokenHosts.includes(challenge.realm.host);
    const scope = isForRepository(challenge) ? use : url.host;
    const token = await this.#tokenFor(`${scope} ${accessOf(challenge)}`, sent, () =>
      this.#fetchToken(challenge, isKnown ? credentials : undefined),
    );
    if (token === undefined) return response;
    discard(response);
    this.#tokens.set(scope, token);
    return this.#sendTo(url, request, token);
  }

  /**
   * Returns the challenge. If its realm is on the registry's endpoint, the realm gets the registry's real
   * name.
   */
  #challengeIn(response: Response, url: URL): Challenge | undefined {
    const challenge = parseChallenge(response.headers['www-authenticate']);
    if (challenge === undefined || asksForOthers(challenge, url)) return undefined;
    if (!isSafe(challenge.realm, response.dialled)) return undefined;
    const realm = undial(this.#options.endpoints, challenge.realm.href, url);
    return realm && { ...challenge, realm };
  }

  /**
   * Concurrent requests for the same token fetch it once. A token that arrived after a request was sent is
   * new to that request.
   */
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
   * Without credentials, it is a token with anonymous access.
   *
   * @throws TransientError if the service is overloaded or fails
   */
  async #fetchToken(challenge: Challenge, credentials: string | undefined): Promise<string | undefined> {
    const answer = await this.#sendTo(
      tokenUrl(challenge),
      { method: 'GET', url: challenge.realm },
      credentials,
    );
    const bytes = await readBytes(answer, maxTokenBytes);
    if (answer.status === 429 || answer.status >= 500)
      throw new TransientError(`${challenge.realm.host} answered ${answer.status} to a request for a token`);
    const token = answer.status === 200 ? parseToken(bytes) : undefined;
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  /** Returns the request rate for an API of a registry. All requests of this transport share it. */
  pace({ method, url }: Request): Pace {
    const [, kind = ''] = /\/(blobs\/uploads|blobs|manifests|referrers)\//.exec(url.pathname) ?? [];
    const key = `${url.host} ${method} ${kind}`;
    const known = this.#paces.get(key) ?? new Pace();
    this.#paces.set(key, known);
    return known;
  }

  async #sendTo(
    url: URL,
    { method, headers, body, signal }: Request,
    authorization: string | undefined,
  ): Promise<Response> {
    const { endpoints } = this.#options;
    const dialled = dial(endpoints, url);
    const { request, step } = this.#patience;
    const deadline = Math.min(performance.now() + request, this.#started + step);
    const incoming = await this.#exchange(dialled, {
      method,
      headers: {
        ...headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-length': body.size }),
      },
      body: await body?.open(),
      signal: eitherOf(this.#options.signal, signal),
      deadline,
    });
    const { location } = incoming.headers;
    return {
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      location: location === undefined ? undefined : undial(endpoints, location, url),
      body: incoming,
      host: url.host,
      dialled,
      patience: this.#patience,
      deadline,
    };
  }

  async #exchange(
    url: URL,
    { body, deadline, ...options }: RequestOptions & { body: Readable | undefined; deadline: number },
  ): Promise<IncomingMessage> {
    const { idleTimeout = 60_000 } = this.#options;
    const { signal } = options;
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: this.#agents.https })
        : requestHttp(url, { ...options, agent: this.#agents.http });
    outgoing.setTimeout(idleTimeout, () => {
      outgoing.destroy(new TransientError(`${url.host} was silent for ${idleTimeout / 1000} s`));
    });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).on('error', reject);
    });
    const watch = watchOf(outgoing, this.#patience, deadline, url.host);
    try {
      if (body === undefined) {
        outgoing.end();
        watch.sent();
        return await answer;
      }
      const meter = watch.meter(ownsChunks(body));
      // A refusal may come before the body is through: it is worth more than the broken pipe after it.
      // Whichever fails ends the request, and so the other.
      // eslint-disable-next-line no-restricted-properties
      await Promise.race([pipeline(body, chunkwise(), meter, outgoing), answer]);
      watch.sent();
      const incoming = await answer;
      incoming.once('close', () => {
        if (!outgoing.writableFinished) outgoing.destroy();
      });
      return incoming;
    } catch (error) {
      body?.destroy();
      signal?.throwIfAborted();
      throw classify(error, url.host);
    } finally {
      watch.end();
    }
  }
}

/** Returns a signal that aborts with the first of two. */
function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return AbortSignal.any([one, other]);
}

/** A scope of another type applies to the whole registry (distribution, "Token Scope Documentation"). */
function isForRepository({ scope = '' }: Challenge): boolean {
  return scope === '' || scope.startsWith('repository:');
}

/** Returns the use of a token: to read or to write a repository. */
function useOf({ host, pathname }: URL, { method }: Request): string {
  const [, name = ''] = /^\/v2\/(.+?)\/(?:blobs|manifests|referrers|tags)\//.exec(pathname) ?? [];
  return `${host} ${name} ${method === 'GET' || method === 'HEAD' ? 'pull' : 'push'}`;
}
