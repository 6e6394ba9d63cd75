import type { CodeHost, Environment, IssueNote, Note, NoteResult, Runtime } from '@towpath/flow';
import { writeDeployment } from './deployment.ts';
import { cutBody, digestOf, entriesIn, markerLine, withMarker } from './note-body.ts';
import { pullRequestOf } from './pull-request.ts';
import { connect, isRefusal, type Rest } from './rest.ts';

/** The label of issues that Towpath opens. It makes the list of candidates short. */
const label = 'towpath';

/** Pages of 100. A pull request with more comments gets a new one. */
const maxPages = 30;

/** A comment or an issue. */
interface Found {
  readonly number: number;
  readonly url: string;
  readonly body: string;
}

/**
 * Returns the comments and issues of the repository of the run, on github.com or GitHub Enterprise Server. Only
 * notes of the same author are replaced: anybody can write the marker.
 */
export function openHost(runtime: Pick<Runtime, 'env' | 'clock' | 'signal' | 'log'>): CodeHost {
  return {
    comment: (token, note) =>
      refusing('comment on the pull request', 'pull-requests: write', async () => {
        const number = await pullRequestOf(runtime.env);
        if (number === undefined)
          return { kind: 'refused', why: 'The run does not belong to a pull request.' };
        return writeComment(await connect(token, runtime), number, ofJob(note, runtime.env));
      }),
    issue: (token, note) =>
      refusing('open issues', 'issues: write', async () =>
        writeIssue(await connect(token, runtime), ofJob(note, runtime.env)),
      ),
    deployment: (token, note) =>
      refusing('create deployments', 'deployments: write', async () =>
        writeDeployment(await connect(token, runtime), note),
      ),
  };
}

/** Adds the workflow and the job to the marker: another job keeps a note of its own. */
function ofJob<N extends Note>(note: N, { GITHUB_WORKFLOW = '', GITHUB_JOB = '' }: Environment): N {
  return { ...note, marker: `${note.marker}:${digestOf(JSON.stringify([GITHUB_WORKFLOW, GITHUB_JOB]))}` };
}

/** Turns the refusal of a token into a result: the token of a fork may only read. */
async function refusing(
  what: string,
  permission: string,
  write: () => Promise<NoteResult>,
): Promise<NoteResult> {
  try {
    return await write();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return {
      kind: 'refused',
      why: `The token may not ${what} (${error.operation ?? ''}: ${error.message}). Grant the job ${permission}. A pull request of a fork always gets a token that may only read.`,
    };
  }
}

async function writeComment(rest: Rest, number: number, note: Note): Promise<NoteResult> {
  const body = withMarker(note);
  return rest.retry(async () => {
    const comments = rest.pages(
      'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      { issue_number: number },
      maxPages,
    );
    const own = await findOwn(rest, comments, note.marker);
    if (own?.body === body) return { kind: 'unchanged' };
    if (own === undefined) {
      const created = await rest.call('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        issue_number: number,
        body,
      });
      return { kind: 'created', url: urlOf(created) };
    }
    const parameters = { comment_id: own.number, body };
    const updated = await rest.call('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', parameters);
    return { kind: 'updated', url: urlOf(updated) };
  });
}

async function writeIssue(rest: Rest, note: IssueNote): Promise<NoteResult> {
  const body = withMarker(note, note.entries);
  return rest.retry(async () => {
    const open = rest.pages('GET /repos/{owner}/{repo}/issues', { labels: label, state: 'open' }, maxPages);
    const own = await findOwn(rest, open, note.marker);
    if (own === undefined) {
      if (note.isResolved) return { kind: 'unchanged' };
      const { title } = note;
      const created = await rest.call('POST /repos/{owner}/{repo}/issues', { title, body, labels: [label] });
      return { kind: 'created', url: urlOf(created) };
    }
    if (note.isResolved) return close(rest, own, body);
    if (own.body === body) return { kind: 'unchanged' };
    const parameters = { issue_number: own.number, title: note.title, body };
    const updated = await rest.call('PATCH /repos/{owner}/{repo}/issues/{issue_number}', parameters);
    await tellNews(rest, own, note);
    return { kind: 'updated', url: urlOf(updated) };
  });
}

async function close(rest: Rest, own: Found, body: string): Promise<NoteResult> {
  const closed = await rest.call('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
    issue_number: own.number,
    body,
    state: 'closed',
    state_reason: 'completed',
  });
  return { kind: 'closed', url: urlOf(closed) };
}

/** Comments on an issue that has new entries. GitHub sends no notification for a changed body. */
async function tellNews(rest: Rest, { number, body }: Found, { entries }: IssueNote): Promise<void> {
  const before = new Set(entriesIn(body));
  const added = entries.filter((entry) => !before.has(digestOf(entry)));
  if (added.length === 0) return;
  const shown = added.slice(0, 20).map((entry) => `- \`${entry.replace(/[^\w.:@/ +-]/g, '')}\``);
  const more = added.length > shown.length ? [`- and ${added.length - shown.length} more`] : [];
  await rest.call('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    issue_number: number,
    body: cutBody(['New:', '', ...shown, ...more].join('\n')),
  });
}

/** Returns the first note with the marker whose author the token belongs to. */
async function findOwn(
  rest: Rest,
  notes: AsyncIterable<unknown>,
  marker: string,
): Promise<Found | undefined> {
  const line = markerLine(marker);
  for await (const one of notes) {
    const { id, number, body, html_url: url, user, pull_request: pull } = one as Listed;
    if (typeof body !== 'string' || !body.startsWith(line) || pull !== undefined) continue;
    if (user?.login !== (await rest.login())) continue;
    return { number: number ?? id ?? 0, url: url ?? '', body };
  }
  return undefined;
}

/** The fields of a comment or an issue that are read. Issues have a number, and comments only an id. */
interface Listed {
  readonly id?: number;
  readonly number?: number;
  readonly body?: string | null;
  readonly html_url?: string;
  readonly user?: { readonly login?: string } | null;
  /** Set if the issue is a pull request. */
  readonly pull_request?: object;
}

function urlOf(response: unknown): string {
  return (response as Listed | null)?.html_url ?? '';
}
