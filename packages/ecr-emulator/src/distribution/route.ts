import type { Caller } from '../access/caller.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Registry } from '../registry/registry.ts';

/** A request that found its route, from a caller who may take it. */
export interface Routed {
  readonly ecr: Ecr;
  readonly registry: Registry;
  readonly caller: Caller;
  readonly exchange: Exchange;
  /** The repository; empty where the path has none. */
  readonly name: string;
  /** What the path says before the name: the alias of a public registry, with a slash; else nothing. */
  readonly alias: string;
  /** The tag, the digest or the upload that the path ends in; empty where it has none. */
  readonly reference: string;
}

/** A method and a path, and the API's action behind them. */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Groups `name` and `reference`. */
  readonly pattern: RegExp;
  /** For the log, e.g. `PUT manifest`. */
  readonly operation: string;
  /** What the caller must be allowed to do, e.g. `ecr:PutImage`; undefined where everybody with a token may. */
  readonly action: string | undefined;
  readonly answer: (routed: Routed) => Promise<void>;
}

/** An absolute address of this registry, as the client dialled it. */
export function addressOf({ url }: Exchange, path: string): string {
  return new URL(path, url.origin).href;
}

/** An absolute address below the repository, as the client dialled it. */
export function addressIn({ exchange, alias, name }: Routed, path: string): string {
  return addressOf(exchange, `/v2/${alias}${name}/${path}`);
}
