import { suggest } from '@towpath/errors';
import * as z from 'zod';

/** The maximum number of unknown keys reported for one map. */
const maxKeys = 50;

/**
 * Returns the message for an issue. zod reports several unknown keys as one issue; the message has one line
 * for each.
 */
export const describeIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const valid = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
      const lines = issue.keys
        .slice(0, maxKeys)
        .map((key) => `has no key ${JSON.stringify(key)}. ${suggest(key, valid)}`);
      const more = issue.keys.length - lines.length;
      return [...lines, ...(more > 0 ? [`has ${more} more unknown keys`] : [])].join('\n');
    }
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return mustBe(article(issue.expected), issue.input);
    case 'invalid_value': {
      if (issue.input === undefined) return 'is missing';
      const options = issue.values.map(String);
      return typeof issue.input === 'string'
        ? `is ${JSON.stringify(issue.input)}. ${suggest(issue.input, options)}`
        : `must be one of ${options.join(', ')}, not ${kindOf(issue.input)}`;
    }
    case 'invalid_union':
      return describeUnion(issue);
    case 'too_small':
      return 'may not be empty';
    default:
      return undefined;
  }
};

function mustBe(form: string, input: unknown): string {
  return input === null ? `is empty, but must be ${form}` : `must be ${form}, not ${kindOf(input)}`;
}

/** Describes a value that matches none of the allowed forms. */
function describeUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const { inst, input, discriminator } = issue;
  if (discriminator !== undefined && inst instanceof z.ZodDiscriminatedUnion) {
    const given = (input as Readonly<Record<string, unknown>>)[discriminator];
    const valid = [...(inst._zod.propValues[discriminator] ?? [])].map(String);
    if (given === undefined) return `is missing. ${suggest('', valid)}`;
    return typeof given === 'string'
      ? `is ${JSON.stringify(given)}. ${suggest(given, valid)}`
      : `must be one of ${valid.join(', ')}, not ${kindOf(given)}`;
  }
  if (input === undefined) return 'is missing';
  const forms = new Set(issue.errors.flatMap(([first]) => (first === undefined ? [] : formOf(first))));
  const hasKeywords = issue.errors.some(([first]) => first?.code === 'invalid_value');
  return hasKeywords && typeof input === 'string'
    ? `is ${JSON.stringify(input)}. ${suggest(input, [...forms])}`
    : mustBe([...forms].join(' or '), input);
}

function formOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_type') return [article(issue.expected)];
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union'
    ? issue.errors.flatMap(([first]) => (first === undefined ? [] : formOf(first)))
    : [];
}

const words: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  null: 'an empty value',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'a text',
};

function article(type: string): string {
  return words[type] ?? type;
}

/** Returns the type of a value in everyday words. */
export function kindOf(value: unknown): string {
  if (value === null) return article('null');
  if (typeof value === 'symbol') return `${value.description ?? ''}, which Towpath does not evaluate`;
  return article(Array.isArray(value) ? 'array' : typeof value);
}
