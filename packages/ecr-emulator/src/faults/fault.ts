import type { Plane } from '../http/request-log.ts';

/** What happens to a request in place of, or on top of, its answer. Bytes are those of the bodies. */
export type Effect =
  /** The connection is reset: at once, or within the request's body, or within the answer's (0: the work is done, its answer lost). */
  | { readonly kind: 'reset'; readonly afterBytesIn?: number; readonly afterBytesOut?: number }
  /** Nothing more happens at that place, for a while or for good. */
  | {
      readonly kind: 'stall';
      readonly afterBytesIn?: number;
      readonly afterBytesOut?: number;
      readonly forMs?: number;
    }
  /** The answer ends early, although its length was announced. */
  | { readonly kind: 'truncate'; readonly afterBytesOut: number }
  /** A byte of the answer is another: its digest is wrong. */
  | { readonly kind: 'corrupt'; readonly at?: number }
  /** The service fails. `retryAfter` is in seconds. */
  | { readonly kind: 'status'; readonly status: 429 | 500 | 503; readonly retryAfter?: number }
  /** An exception of the API, or of the registry's table of refusals. */
  | { readonly kind: 'exception'; readonly exception: string; readonly message?: string }
  /** The credentials are no longer good. */
  | { readonly kind: 'expired-token' }
  /** A long line, or a thin one. */
  | { readonly kind: 'slow'; readonly latencyMs?: number; readonly bytesPerSecond?: number };

/** A fault, and the requests that meet it. A request meets every fault that is its. */
export type Fault = Effect & {
  readonly plane?: Plane;
  /** As the log names it; `*` stands for any characters: `PUT upload`, `ecr:*`. */
  readonly operation?: string;
  /** Not known of requests to the API. `*` stands for any characters. */
  readonly repository?: string;
  /** The first of the matching requests that meets it, from 1; by default the first. */
  readonly nth?: number;
  /** How many meet it; by default one. 0 stands for all from there. */
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

/** @throws SyntaxError saying what is wrong */
export function parseFault(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) throw new SyntaxError('a fault is an object');
  const members = value as Readonly<Record<string, unknown>>;
  const { kind } = members;
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
    throw new SyntaxError(`a fault has a kind: ${Object.keys(kinds).join(', ')}`);
  }
  const known = [...common, ...kinds[kind as Effect['kind']]];
  for (const [name, member] of Object.entries(members)) {
    if (!known.includes(name)) throw new SyntaxError(`a fault of the kind ${kind} has no ${name}`);
    const expected = texts.includes(name) ? 'string' : 'number';
    if (typeof member !== expected) throw new SyntaxError(`${name} is a ${expected}`);
  }
  if (kind === 'status' && ![429, 500, 503].includes(Number(members.status))) {
    throw new SyntaxError('status is 429, 500 or 503');
  }
  if (kind === 'truncate' && members.afterBytesOut === undefined)
    throw new SyntaxError('truncate wants afterBytesOut');
  if (kind === 'exception' && members.exception === undefined)
    throw new SyntaxError('exception wants its name');
  return value as Fault;
}
