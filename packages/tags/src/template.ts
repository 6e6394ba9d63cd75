import { suggest } from '@towpath/errors';
import { allFactNames, isFactName, type FactName, type Facts } from './facts.ts';
import { toTag } from './tag.ts';

interface Placeholder {
  readonly fact: FactName;
  /** How many characters of the fact, from its start; all of them when absent. */
  readonly length?: number;
}

/** A tag with holes: `build-{version}`, `{branch}-{sha:12}`. */
export interface TagTemplate {
  readonly source: string;
  readonly parts: readonly (string | Placeholder)[];
}

/** The template that the text means, or what is wrong with it. */
export function parseTemplate(source: string): { template: TagTemplate } | { wrong: string } {
  const parts: (string | Placeholder)[] = [];
  for (const [piece] of source.matchAll(/\{[^{}]*\}|[{}]|[^{}]+/g)) {
    if (piece === '{' || piece === '}')
      return { wrong: `a brace of ${JSON.stringify(source)} has no partner` };
    if (!piece.startsWith('{')) {
      parts.push(piece);
      continue;
    }
    const { fact = '', length } = /^\{(?<fact>[^:]*)(?::(?<length>[1-9]\d*))?\}$/.exec(piece)?.groups ?? {};
    if (!isFactName(fact)) return { wrong: `${piece} is no fact. ${suggest(fact, allFactNames)}` };
    parts.push({ fact, length: length === undefined ? undefined : Number(length) });
  }
  if (parts.length === 0) return { wrong: 'a tag may not be empty' };
  return { template: { source, parts } };
}

/** The tag that a template makes of the facts, or the facts that it lacks. */
export function renderTag(
  { parts }: TagTemplate,
  facts: Facts,
): { tag: string } | { absent: readonly FactName[] } {
  const absent = parts.flatMap((part) =>
    typeof part === 'string' || (facts[part.fact] ?? '') !== '' ? [] : [part.fact],
  );
  if (absent.length > 0) return { absent };
  const text = parts
    .map((part) => (typeof part === 'string' ? part : (facts[part.fact] ?? '').slice(0, part.length)))
    .join('');
  return { tag: toTag(text) };
}
