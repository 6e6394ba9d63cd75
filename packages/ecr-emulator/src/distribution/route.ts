import type { Caller } from '../access/caller.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Registry } from '../registry/registry.ts';

/** A request with its route's parameters and an authorized caller. */
export interface Routed {
  readonly ecr: Ecr;
  readonly registry: Registry;
  readonly caller: Caller;
  readonly exchange: Exchange;
  /** The repository in the path, or an empty string. */
  readonly name: string;
  /** The alias of a public registry with a slash, or an empty string. */
  readonly alias: string;
  /** The tag, the digest or the upload id at the end of the path, or an empty string. */
  readonly reference: string;
}

/** A method and a path with the corresponding action of the AWS API. */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** A pattern with the groups `name` and `reference`. */
  readonly pattern: RegExp;
  /** The name in the log, e.g. `PUT manifest`. */
  readonly operation: string;
  /** The required permission, e.g. `ecr:PutImage`. Undefined if a token is enough. */
  readonly action: string | undefined;
  readonly answer: (routed: Routed) => Promise<void>;
}

/** Returns an absolute address of this registry, on the origin that the client used. */
export function addressOf({ url }: Exchange, path: string): string {
  return new URL(path, url.origin).href;
}

/** Returns an absolute address below the repository, on the origin that the client used. */
export function addressIn({ exchange, alias, name }: Routed, path: string): string {
  return addressOf(exchange, `/v2/${alias}${name}/${path}`);
}
