import { CodedError, type Problem } from '@towpath/errors';
import type * as z from 'zod';
import { describeIssue } from './describe-issue.ts';
import { exampleOf } from './example.ts';
import { invalid } from './invalid.ts';
import { maxProblems, type YamlFile } from './yaml-file.ts';

/**
 * Checks the value of a file against a schema and returns the parsed value.
 *
 * @param path of the value in the file
 * @throws CodedError `config-invalid` that lists every problem with its position
 */
export function validate<S extends z.ZodType>(
  schema: S,
  value: unknown,
  yaml: YamlFile,
  path: readonly PropertyKey[] = [],
): z.output<S> {
  const result = parse(schema, value, yaml);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, maxProblems);
  const problems = issues.flatMap((issue) => issueProblems(issue, yaml, path));
  throw invalid(yaml.file, problems.sort(byPosition));
}

/** zod passes all issues of a list or map as arguments of one call. A million of them overflow the stack. */
function parse<S extends z.ZodType>(
  schema: S,
  value: unknown,
  { file }: YamlFile,
): z.ZodSafeParseResult<z.output<S>> {
  try {
    return schema.safeParse(value, { error: describeIssue, reportInput: true });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CodedError('config-invalid', `${file} has too many problems to report.`, {
      hint: 'Check a part of the file first: remove the rest.',
      cause,
    });
  }
}

function issueProblems(issue: z.core.$ZodIssue, yaml: YamlFile, root: readonly PropertyKey[]): Problem[] {
  const path = [...root, ...issue.path];
  const meant = issue.code === 'invalid_union' ? meantForm(issue) : undefined;
  if (meant !== undefined) return meant.flatMap((inner) => issueProblems(inner, yaml, path));

  const name = path.length === 0 ? 'The file' : formatPath(path);
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
  return issue.message.split('\n').map((message, index) => {
    const key = keys[index];
    return {
      code: 'config-invalid',
      message: `${name} ${message}${/[.?]$/.test(message) ? '' : '.'}`,
      hint: hintFor(issue, path),
      position: yaml.positionOf(key === undefined ? path : [...path, key]),
    };
  });
}

/** Returns an example of the expected list or map if the value is written in the other form. */
function hintFor(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): string | undefined {
  if (issue.code !== 'invalid_type' || issue.input === undefined) return undefined;
  const example = exampleOf(issue.expected, path, issue.input);
  return example === undefined ? undefined : `Write ${example}.`;
}

/**
 * Returns the issues of the union member that is closest to the value, or none if no member is close. In that
 * case the union's own message lists the allowed forms.
 */
function meantForm({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const alike = errors.filter((issues) => !issues.some(isOtherKind));
  return alike.reduce<readonly z.core.$ZodIssue[] | undefined>(
    (best, issues) => (best === undefined || issues.length < best.length ? issues : best),
    undefined,
  );
}

function isOtherKind({ path, code }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

function byPosition({ position: a }: Problem, { position: b }: Problem): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

/** Formats a path such as `images.backend.platforms[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = /^[\w-]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key));
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
