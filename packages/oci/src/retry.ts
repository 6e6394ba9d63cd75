/** The clock and random source for retries. */
export interface RetryPort {
  readonly clock: { sleep(milliseconds: number, signal?: AbortSignal): Promise<void> };
}

/** A temporary failure: the connection broke, or the server asked to retry later. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  /** Milliseconds that the server asked to wait (Retry-After). */
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;

  constructor(
    message: string,
    { cause, retryAfter, requestId }: { cause?: unknown; retryAfter?: number; requestId?: string } = {},
  ) {
    super(message, { cause });
    this.retryAfter = retryAfter;
    this.requestId = requestId;
  }
}

const attempts = 5;
const firstDelay = 250;
const longestDelay = 20_000;
/** A longer Retry-After is treated as a failure, because the step would wait too long. */
const longestWait = 120_000;

/**
 * Retries an operation while it fails transiently, at most five attempts. The wait grows each time, with full
 * jitter (AWS architecture blog, "Exponential backoff and jitter"), and is added to the server's Retry-After.
 *
 * @param signal cancels the attempts
 * @throws the last error; the reason of the signal
 */
export async function retry<T>(port: RetryPort, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TransientError) || round === attempts) throw error;
      const { retryAfter = 0 } = error;
      if (retryAfter > longestWait) throw error;
      const delay = retryAfter + Math.random() * Math.min(longestDelay, firstDelay * 2 ** round);
      await port.clock.sleep(delay, signal);
    }
  }
}
