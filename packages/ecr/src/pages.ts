import { OutsideError } from '@towpath/errors';
import type { Call } from './call.ts';

/** What gives more pages gives them for ever. */
const defaultMaxPages = 1000;

/**
 * Reads page after page of an answer of AWS, until one names no next page.
 *
 * @param read one page; it throws errors of its own
 * @throws OutsideError `outside-failed` when the pages do not end: a token comes back, or there are too many
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
  return new OutsideError('outside-failed', `${what} gives pages without an end: ${pages} were read.`, {
    operation,
    hint: 'Run the step again. If it fails again, ask AWS support.',
  });
}
