import type { Agents } from '@towpath/oci';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Bytes. The largest response is a page of 100 comments of 65,536 characters. */
const maxResponse = 32 * 1024 * 1024;

/** Redirects that GitHub sends for renamed repositories. A browser sends 301 again as GET, an API client must not. */
const redirects = new Set([301, 302, 307, 308]);
const maxRedirects = 3;

/** Milliseconds for one request. */
const patience = 30_000;

/** The part of `fetch` that Octokit uses. */
export type Fetch = (address: string, options?: RequestInit) => Promise<Response>;

/**
 * Returns a `fetch` that uses the proxy of the agents, which Node's own does not. It follows redirects only to the
 * same origin, because the request contains a token.
 */
export function fetchWith(agents: Agents, signal: AbortSignal): Fetch {
  return async (address, options = {}) => {
    let url = new URL(address);
    for (let hops = 0; ; hops += 1) {
      const response = await send(
        url,
        options,
        agents,
        AbortSignal.any([signal, AbortSignal.timeout(patience)]),
      );
      const location = response.headers.get('location');
      if (!redirects.has(response.status) || location === null) return response;
      const next = new URL(location, url);
      if (next.origin !== url.origin)
        throw new TypeError(`${url.host} redirects to ${next.origin}, which does not get the token`);
      if (hops === maxRedirects) throw new TypeError(`${url.host} redirects more than ${maxRedirects} times`);
      url = next;
    }
  };
}

async function send(url: URL, options: RequestInit, agents: Agents, signal: AbortSignal): Promise<Response> {
  const isPlain = url.protocol === 'http:';
  const body = typeof options.body === 'string' ? options.body : undefined;
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = (isPlain ? httpRequest : httpsRequest)(url, {
      method: options.method ?? 'GET',
      headers: {
        ...Object.fromEntries(new Headers(options.headers)),
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      agent: isPlain ? agents.http : agents.https,
      signal,
    });
    outgoing.on('response', resolve).on('error', reject).end(body);
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxResponse) throw new TypeError(`${url.host} sent more than ${maxResponse} bytes`);
    chunks.push(chunk);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one);
  }
  const status = incoming.statusCode ?? 0;
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  const response = new Response(hasBody ? Buffer.concat(chunks) : null, { status, headers });
  Object.defineProperty(response, 'url', { value: url.href });
  return response;
}
