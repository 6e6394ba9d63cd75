import { writeFileInside } from '@towpath/files';
import type { Annotation, CodeHost, Journal, NoteResult, Runtime } from '@towpath/flow';
import { filesOf, type ReportFile } from '@towpath/gate-report';
import type { GatePlan } from './plan.ts';
import type { GateSession } from './session.ts';

/** The result of the execution. */
export interface Written {
  /** What the reader must know about the notes, e.g. that the token may not write them. */
  readonly notices: readonly Annotation[];
  /** The files of the report. */
  readonly files: readonly Omit<ReportFile, 'content'>[];
}

/** Writes the files of the report, then the comment and the issue. The step fails only afterwards. */
export async function execute(
  plan: GatePlan,
  { token }: GateSession,
  { workspace, codeHost, signal, log }: Runtime,
  journal: Journal,
): Promise<Written> {
  const { comment, issue } = plan;
  const files: Omit<ReportFile, 'content'>[] = [];
  // One after the other, so that only one of them is in memory.
  for (const { content, ...file } of filesOf(plan, plan.files, plan.environment)) {
    await writeFileInside(workspace, file.path, content);
    journal.wrote(`file ${file.path}`);
    files.push(file);
  }
  const notices: Annotation[] = [];
  const write = async (what: string, post: (host: CodeHost, token: string) => Promise<NoteResult>) => {
    const result = await attempt(what, codeHost, token, post, signal);
    if ('level' in result) notices.push(result);
    else if (result.kind !== 'unchanged') journal.wrote(`${what} ${result.url}`);
    if ('kind' in result)
      log.info(`The ${what} is ${result.kind}${'url' in result ? `: ${result.url}` : '.'}`);
  };
  if (comment !== undefined) await write('comment', (host, secret) => host.comment(secret, comment));
  if (issue !== undefined) await write('issue', (host, secret) => host.issue(secret, issue));
  return { notices, files };
}

type Posted = Exclude<NoteResult, { readonly kind: 'refused' }>;

/** A note that cannot be written changes no verdict. */
async function attempt(
  what: string,
  host: CodeHost | undefined,
  token: string | undefined,
  post: (host: CodeHost, token: string) => Promise<NoteResult>,
  signal: AbortSignal,
): Promise<Posted | Annotation> {
  const failed = (level: Annotation['level'], why: string): Annotation => ({
    level,
    message: `The ${what} was not written. ${why}`,
  });
  if (host === undefined || token === undefined)
    return failed('notice', 'The run has no code host or no token.');
  try {
    const result = await post(host, token);
    return result.kind === 'refused' ? failed('notice', result.why) : result;
  } catch (error) {
    signal.throwIfAborted();
    return failed('warning', error instanceof Error ? error.message : String(error));
  }
}
