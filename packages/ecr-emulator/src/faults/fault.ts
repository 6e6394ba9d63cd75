import type { Plane } from '../http/request-log.ts';

/** The effect of a fault on a request. Byte counts refer to bodies. */
export type Effect =
  /** Resets the connection: immediately, within the request's body, or within the answer's (0: done, but no answer). */
  | { readonly kind: 'reset'; readonly afterBytesIn?: number; readonly afterBytesOut?: number }
  /** Stalls at that byte, for a time or forever. */
  | {
      readonly kind: 'stall';
      readonly afterBytesIn?: number;
      readonly afterBytesOut?: number;
      readonly forMs?: number;
    }
  /** Ends the answer before its announced length. */
  | { readonly kind: 'truncate'; readonly afterBytesOut: number }
  /** Changes a byte of the answer, so that its digest is wrong. */
  | { readonly kind: 'corrupt'; readonly at?: number }
  /** Answers with an error status. `retryAfter` is in seconds. */
  | { readonly kind: 'status'; readonly status: 429 | 500 | 503; readonly retryAfter?: number }
  /** Answers with an exception of the AWS API or of the registry API. */
  | { readonly kind: 'exception'; readonly exception: string; readonly message?: string }
  /** Answers as for expired credentials. */
  | { readonly kind: 'expired-token' }
  /** Delays the answer, or limits the bandwidth. */
  | { readonly kind: 'slow'; readonly latencyMs?: number; readonly bytesPerSecond?: number };

/** A fault and its requests. All matching faults apply to a request. */
export type Fault = Effect & {
  readonly plane?: Plane;
  /** The operation in the log: `PUT upload`, `ecr:*`. `*` matches any characters. */
  readonly operation?: string;
  /** The repository; unknown for requests to the API. `*` matches any characters. */
  readonly repository?: string;
  /** The number of the first affected one of the matching requests, from 1. Default: 1. */
  readonly nth?: number;
  /** The number of affected requests, 0 for all further ones. Default: 1. */
  readonly times?: number;
};

const kinds: Readonly<Record<Effect['kind'], readonly string[]>> = {
  reset: ['afterBytesIn', 'afterBytesOut'],
  stall: ['afterBytesIn', 'afterBytesOut', 'forMs'],
  truncate: ['afterBytesOut'],
  corrupt: ['at'],
  status: ['status', 'retryAfter'],
  exception: ['exception', 'message'],
  'expired-token': [],
  slow: ['latencyMs', 'bytesPerSecond'],
};

const texts = ['kind', 'plane', 'operation', 'repository', 'exception', 'message'];
const common = ['kind', 'plane', 'operation', 'repository', 'nth', 'times'];

/** @throws SyntaxError with the first error */
export function parseFault(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) throw new SyntaxError('a fault must be an object');
  const members = value as Readonly<Record<string, unknown>>;
  const { kind } = members;
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
    throw new SyntaxError(`a fault must have a kind: ${Object.keys(kinds).join(', ')}`);
  }
  const known = [...common, ...kinds[kind as Effect['kind']]];
  for (const [name, member] of Object.entries(members)) {
    if (!known.includes(name)) throw new SyntaxError(`a fault of the kind ${kind} has no ${name}`);
    const expected = texts.includes(name) ? 'string' : 'number';
    if (typeof member !== expected) throw new SyntaxError(`${name} must be a ${expected}`);
  }
  if (kind === 'status' && ![429, 500, 503].includes(Number(members.status))) {
    throw new SyntaxError('status must be 429, 500 or 503');
  }
  if (kind === 'truncate' && members.afterBytesOut === undefined)
    throw new SyntaxError('truncate requires afterBytesOut');
  if (kind === 'exception' && members.exception === undefined)
    throw new SyntaxError('a fault of the kind exception requires exception');
  return value as Fault;
}
