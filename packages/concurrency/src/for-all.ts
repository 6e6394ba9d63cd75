import pLimit from 'p-limit';

export interface ForAllOptions {
  /** The maximum number to run at the same time. Default: 16. */
  readonly limit?: number;
  /** Aborts all of them. */
  readonly signal?: AbortSignal;
}

/** High enough to hide network latency, and low enough for the limits on files and sockets. */
const defaultLimit = 16;

/**
 * Runs `act` for every item in parallel. After the first failure it starts no more, aborts the others, and waits for
 * them.
 *
 * @param act receives a signal that it passes to its own waits and calls
 * @returns the results, in the order of the items
 * @throws the first failure
 */
export async function forAll<T, R>(
  items: Iterable<T>,
  act: (item: T, signal: AbortSignal) => Promise<R>,
  { limit = defaultLimit, signal: outer }: ForAllOptions = {},
): Promise<R[]> {
  const failed = new AbortController();
  const signal = outer === undefined ? failed.signal : AbortSignal.any([outer, failed.signal]);
  let failure: { readonly reason: unknown } | undefined;
  const run = async (item: T): Promise<R[]> => {
    if (failure !== undefined) return [];
    try {
      signal.throwIfAborted();
      return [await act(item, signal)];
    } catch (reason) {
      failure ??= { reason };
      failed.abort(reason);
      return [];
    }
  };
  const turn = pLimit(limit);
  const results = await Promise.all([...items].map((item) => turn(run, item)));
  if (failure !== undefined) throw failure.reason as Error;
  return results.flatMap((one) => one);
}
