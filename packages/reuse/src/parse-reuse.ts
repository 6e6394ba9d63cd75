import { parseDuration } from '@towpath/config';

/** The maximum age of reused images in milliseconds, or `off`. */
export type ReuseInput = { readonly maxAge: number } | 'off';

/**
 * Reads an input `reuse`.
 *
 * @returns undefined: the configuration applies
 */
export function parseReuse(
  text: string | undefined,
  problem: (message: string) => void,
): ReuseInput | undefined {
  if (text === undefined || text === 'off') return text;
  const maxAge = parseDuration(text);
  if (maxAge === undefined)
    problem(`Input reuse is ${JSON.stringify(text)}: it must be a duration such as 12h or 7d, or off.`);
  return { maxAge: maxAge ?? 0 };
}

/** Returns the setting of the input, or else that of the configuration. */
export function reuseOf(
  input: ReuseInput | undefined,
  configured: { readonly maxAge: number } | undefined,
): { readonly maxAge: number } | undefined {
  return input === 'off' ? undefined : (input ?? configured);
}
