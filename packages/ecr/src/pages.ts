import { OutsideError } from '@towpath/errors';
import type { Call } from './call.ts';

/** An answer with more pages is considered endless. */
const defaultMaxPages = 1000;

/**
 * Reads all pages of an AWS answer.
 *
 * @param read reads one page, given its token. Its errors are passed on.
 * @throws OutsideError `outside-failed` if the pages do not end: a token repeats, or there are too many pages
 */
export async function* readPages<P extends { readonly nextToken?: string | undefined }>(
  { operation, subject }: Call,
  read: (nextToken: string | undefined) => Promise<P>,
  maxPages = defaultMaxPages,
): AsyncGenerator<P, void, undefined> {
  const tokens = new Set<string>();
  let nextToken: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const page = await read(nextToken);
    yield page;
    ({ nextToken } = page);
    if (nextToken === undefined) return;
    if (tokens.has(nextToken) || pages >= maxPages) throw endless({ operation, subject }, pages);
    tokens.add(nextToken);
  }
}

function endless({ operation, subject }: Call, pages: number): OutsideError {
  const what = subject === undefined ? operation : `${operation} on ${subject}`;
  return new OutsideError('outside-failed', `${what} returned endless pages: stopped after ${pages}.`, {
    operation,
    hint: 'Run the step again. If it fails again, contact AWS support.',
  });
}
