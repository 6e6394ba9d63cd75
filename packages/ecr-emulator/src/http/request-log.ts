/** The four doors of the emulator: the AWS JSON API, the registries, the layer bucket, and its own back door. */
export type Plane = 'api' | 'registry' | 'blobs' | 'admin';

/** One request, as it ended. */
export interface LoggedRequest {
  /** ISO 8601, when its head had arrived. */
  readonly at: string;
  readonly plane: Plane;
  /** The calling account, when it was made out. */
  readonly account?: string;
  /** `ecr:PutImage`, `ssm:GetParameter`, `PUT manifest`, `GET blob`, … */
  readonly operation: string;
  readonly repository?: string;
  /** 0 when the connection broke before there was one. */
  readonly status: number;
  /** The exception that was thrown, as the API names it. */
  readonly error?: string;
  /** Bytes of the bodies, without headers. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly requestId: string;
  readonly durationMs: number;
}

/** What was asked of the emulator, in the order in which it arrived. What is under way is in it as it stands. */
export class RequestLog {
  #entries: (() => LoggedRequest)[] = [];

  get entries(): readonly LoggedRequest[] {
    return this.#entries.map((entry) => entry());
  }

  /**
   * @param state how the request stands when somebody looks
   * @returns to be called when it has ended: its state is kept, and what it held is let go
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
