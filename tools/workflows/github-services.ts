import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A finalised artifact of a run. */
export interface Artifact {
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

/** The GitHub services that a runner uses besides the repository: artifacts, their storage, and ID tokens. */
export interface GithubServices {
  readonly url: string;
  readonly artifacts: readonly Artifact[];
  /** The variables that a runner sets for every job. */
  readonly runtime: Readonly<Record<string, string>>;
  /** The variables that it sets only for a job with the permission `id-token: write`. */
  readonly idTokens: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** The fields of the service's requests that are used here. */
interface ArtifactCall {
  readonly name?: string;
  readonly name_filter?: string;
  readonly id_filter?: string | number;
}

interface Stored extends Artifact {
  readonly zip: Buffer;
}

type Answer = (request: IncomingMessage, url: URL, body: Buffer) => object | Buffer | undefined;

/** The claims of the ID tokens of a job that identify it, for example `sub`. */
export type ClaimsOf = (job: string) => Readonly<Record<string, string>>;

/**
 * Serves the parts of GitHub that `@actions/artifact` and `@actions/core` call: the artifact service over Twirp
 * (actions/toolkit, results.api.v1), Azure block blobs, and the endpoint for ID tokens.
 */
export async function startGithubServices(claimsOf: ClaimsOf): Promise<GithubServices> {
  const store = new ArtifactStore();
  const server = createServer((request, response) => {
    void serve(request, response, store, claimsOf);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  store.base = url;
  return {
    url,
    get artifacts() {
      return store.finalised;
    },
    runtime: {
      // act derives ACTIONS_RESULTS_URL from it, and GitHub's client finds the service there.
      ACTIONS_RUNTIME_URL: url,
      ACTIONS_RUNTIME_TOKEN: token({ scp: 'Actions.Results:run:job' }),
    },
    idTokens: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}id-token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: randomUUID(),
    },
    close: () =>
      new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  store: ArtifactStore,
  claimsOf: ClaimsOf,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const answer =
    url.pathname === '/id-token' ? () => ({ value: idToken(claimsOf, url) }) : store.route(request, url);
  const result = answer(request, url, Buffer.concat(chunks));
  if (result === undefined) response.writeHead(404).end('{"msg":"not found"}');
  else if (Buffer.isBuffer(result))
    response.writeHead(200, { 'content-type': 'application/zip' }).end(result);
  else
    response
      .writeHead(request.method === 'PUT' ? 201 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(result));
}

/** Stores the artifacts of one run. A name can be used only once, and a finalised artifact never changes. */
class ArtifactStore {
  base = '';
  #lastId = 0;
  readonly #blocks = new Map<string, Map<string, Buffer>>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #artifacts = new Map<string, Stored>();

  get finalised(): readonly Artifact[] {
    return [...this.#artifacts.values()].map(({ id, name, size }) => ({ id, name, size }));
  }

  route({ method }: IncomingMessage, { pathname }: URL): Answer {
    const call = /^\/twirp\/github\.actions\.results\.api\.v1\.ArtifactService\/(\w+)$/.exec(pathname)?.[1];
    if (call !== undefined)
      return (_request, _url, body) => this.#call(call, JSON.parse(body.toString('utf8')) as ArtifactCall);
    const name = decodeURIComponent(/^\/blobs\/(.+)\.zip$/.exec(pathname)?.[1] ?? '');
    if (method === 'GET') return () => this.#artifacts.get(name)?.zip;
    return (_request, url, body) => this.#putBlob(name, url, body);
  }

  #call(call: string, { name, name_filter: filter, id_filter: id }: ArtifactCall): object | undefined {
    const wanted = name ?? filter ?? '';
    switch (call) {
      case 'CreateArtifact':
        // Reject a second artifact of the same name.
        return {
          ok: !this.#artifacts.has(wanted),
          signed_upload_url: `${this.base}blobs/${encodeURIComponent(wanted)}.zip?sig=signature`,
        };
      case 'FinalizeArtifact': {
        const zip = this.#blobs.get(wanted);
        if (zip === undefined) return undefined;
        this.#lastId += 1;
        const id = String(this.#lastId);
        this.#artifacts.set(wanted, { id, name: wanted, size: zip.length, zip });
        return { ok: true, artifact_id: id };
      }
      case 'ListArtifacts':
        return {
          artifacts: [...this.#artifacts.values()]
            .filter(
              (one) => (wanted === '' || one.name === wanted) && (id === undefined || one.id === String(id)),
            )
            .map(describe),
        };
      case 'DeleteArtifact': {
        const deleted = this.#artifacts.get(wanted);
        if (deleted === undefined) return undefined;
        this.#artifacts.delete(wanted);
        this.#blobs.delete(wanted);
        this.#blocks.delete(wanted);
        return { ok: true, artifact_id: deleted.id };
      }
      case 'GetSignedArtifactURL':
        return { signed_url: `${this.base}blobs/${encodeURIComponent(wanted)}.zip?sig=signature` };
      default:
        return undefined;
    }
  }

  /** Stores a whole blob, or blocks that a list puts in order (Azure Storage, "Put Block List"). */
  #putBlob(name: string, { searchParams }: URL, body: Buffer): object {
    const component = searchParams.get('comp');
    const blocks = this.#blocks.get(name) ?? new Map<string, Buffer>();
    this.#blocks.set(name, blocks);
    if (component === 'block') blocks.set(searchParams.get('blockid') ?? '', body);
    else if (component === 'blocklist') {
      const order = [...body.toString('utf8').matchAll(/<(?:Latest|Uncommitted)>([^<]+)</g)].map(
        ([, id = '']) => id,
      );
      this.#blobs.set(name, Buffer.concat(order.map((id) => blocks.get(id) ?? Buffer.alloc(0))));
    } else this.#blobs.set(name, body);
    return {};
  }
}

function describe({ id, name, size, zip }: Stored): object {
  return {
    workflow_run_backend_id: 'run',
    workflow_job_run_backend_id: 'job',
    database_id: id,
    name,
    size: String(size),
    created_at: new Date().toISOString(),
    digest: `sha256:${createHash('sha256').update(zip).digest('hex')}`,
  };
}

/** Creates a token like those of GitHub's issuer, but with a signature that cannot be verified. */
function idToken(claimsOf: ClaimsOf, { searchParams }: URL): string {
  const now = Math.floor(Date.now() / 1000);
  return token({
    iss: 'https://token.actions.githubusercontent.com',
    ...claimsOf(searchParams.get('job') ?? ''),
    aud: searchParams.get('audience') ?? 'https://github.com/acme',
    iat: now,
    exp: now + 300,
  });
}

function token(claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.c2lnbmF0dXJl`;
}
