/** What retrying needs from outside. */
export interface RetryPort {
  readonly clock: { sleep(milliseconds: number): Promise<void> };
}

/** A failure that may pass: the connection broke, or the other side asked to come back later. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  /** Milliseconds that the other side asked to wait (Retry-After). */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, { cause: options.cause });
    this.retryAfter = options.retryAfter;
  }
}

const attempts = 5;
const firstDelay = 250;
const longestDelay = 20_000;

/**
 * Does something again while it fails transiently, at most five times, waiting longer each time with full jitter
 * (AWS architecture blog, "Exponential backoff and jitter"), or as long as the other side asked.
 *
 * @throws the last error
 */
export async function retry<T>(port: RetryPort, attempt: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError) || round === attempts) throw error;
      const backoff = Math.random() * Math.min(longestDelay, firstDelay * 2 ** round);
      await port.clock.sleep(Math.min(longestDelay, error.retryAfter ?? backoff));
    }
  }
}
