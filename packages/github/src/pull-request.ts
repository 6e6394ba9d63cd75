import { readTextWithin } from '@towpath/files';
import type { Environment } from '@towpath/flow';

/** Bytes. GitHub's largest payload has 25 MB. */
const maxPayload = 25 * 1024 * 1024;

interface Event {
  readonly pull_request?: { readonly number?: unknown };
  /** Of a comment on a pull request. Issues have no `pull_request`. */
  readonly issue?: { readonly number?: unknown; readonly pull_request?: unknown };
}

/** Returns the number of the pull request that the run belongs to. */
export async function pullRequestOf({ GITHUB_EVENT_PATH: path }: Environment): Promise<number | undefined> {
  if (path === undefined || path === '') return undefined;
  const { pull_request: pull, issue } = await readEvent(path);
  const number = pull?.number ?? (issue?.pull_request ? issue.number : undefined);
  return Number.isSafeInteger(number) ? Number(number) : undefined;
}

async function readEvent(path: string): Promise<Event> {
  try {
    const text = await readTextWithin(path, { code: 'input-invalid', maxBytes: maxPayload });
    return (JSON.parse(text) ?? {}) as Event;
  } catch {
    return {};
  }
}
