import { waitForAll } from '@towpath/concurrency';
import { CodedError, type Problem } from '@towpath/errors';

/**
 * Waits for all promises and reports all of their problems.
 *
 * @throws CodedError that lists them
 */
export async function gatherProblems<T extends readonly Promise<unknown>[]>(
  readings: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const ended = await Promise.allSettled(readings);
  const problems = ended.flatMap((one) => (one.status === 'rejected' ? problemsOf(one.reason) : []));
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `The images cannot be built: ${count} problems.`);
  return waitForAll(readings);
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof CodedError) return error.problems;
  throw error;
}
