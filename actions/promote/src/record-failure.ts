import { CodedError, OutsideError, type Problem } from '@towpath/errors';
import type { Journal, Runtime } from '@towpath/flow';
import { maxAttemptMessage, maxAttemptProblems, openEnvironment, writeAttempt } from '@towpath/ledger';
import { labelOf } from '@towpath/reference';
import type { PromoteSession } from './session.ts';

/** Errors that are no statement about the promotion, or after which no request can succeed. */
const unrecorded: readonly string[] = ['cancelled', 'credentials-missing', 'registry-unreachable'];

/**
 * Records in the ledger that a promotion or rollback was refused or failed. It needs no permission that a promotion
 * does not need, and changes no entry and no tag.
 */
export async function recordFailure(
  error: unknown,
  session: PromoteSession,
  { clock, log }: Pick<Runtime, 'clock' | 'log'>,
  journal: Journal,
): Promise<void> {
  const { undertaking } = session;
  if (undertaking === undefined || (error instanceof CodedError && unrecorded.includes(error.code))) return;
  const { locations, target, kind, version, ci } = undertaking;
  const { state, location, history } = await openEnvironment(locations, target);
  if (state !== 'kept') return;
  const isRefused =
    journal.entries.length === 0 && error instanceof CodedError && !(error instanceof OutsideError);
  const { repository, revision, ref, run, actor } = ci;
  const attempt = {
    environment: target.name,
    after: history[0]?.number ?? 0,
    outcome: isRefused ? ('refused' as const) : ('failed' as const),
    kind,
    version,
    when: clock.now().toISOString(),
    actor,
    run,
    source: { repository, revision, ref },
    problems: problemsOf(error).slice(0, maxAttemptProblems),
  };
  if ((await writeAttempt(location, attempt, session)) !== undefined)
    log.info(
      `The ledger ${labelOf(location)} records that this ${kind} was ${isRefused ? 'refused' : 'not completed'}.`,
    );
}

function problemsOf(error: unknown): readonly Pick<Problem, 'code' | 'message'>[] {
  const problems: readonly Problem[] =
    error instanceof CodedError
      ? error.problems
      : [{ code: 'internal-error', message: error instanceof Error ? error.message : String(error) }];
  return problems.map(({ code, message }) => ({ code, message: shorten(message) }));
}

function shorten(text: string): string {
  return text.length <= maxAttemptMessage ? text : `${text.slice(0, maxAttemptMessage - 1)}…`;
}
