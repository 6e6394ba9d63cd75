import type { Instruction } from '@towpath/dockerfile';

/** A variable of an `ARG`, an `ENV` or a `LABEL`. */
export interface Variable {
  readonly name: string;
  /** As written, without the quotes around it. Undefined for an `ARG` without a default. */
  readonly value: string | undefined;
  readonly line: number;
}

/** Returns the variables that an instruction sets or declares. */
export function variablesOf({ keyword, words }: Instruction): readonly Variable[] {
  if (!['ARG', 'ENV', 'LABEL'].includes(keyword)) return [];
  const [first, ...rest] = words;
  // The legacy form: one name, then its value.
  if (keyword !== 'ARG' && first !== undefined && !first.text.includes('='))
    return [
      { name: unquote(first.text), value: unquote(rest.map(({ text }) => text).join(' ')), line: first.line },
    ];
  return words.map(({ text, line }) => {
    const at = text.indexOf('=');
    return at < 0
      ? { name: unquote(text), value: undefined, line }
      : { name: unquote(text.slice(0, at)), value: unquote(text.slice(at + 1)), line };
  });
}

/** Removes the quotes around a text. */
export function unquote(text: string): string {
  const isQuoted = text.length > 1 && /^["']/.test(text) && text.endsWith(text.charAt(0));
  return isQuoted ? text.slice(1, -1) : text;
}

/** Returns the names of the variables that a text refers to. */
export function referencesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/(?<!\\)\$\{?(\w+)/g), ([, name = '']) => name);
}
