import type { Annotation, Journal, Note, Runtime } from '@towpath/flow';
import { link, md, page, type Content } from '@towpath/markdown';

/**
 * Returns the comment with a plan. A later run replaces it.
 *
 * @param summary the summary of the plan
 * @param run the URL of the run
 */
export function commentOf(summary: Content, run: string | undefined): Note {
  const footer = run === undefined ? undefined : md`${link('The run', run)} has the whole plan.`;
  return { marker: 'towpath:provision', body: page(summary, footer).toString() };
}

/** Writes the comment. A comment that cannot be written changes nothing else, so the reason is a notice. */
export async function writeComment(
  note: Note,
  token: string | undefined,
  { codeHost, signal, log }: Pick<Runtime, 'codeHost' | 'signal' | 'log'>,
  journal: Journal,
): Promise<readonly Annotation[]> {
  const failed = (level: Annotation['level'], why: string): readonly Annotation[] => [
    { level, message: `The comment was not written. ${why}` },
  ];
  if (codeHost === undefined || token === undefined)
    return failed('notice', 'The run has no code host or no token.');
  try {
    const result = await codeHost.comment(token, note);
    if (result.kind === 'refused') return failed('notice', result.why);
    if (result.kind !== 'unchanged') journal.wrote(`comment ${result.url}`);
    log.info(`The comment is ${result.kind}.`);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    return failed('warning', error instanceof Error ? error.message : String(error));
  }
}
