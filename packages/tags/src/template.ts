import { suggest } from '@towpath/errors';
import { allFactNames, isFactName, type FactName, type Facts } from './facts.ts';
import { presets } from './presets.ts';
import { fromExpression } from './expression.ts';
import { fromMetadataAction } from './metadata-action.ts';
import { toTag } from './tag.ts';

interface Placeholder {
  readonly fact: FactName;
  /** The number of characters of the fact, from its start. Absent: all. */
  readonly length?: number;
}

/** A parsed tag template: `build-{version}`, `{branch}-{sha:12}`. */
export interface TagTemplate {
  readonly source: string;
  readonly parts: readonly (string | Placeholder)[];
}

/** Parses a template. Returns the error message if it is invalid. */
export function parseTemplate(source: string): { template: TagTemplate } | { wrong: string } {
  if (source === '') return { wrong: 'a tag may not be empty' };
  const expression = fromExpression(source);
  if (expression !== undefined)
    return {
      wrong: `${JSON.stringify(source)} has an expression, which Towpath does not evaluate. Did you mean ${expression}?`,
    };
  const meant = fromMetadataAction(source);
  if (meant !== undefined)
    return {
      wrong: `${JSON.stringify(source)} is a rule of docker/metadata-action, not a template. Did you mean ${meant}?`,
    };
  if (/^[.-]/.test(source)) return { wrong: `a tag may not start with ${JSON.stringify(source[0])}` };
  const parts: (string | Placeholder)[] = [];
  for (const [piece] of source.matchAll(/\{[^{}]*\}|[{}]|[^{}]+/g)) {
    const part =
      piece.length > 1 && piece.startsWith('{') ? parsePlaceholder(piece) : parseText(piece, source);
    if (typeof part === 'object' && 'wrong' in part) return part;
    parts.push(part);
  }
  return { template: { source, parts } };
}

/**
 * Parses one entry of a list: a template, or `preset:` and the name of a preset, which contains several. The
 * forms cannot be confused, because a tag cannot contain a colon.
 */
export function parseTemplates(entry: string): { templates: readonly TagTemplate[] } | { wrong: string } {
  const { name } = /^preset:(?<name>.*)$/s.exec(entry)?.groups ?? {};
  if (name === undefined) {
    const parsed = parseTemplate(entry);
    return 'wrong' in parsed ? parsed : { templates: [parsed.template] };
  }
  const scheme: readonly string[] | undefined = Object.entries(presets).find(([one]) => one === name)?.[1];
  if (scheme === undefined)
    return { wrong: `there is no preset ${JSON.stringify(name)}. ${suggest(name, Object.keys(presets))}` };
  return { templates: scheme.map(ownTemplate) };
}

/** Parses one of Towpath's own templates, which must be valid. */
export function ownTemplate(source: string): TagTemplate {
  const parsed = parseTemplate(source);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.template;
}

function parsePlaceholder(piece: string): Placeholder | { wrong: string } {
  const { fact = '', length } = /^\{(?<fact>[^:]*)(?::(?<length>.*))?\}$/s.exec(piece)?.groups ?? {};
  if (!isFactName(fact)) return { wrong: `${piece} is not a fact. ${suggest(fact, allFactNames)}` };
  if (length === undefined) return { fact };
  if (!/^[1-9]\d*$/.test(length))
    return { wrong: `the length in ${piece} must be a whole number of at least 1` };
  return { fact, length: Number(length) };
}

/** Rejects invalid characters. Rewriting them would make a tag that the user does not expect. */
function parseText(piece: string, source: string): string | { wrong: string } {
  if (/[{}]/.test(piece))
    return { wrong: `${JSON.stringify(source)} has an unmatched brace${example(source)}` };
  const [foreign] = /[^\w.-]/u.exec(piece) ?? [];
  if (foreign === undefined) return piece;
  return { wrong: `${JSON.stringify(foreign)} is not allowed in a tag. Allowed: letters, digits, _ . and -` };
}

const bracedFact = new RegExp(`\\{?(?:${allFactNames.join('|')})\\}?`, 'g');

/** Suggests the template with matching braces, if that is the only error. */
function example(source: string): string {
  const meant = source.replace(bracedFact, (found) =>
    /[{}]/.test(found) ? `{${found.replace(/[{}]/g, '')}}` : found,
  );
  return /^(?:[^{}]|\{[^{}]+\})+$/.test(meant) ? `. Did you mean ${meant}?` : '';
}

/**
 * Renders the tag of a template, or returns the missing facts. A version that is not a valid tag is rewritten
 * first, so it is the same in all tags of every environment and in the ledger.
 */
export function renderTag(
  { parts }: TagTemplate,
  facts: Facts,
): { tag: string } | { absent: readonly FactName[] } {
  const absent = parts.flatMap((part) =>
    typeof part === 'string' || (facts[part.fact] ?? '') !== '' ? [] : [part.fact],
  );
  if (absent.length > 0) return { absent };
  const text = parts
    .map((part) => (typeof part === 'string' ? part : valueOf(part.fact, facts).slice(0, part.length)))
    .join('');
  return { tag: toTag(text) };
}

function valueOf(fact: FactName, facts: Facts): string {
  const value = facts[fact] ?? '';
  return fact === 'version' ? toTag(value) : value;
}

/**
 * Returns the template with these facts filled in and all others kept as `{name}`. Returns undefined if the
 * template makes no tag, because there is no environment.
 */
export function foreseeTag(
  { parts }: TagTemplate,
  facts: { readonly image: string; readonly environment: string | undefined },
): string | undefined {
  const known: Facts = facts;
  if (facts.environment === undefined && parts.some((part) => isPlaceholder(part, 'environment')))
    return undefined;
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const { fact, length } = part;
      return known[fact]?.slice(0, length) ?? `{${fact}${length === undefined ? '' : `:${length}`}}`;
    })
    .join('');
}

function isPlaceholder(part: string | Placeholder, fact: FactName): boolean {
  return typeof part === 'object' && part.fact === fact;
}
