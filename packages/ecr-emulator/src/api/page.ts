import { invalidParameter } from '../registry/exceptions.ts';

/** The request for a page. */
export interface PageRequest {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

const defaultPageSize = 100;

/**
 * Returns the items of a page. A token contains the key of the previous page's last item, so that items added or removed
 * between two pages shift no other items.
 *
 * @param items the items, sorted by key
 * @throws Refusal InvalidParameterException if the token is invalid
 */
export function pageOf<T>(
  items: readonly T[],
  { nextToken, maxResults = defaultPageSize }: PageRequest,
  keyOf: (item: T) => string,
): { readonly items: T[]; readonly nextToken?: string } {
  const after = nextToken === undefined ? undefined : decode(nextToken);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, maxResults);
  const last = page.at(-1);
  return {
    items: page,
    ...(last !== undefined && rest.length > page.length && { nextToken: encode(keyOf(last)) }),
  };
}

const prefix = 'after:';

function encode(key: string): string {
  return Buffer.from(prefix + key).toString('base64');
}

function decode(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith(prefix) || encode(text.slice(prefix.length)) !== token) {
    throw invalidParameter('nextToken', 'Invalid next token');
  }
  return text.slice(prefix.length);
}
