import { suggest } from '@towpath/errors';
import { allFactNames, isFactName, type FactName, type Facts } from './facts.ts';
import { presets } from './presets.ts';
import { fromExpression } from './expression.ts';
import { fromMetadataAction } from './metadata-action.ts';
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
 * The templates that one entry of a list means: a template, or `preset:` and the name of a scheme, which is several.
 * A colon can stand in no tag.
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

/** A template of our own, which is right. */
export function ownTemplate(source: string): TagTemplate {
  const parsed = parseTemplate(source);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.template;
}

function parsePlaceholder(piece: string): Placeholder | { wrong: string } {
  const { fact = '', length } = /^\{(?<fact>[^:]*)(?::(?<length>.*))?\}$/s.exec(piece)?.groups ?? {};
  if (!isFactName(fact)) return { wrong: `${piece} is no fact. ${suggest(fact, allFactNames)}` };
  if (length === undefined) return { fact };
  if (!/^[1-9]\d*$/.test(length)) return { wrong: `the length in ${piece} must be a whole number from 1 on` };
  return { fact, length: Number(length) };
}

/** Made valid, a template of the wrong characters would be a tag that nobody finds. */
function parseText(piece: string, source: string): string | { wrong: string } {
  if (/[{}]/.test(piece))
    return { wrong: `${JSON.stringify(source)} has a brace without its partner${example(source)}` };
  const [foreign] = /[^\w.-]/u.exec(piece) ?? [];
  if (foreign === undefined) return piece;
  return { wrong: `${JSON.stringify(foreign)} is not allowed in a tag. Allowed: letters, digits, _ . and -` };
}

const bracedFact = new RegExp(`\\{?(?:${allFactNames.join('|')})\\}?`, 'g');

/** Suggests the template with its braces in pairs, if that is all it lacks. */
function example(source: string): string {
  const meant = source.replace(bracedFact, (found) =>
    /[{}]/.test(found) ? `{${found.replace(/[{}]/g, '')}}` : found,
  );
  return /^(?:[^{}]|\{[^{}]+\})+$/.test(meant) ? `. Did you mean ${meant}?` : '';
}

/**
 * The tag that a template makes of the facts, or the facts that it lacks. A version that is no valid tag is made one
 * before anything else is put beside it: it reads the same in every environment's tags, and in the ledger.
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
 * What is known of a tag before it is made: the template with these facts filled in, and all others left as they are.
 * Undefined when the template makes no tag, because there is no environment.
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
