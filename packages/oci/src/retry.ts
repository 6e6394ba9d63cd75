/** What retrying needs from outside. */
export interface RetryPort {
  readonly clock: { sleep(milliseconds: number, signal?: AbortSignal): Promise<void> };
}

/** A failure that may pass: the connection broke, or the other side asked to come back later. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  /** Milliseconds that the other side asked to wait (Retry-After). */
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
/** Who asks for more than this is not coming back while somebody waits for the step. */
const longestWait = 120_000;

/**
 * Does something again while it fails transiently, at most five times, waiting longer each time with full jitter
 * (AWS architecture blog, "Exponential backoff and jitter"), on top of what the other side asked for.
 *
 * @param signal ends the attempts
 * @throws the last error; the signal's reason
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
