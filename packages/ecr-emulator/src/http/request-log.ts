/** The interfaces of the emulator: the AWS APIs, the registries, the layer bucket and the admin API. */
export type Plane = 'api' | 'registry' | 'blobs' | 'admin';

/** The log entry of a request. */
export interface LoggedRequest {
  /** The time when the head arrived, in ISO 8601. */
  readonly at: string;
  readonly plane: Plane;
  /** The calling account, if known. */
  readonly account?: string;
  /** `ecr:PutImage`, `ssm:GetParameter`, `PUT manifest`, `GET blob`, … */
  readonly operation: string;
  readonly repository?: string;
  /** The status, or 0 if the connection broke before. */
  readonly status: number;
  /** The name of the exception. */
  readonly error?: string;
  /** The length of the request body. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly requestId: string;
  readonly durationMs: number;
}

/** The log of all requests in order of arrival, including running ones in their current state. */
export class RequestLog {
  #entries: (() => LoggedRequest)[] = [];

  get entries(): readonly LoggedRequest[] {
    return this.#entries.map((entry) => entry());
  }

  /**
   * Adds a running request.
   *
   * @param state returns the current state of the request
   * @returns a function to call at the end, which stores the final state and releases the request
   */
  open(state: () => LoggedRequest): () => void {
    let entry = state;
    this.#entries.push(() => entry());
    return () => {
      const ended = state();
      entry = () => ended;
    };
  }

  clear(): void {
    this.#entries = [];
  }
}
