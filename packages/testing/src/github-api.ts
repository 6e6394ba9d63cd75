import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the stand-in received. */
export interface ApiRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly token: string | undefined;
  readonly body: string;
}

/** A response instead of the usual one. */
export interface ApiFault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Closes the connection after the request took effect, so that the response is lost. */
  readonly isLost?: true;
}

export interface ApiNote {
  readonly id: number;
  readonly number: number;
  readonly login: string;
  title?: string;
  body: string;
  state: string;
  labels: readonly string[];
  /** Set if the note is an issue that is a pull request. */
  readonly isPull?: boolean;
}

interface ApiDeployment {
  readonly id: number;
  readonly ref: string;
  readonly environment: string;
  readonly task: string;
  readonly description: string;
  readonly payload: unknown;
  readonly statuses: {
    readonly state: string;
    readonly log_url?: string;
    readonly environment_url?: string;
  }[];
}

/**
 * A stand-in for GitHub's REST API over real HTTP: comments, issues and deployments of one repository, and the login of
 * a token. It follows the documentation (docs.github.com/rest/issues), and checks the token and the length of bodies.
 */
export interface GitHubApi {
  /** For GITHUB_API_URL. */
  readonly url: string;
  readonly requests: readonly ApiRequest[];
  /** The comments of pull request 7. */
  readonly comments: ApiNote[];
  readonly issues: ApiNote[];
  readonly deployments: ApiDeployment[];
  /** Answers the next request that matches. */
  fail(matches: (request: ApiRequest) => boolean, fault: ApiFault): void;
  /** Adds a note of another author. */
  add(to: 'comments' | 'issues', note: Partial<ApiNote>): void;
  close(): Promise<void>;
}

/** The valid tokens of the stand-in, with their login and whether they may write. */
const tokens: Readonly<Record<string, { readonly login: string; readonly mayWrite: boolean }>> = {
  'job-token': { login: 'github-actions[bot]', mayWrite: true },
  'fork-token': { login: 'github-actions[bot]', mayWrite: false },
  'app-token': { login: 'towpath-app[bot]', mayWrite: true },
};

/**
 * Starts the stand-in on a free port of this machine.
 *
 * @param name the repository whose comments, issues and deployments it has
 */
export async function startGitHubApi(name = 'acme/shop'): Promise<GitHubApi> {
  const repository = `/repos/${name}`;
  const requests: ApiRequest[] = [];
  const faults: { readonly matches: (request: ApiRequest) => boolean; readonly fault: ApiFault }[] = [];
  const comments: ApiNote[] = [];
  const issues: ApiNote[] = [];
  const deployments: ApiDeployment[] = [];
  let lastId = 1000;
  const add = (to: ApiNote[], note: Partial<ApiNote>): ApiNote => {
    lastId += 1;
    const added = {
      id: lastId,
      number: lastId,
      login: 'octocat',
      body: '',
      state: 'open',
      labels: [],
      ...note,
    };
    to.push(added);
    return added;
  };

  const answer = (request: ApiRequest): { status: number; body: object } => {
    const user = tokens[request.token ?? ''];
    if (user === undefined) return { status: 401, body: { message: 'Bad credentials' } };
    const url = new URL(request.path, 'http://localhost');
    const fields = (request.body === '' ? {} : JSON.parse(request.body)) as Partial<ApiNote> & {
      query?: string;
    };
    if (url.pathname === '/graphql')
      return { status: 200, body: { data: { viewer: { login: user.login } } } };
    if (request.method !== 'GET' && !user.mayWrite)
      return { status: 403, body: { message: 'Resource not accessible by integration' } };
    if ((fields.body?.length ?? 0) > 65_536)
      return {
        status: 422,
        body: { message: 'Validation Failed: body is too long (maximum is 65536 characters)' },
      };
    if (url.pathname.startsWith(`${repository}/deployments`))
      return answerDeployments(deployments, request, url, fields as never);
    const [, kind, number, below] =
      /^\/(issues)(?:\/(comments\/\d+|\d+))?(\/comments)?$/.exec(
        url.pathname.startsWith(repository) ? url.pathname.slice(repository.length) : '',
      ) ?? [];
    if (kind === undefined) return { status: 404, body: { message: 'Not Found' } };
    if (number?.startsWith('comments/'))
      return change(
        comments.find(({ id }) => number === `comments/${id}`),
        fields,
      );
    if (below !== undefined) {
      const of = number === '7' ? comments : issues.filter((one) => one.number === Number(number));
      if (request.method === 'GET') return { status: 200, body: pageOf(comments, url) };
      if (of.length === 0 && number !== '7') return { status: 404, body: { message: 'Not Found' } };
      return { status: 201, body: show(add(comments, { login: user.login, ...fields })) };
    }
    if (number !== undefined)
      return change(
        issues.find((one) => one.number === Number(number)),
        fields,
      );
    if (request.method === 'POST')
      return { status: 201, body: show(add(issues, { login: user.login, ...fields })) };
    const label = url.searchParams.get('labels');
    const state = url.searchParams.get('state') ?? 'open';
    const listed = issues.filter(
      (one) => one.state === state && (label === null || one.labels.includes(label)),
    );
    return { status: 200, body: pageOf(listed, url) };
  };

  const server = createServer((incoming, response) => {
    void receive(incoming).then((request) => {
      requests.push(request);
      const index = faults.findIndex(({ matches }) => matches(request));
      const [found] = index < 0 ? [] : faults.splice(index, 1);
      if (found === undefined || found.fault.isLost) {
        const { status, body } = answer(request);
        if (found === undefined) send(response, status, {}, body);
        else incoming.socket.destroy();
      } else {
        const { status, headers = {}, body = { message: 'A fault of the test' } } = found.fault;
        send(response, status, headers, body);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    comments,
    issues,
    deployments,
    fail: (matches, fault) => faults.push({ matches, fault }),
    add: (to, note) => {
      add(to === 'comments' ? comments : issues, note);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Deployments and their statuses (docs.github.com/rest/deployments). A ref must be a commit of the repository. */
function answerDeployments(
  deployments: ApiDeployment[],
  { method }: ApiRequest,
  { pathname, searchParams }: URL,
  fields: Partial<ApiDeployment> & ApiDeployment['statuses'][number],
): { status: number; body: object } {
  const id = /deployments\/(?<id>\d+)\/statuses$/.exec(pathname)?.groups?.id;
  if (id !== undefined) {
    const found = deployments.find((one) => one.id === Number(id));
    if (found === undefined) return { status: 404, body: { message: 'Not Found' } };
    found.statuses.push(fields);
    return { status: 201, body: { url: `https://api.github.test${pathname}/1` } };
  }
  if (method === 'GET') {
    const matches = (one: ApiDeployment): boolean =>
      (['environment', 'ref', 'task'] as const).every(
        (key) => (searchParams.get(key) ?? one[key]) === one[key],
      );
    return {
      status: 200,
      body: Number(searchParams.get('page') ?? 1) > 1 ? [] : deployments.filter(matches),
    };
  }
  const { ref = '', environment = 'production', task = 'deploy', description = '', payload = {} } = fields;
  if (!/^[0-9a-f]{40}$/.test(ref)) return { status: 422, body: { message: `No ref found for: ${ref}` } };
  const created = { id: deployments.length + 1, ref, environment, task, description, payload, statuses: [] };
  deployments.push(created);
  return { status: 201, body: created };
}

async function receive(incoming: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    token: incoming.headers.authorization?.replace(/^(?:token|bearer) /i, ''),
    body: Buffer.concat(chunks).toString(),
  };
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: object,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-github-request-id': 'AB:12',
    ...headers,
  });
  response.end(JSON.stringify(body));
}

function pageOf(notes: readonly ApiNote[], { searchParams }: URL): object[] {
  const size = Math.min(100, Number(searchParams.get('per_page') ?? 30));
  const page = Number(searchParams.get('page') ?? 1);
  return notes.slice((page - 1) * size, page * size).map(show);
}

function change(note: ApiNote | undefined, fields: Partial<ApiNote>): { status: number; body: object } {
  if (note === undefined) return { status: 404, body: { message: 'Not Found' } };
  Object.assign(note, fields);
  return { status: 200, body: show(note) };
}

function show({ id, number, login, isPull, ...note }: ApiNote): object {
  return {
    ...note,
    id,
    number,
    html_url: `https://github.test/${number}`,
    user: { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' },
    ...(isPull && { pull_request: {} }),
  };
}
