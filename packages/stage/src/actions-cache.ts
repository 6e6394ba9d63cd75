import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stand-in for the cache of GitHub Actions, with the API that BuildKit's `gha` cache uses. */
export interface ActionsCache extends AsyncDisposable {
  /** The keys of the complete entries, the oldest first. */
  readonly keys: readonly string[];
  /** Returns the variables of a job that may write, or one that may only read, such as a fork's job. */
  job(may: 'write' | 'read'): JobVariables;
}

export interface JobVariables extends Readonly<Record<string, string>> {
  readonly ACTIONS_RUNTIME_TOKEN: string;
}

interface Call {
  readonly key?: string;
  readonly restore_keys?: readonly string[];
}

const scope = 'refs/heads/main';
const service = '/twirp/github.actions.results.api.v1.CacheService/';

/**
 * Serves version 2 of the protocol: Twirp for the entries (actions/toolkit, packages/cache) and Azure block blobs
 * for their content.
 */
export async function startActionsCache(): Promise<ActionsCache> {
  const store = new Store();
  const server = createServer((request, response) => {
    void answer(request, response, store);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  store.url = url;
  return {
    get keys() {
      return store.keys;
    },
    job: (may) => ({
      ACTIONS_CACHE_SERVICE_V2: 'true',
      ACTIONS_RESULTS_URL: url,
      ACTIONS_RUNTIME_TOKEN: issue(may),
    }),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, store: Store): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const url = new URL(request.url ?? '', store.url);
  // Azure's client requires this header.
  response.setHeader('x-ms-request-id', randomUUID());
  if (!url.pathname.startsWith(service)) {
    serveBlob(request, url, body, response, store);
    return;
  }
  const [status, result] = store.call(
    url.pathname.slice(service.length),
    JSON.parse(body.toString('utf8')) as Call,
    mayWrite(request),
  );
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(result));
}

function serveBlob(
  { method, headers }: IncomingMessage,
  url: URL,
  body: Buffer,
  response: ServerResponse,
  store: Store,
): void {
  if (method === 'PUT') {
    store.put(url, body);
    response.writeHead(201).end();
    return;
  }
  const bytes = store.blob(url.pathname);
  const [, start] = /^bytes=(\d+)-/.exec(String(headers['x-ms-range'] ?? headers.range ?? '')) ?? [];
  if (bytes === undefined) response.writeHead(404).end();
  else response.writeHead(start === undefined ? 200 : 206).end(bytes.subarray(Number(start ?? 0)));
}

/** Stores entries. The key of an entry never changes, and an unfinished entry does not exist for readers. */
class Store {
  url = '';
  readonly #blobs = new Map<string, Buffer>();
  readonly #blocks = new Map<string, Map<string, Buffer>>();
  readonly #begun = new Set<string>();
  readonly #entries: string[] = [];

  get keys(): readonly string[] {
    return [...this.#entries];
  }

  blob(path: string): Buffer | undefined {
    return this.#blobs.get(path);
  }

  call(name: string, { key = '', restore_keys: prefixes = [] }: Call, mayWrite: boolean): [number, object] {
    if (name === 'GetCacheEntryDownloadURL') {
      const found = [key, ...prefixes].flatMap(
        (prefix) => this.#entries.findLast((entry) => entry.startsWith(prefix)) ?? [],
      )[0];
      if (found === undefined) return [200, { ok: false }];
      return [200, { ok: true, matched_key: found, signed_download_url: this.#address(found) }];
    }
    if (!mayWrite) return [403, { code: 'permission_denied', msg: 'token has no write access' }];
    if (name === 'CreateCacheEntry') {
      if (this.#begun.has(key)) return [409, { code: 'already_exists', msg: 'cache entry already exists' }];
      this.#begun.add(key);
      return [200, { ok: true, signed_upload_url: this.#address(key) }];
    }
    if (name !== 'FinalizeCacheEntryUpload') return [404, { code: 'bad_route' }];
    this.#entries.push(key);
    return [200, { ok: true, entry_id: String(this.#entries.length) }];
  }

  /** Stores a whole blob, or blocks that a list puts in order (Azure Storage, "Put Block List"). */
  put({ pathname, searchParams }: URL, body: Buffer): void {
    const component = searchParams.get('comp');
    const blocks = this.#blocks.get(pathname) ?? new Map<string, Buffer>();
    this.#blocks.set(pathname, blocks);
    if (component === 'block') blocks.set(searchParams.get('blockid') ?? '', body);
    else if (component !== 'blocklist') this.#blobs.set(pathname, body);
    else {
      const ids = [...body.toString('utf8').matchAll(/<(?:Latest|Uncommitted)>([^<]+)</g)];
      this.#blobs.set(pathname, Buffer.concat(ids.map(([, id = '']) => blocks.get(id) ?? Buffer.alloc(0))));
    }
  }

  /** Returns a URL as Azure has it, with a container and a blob. */
  #address(key: string): string {
    return `${this.url}cache/${encodeURIComponent(key)}?sig=signature`;
  }
}

const permissions = { read: 1, write: 3 };

/**
 * Returns a token like those of GitHub's runner, but without a valid signature, which BuildKit does not verify.
 */
function issue(may: 'write' | 'read'): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ac: JSON.stringify([{ Scope: scope, Permission: permissions[may] }]),
    nbf: now - 60,
    exp: now + 3600,
    jti: randomUUID(),
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.c2lnbmF0dXJl`;
}

function mayWrite({ headers: { authorization = '' } }: IncomingMessage): boolean {
  const [, claims = ''] = authorization.split('.');
  const { ac } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { ac: string };
  return (JSON.parse(ac) as { Permission: number }[]).some(
    ({ Permission }) => Permission === permissions.write,
  );
}
