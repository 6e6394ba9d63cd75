import pLimit from 'p-limit';

export interface ForAllOptions {
  /** How many run at a time. Default: 16. */
  readonly limit?: number;
  /** Ends all of them from outside. */
  readonly signal?: AbortSignal;
}

/** Enough to hide the latency of a network, and few enough for files and sockets. */
const defaultLimit = 16;

/**
 * Runs `act` for every item, side by side. After the first failure it starts no more, aborts the signal of those that
 * run, and waits for them.
 *
 * @param act gets a signal for its own waits and calls
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
