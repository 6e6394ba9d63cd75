import { OutsideError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { agentsFor } from '@towpath/oci';
import { fetchWith } from './fetch.ts';

/** How often a call is tried if GitHub fails or limits the rate. */
const maxAttempts = 3;

/** Milliseconds. A longer limit is not waited for. */
const longestPause = 60_000;

/** GitHub's REST API for one repository. */
export interface Rest {
  /** Returns the login of the author of everything that the token writes. */
  login(): Promise<string>;
  /** @param route e.g. `GET /repos/{owner}/{repo}/issues` */
  call(route: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Returns the entries of a list, page by page. */
  pages(route: string, parameters: Readonly<Record<string, unknown>>, maxPages: number): AsyncGenerator;
  /**
   * Runs a procedure, and runs it again from its start if GitHub fails for a moment. So a request whose response was
   * lost is not sent twice.
   */
  retry<T>(procedure: () => Promise<T>): Promise<T>;
}

/** A response of GitHub that is not a success. */
export class ResponseError extends OutsideError {
  readonly status: number;
  /** Milliseconds until GitHub accepts the request. Undefined: at once. */
  readonly pause: number | undefined;

  constructor(
    message: string,
    operation: string,
    status: number,
    more: { pause?: number; requestId?: string },
  ) {
    const code = status === 401 || status === 403 || status === 404 ? 'access-denied' : 'outside-failed';
    super(code, message, { operation, requestId: more.requestId });
    this.status = status;
    this.pause = more.pause;
  }
}

/** Returns whether the token is not allowed to do something. GitHub answers 404 if it must not see the repository. */
export function isRefusal(error: unknown): error is ResponseError {
  return (
    error instanceof ResponseError && error.pause === undefined && [401, 403, 404, 410].includes(error.status)
  );
}

/** Connects to the API of the run's repository. Sends no request. */
export async function connect(
  token: string,
  { env, clock, signal, log }: Pick<Runtime, 'env' | 'clock' | 'signal' | 'log'>,
): Promise<Rest> {
  log.mask(token);
  // Loaded here, because most steps write no comment.
  const { getOctokit } = await import('@actions/github');
  const [owner = '', repo = ''] = (env.GITHUB_REPOSITORY ?? '').split('/');
  const fetch = fetchWith(agentsFor(env), signal);
  const baseUrl = env.GITHUB_API_URL ?? 'https://api.github.com';
  const octokit = getOctokit(token, { baseUrl, request: { fetch }, log: silent });
  let viewer: Promise<string> | undefined;

  const call: Rest['call'] = async (route, parameters) => {
    try {
      const response: { readonly data: unknown } = await octokit.request(route, {
        owner,
        repo,
        ...parameters,
      });
      return response.data;
    } catch (error) {
      signal.throwIfAborted();
      throw toResponseError(error, route, clock.now());
    }
  };
  return {
    call,
    login: () => (viewer ??= viewerOf((query) => octokit.graphql(query))),
    pages: async function* (route, parameters, maxPages) {
      for (let page = 1; page <= maxPages; page += 1) {
        const entries = await call(route, { ...parameters, per_page: 100, page });
        if (!Array.isArray(entries)) return;
        yield* entries as readonly unknown[];
        if (entries.length < 100) return;
      }
    },
    retry: async (procedure) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await procedure();
        } catch (error) {
          const pause = pauseAfter(error, attempt);
          if (pause === undefined) throw error;
          await clock.sleep(pause, signal);
        }
      }
    },
  };
}

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // The log of Octokit contains addresses and headers. Errors are reported by their type.
}

/** The author of what the token of a job writes. */
const actionsBot = 'github-actions[bot]';

/** Returns the login that a token writes as. Every kind of token can ask for it, unlike `GET /user`. */
async function viewerOf(graphql: (query: string) => Promise<unknown>): Promise<string> {
  try {
    const { viewer } = (await graphql('query { viewer { login } }')) as {
      readonly viewer?: { readonly login?: unknown };
    };
    return typeof viewer?.login === 'string' ? viewer.login : actionsBot;
  } catch {
    return actionsBot;
  }
}

/** The part of Octokit's RequestError that is read. */
interface RequestError {
  readonly status: number;
  readonly message: string;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

function toResponseError(error: unknown, route: string, now: Date): OutsideError {
  if (!isRequestError(error) || error.response === undefined) {
    const message = error instanceof Error ? error.message : String(error);
    return new ResponseError(`GitHub cannot be reached: ${message}`, route, 0, { pause: 0 });
  }
  const { headers } = error.response;
  const requestId = headers['x-github-request-id']?.toString();
  return new ResponseError(firstLine(error.message), route, error.status, {
    pause: pauseOf(error.status, headers, now),
    ...(requestId !== undefined && { requestId }),
  });
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && typeof (error as { status?: unknown }).status === 'number';
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 500);
}

/** Returns how long to wait (GitHub docs, "Best practices for using the REST API"), or undefined if that does not help. */
function pauseOf(
  status: number,
  headers: Readonly<Record<string, string | number | undefined>>,
  now: Date,
): number | undefined {
  if (status >= 500) return 0;
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(after)) return after * 1000;
  const reset = Number(headers['x-ratelimit-reset']);
  if (String(headers['x-ratelimit-remaining']) === '0' && Number.isFinite(reset))
    return Math.max(0, reset * 1000 - now.getTime());
  return status === 429 ? longestPause : undefined;
}

/** Returns the milliseconds before the next attempt, or undefined if there is none. */
function pauseAfter(error: unknown, attempt: number): number | undefined {
  if (!(error instanceof ResponseError) || error.pause === undefined || attempt === maxAttempts)
    return undefined;
  const pause = error.pause + attempt * 1_000;
  return pause > longestPause + 1_000 * maxAttempts ? undefined : pause;
}
