import { suggest } from '@towpath/errors';
import * as z from 'zod';
import { isIntrinsic } from './cloudformation.ts';

/** What an issue says to a person. Several unknown keys are one issue of zod's: a line each. */
export const describeIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const valid = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
      return issue.keys.map((key) => `has no key ${JSON.stringify(key)}. ${suggest(key, valid)}`).join('\n');
    }
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${article(issue.expected)}, not ${kindOf(issue.input)}`;
    case 'invalid_value': {
      if (issue.input === undefined) return 'is missing';
      const options = issue.values.map(String);
      return typeof issue.input === 'string'
        ? `is ${JSON.stringify(issue.input)}. ${suggest(issue.input, options)}`
        : `must be one of ${options.join(', ')}, not ${kindOf(issue.input)}`;
    }
    case 'too_small':
      return 'may not be empty';
    default:
      return undefined;
  }
};

const words: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  null: 'nothing',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'a text',
};

function article(type: string): string {
  return words[type] ?? type;
}

/** What a value is, as people call it. */
export function kindOf(value: unknown): string {
  if (value === null) return article('null');
  if (isIntrinsic(value)) return 'a function of CloudFormation';
  return article(Array.isArray(value) ? 'array' : typeof value);
}
