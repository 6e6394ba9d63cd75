import { isRepositoryName, type Platform } from '@towpath/reference';
import { parseTemplates } from '@towpath/tags';
import { isAbsolute, normalize } from 'node:path/posix';
import * as z from 'zod';
import { parseRegistrySource, registrySourceForm } from './registry-source.ts';
import { kindOf } from './describe-issue.ts';
import {
  isOtherRegistry,
  nearestRegistry,
  nearestRepository,
  startsWithRegistry,
} from './nearest-registry.ts';
import { distinctPlatforms, readPlatform } from './platforms.ts';

/** Parts that several schemas use. */

export const filled = z.string().regex(/./, { error: 'may not be empty' });

/** A path inside the repository. Symbolic links are checked when the files are read. */
export const path = filled.refine(staysInside, {
  error: 'must be a path that stays in the repository',
});

/** The name may follow a path (IAM user guide, "IAM identifiers"). */
export const roleArn = z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, {
  error: 'must be the ARN of an IAM role, e.g. arn:aws:iam::444455556666:role/deploy',
});

export const registry = z
  .string({ error: ({ input }) => (typeof input === 'number' ? wrongRegistry(String(input)) : undefined) })
  .transform((text, context) => {
    const source = parseRegistrySource(text);
    if (source !== undefined) return source;
    context.issues.push({ code: 'custom', input: text, message: wrongRegistry(text) });
    return z.NEVER;
  });

/** Returns the error message for an invalid registry, with the nearest valid one. */
export function wrongRegistry(text: string): string {
  const meant = nearestRegistry(text);
  const shown = JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);
  const help = isOtherRegistry(text)
    ? '. Towpath publishes to Amazon ECR only'
    : meant === undefined
      ? ''
      : `. Did you mean ${meant}?`;
  return `must be ${registrySourceForm}, not ${shown}${help}`;
}

/** The full name of a repository. */
export const repository = z.string().transform((text, context) => {
  const message = wrongRepository(text);
  if (message === undefined) return text;
  context.issues.push({ code: 'custom', input: text, message });
  return z.NEVER;
});

/**
 * Returns the error message for an invalid repository name, with the nearest valid one. Returns undefined if
 * the text is the full name of a repository.
 *
 * @param names where the user sets the repository and its registry: keys of the configuration, or inputs
 */
export function wrongRepository(
  text: string,
  names = { repository: 'repository', registry: 'the key registry' },
): string | undefined {
  // A host is also valid as a part of a repository name.
  if (isRepositoryName(text) && !startsWithRegistry(text)) return undefined;
  const meant = nearestRepository(text);
  const isNear = meant !== undefined && isRepositoryName(meant.repository);
  if (isNear && meant.registry !== undefined && isOtherRegistry(meant.registry))
    return `must be a repository of Amazon ECR without its registry. ${meant.registry} is not an ECR registry. Write ${names.repository}: ${meant.repository}`;
  if (isNear && meant.registry !== undefined)
    return `must be a repository without its registry. Write ${names.repository}: ${meant.repository}, and ${meant.registry} in ${names.registry}`;
  return isNear
    ? `must be the full name of an ECR repository. Did you mean ${meant.repository}?`
    : 'must be the full name of an ECR repository: 2 to 256 lower-case letters, digits and . _ - /, such as payroll/web';
}

export const platforms = z.array(z.string().transform(toPlatform)).min(1).transform(distinctPlatforms);

/** Several platforms, separated by commas as on the command line of buildx. */
export const platformList = z
  .string()
  .transform((text, context) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .map((one) => toPlatform(one, context)),
  )
  .transform(distinctPlatforms);

/** A list of templates. An entry may also name a preset. */
export const templates = z
  .array(
    z.string().transform((text, context) => {
      const parsed = parseTemplates(text);
      if ('templates' in parsed) return parsed.templates;
      context.issues.push({ code: 'custom', input: text, message: parsed.wrong });
      return z.NEVER;
    }),
  )
  .min(1)
  .transform((entries) => entries.flat());

/** A text. Numbers and booleans are kept as written. */
export const text = z
  .union([z.string(), z.number(), z.boolean()], {
    error: ({ input }) => `must be a text, not ${kindOf(input)}`,
  })
  .transform(String);

/**
 * A map from names to texts.
 *
 * @param names the allowed names
 * @param expected describes the allowed names in messages
 */
export function textMap(names: RegExp, expected: string): z.ZodType<ReadonlyMap<string, string>> {
  return mapOf(z.string().regex(names, { error: `must be ${expected}` }), text);
}

/**
 * A map from names to values of any type.
 *
 * @param names the allowed names
 */
export function mapOf<V extends z.ZodType>(
  names: z.ZodString,
  values: V,
): z.ZodType<ReadonlyMap<string, z.output<V>>> {
  return recordOf(names, values).transform(
    (record): ReadonlyMap<string, z.output<V>> => new Map(Object.entries(record)),
  );
}

/**
 * A record that checks its values even if their names are wrong, so that all problems are reported at once.
 *
 * @param names the allowed names
 */
export function recordOf<V extends z.ZodType>(names: z.ZodString, values: V): z.ZodRecord<z.ZodString, V> {
  // Read when the JSON Schema is written, and not by every step that loads this module.
  const facts = {
    get pattern() {
      return z.toJSONSchema(names).pattern;
    },
  };
  return z.record(z.string().meta(facts), values).superRefine(
    (record: unknown, context) => {
      for (const name of Object.keys(isObject(record) ? record : {})) {
        for (const { message } of names.safeParse(name).error?.issues ?? [])
          context.issues.push({ code: 'custom', input: name, path: [name], message });
      }
    },
    { when: () => true },
  );
}

/** Returns whether a value is a map of YAML or JSON. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reports that a value is invalid and what it must be. */
export function refuse(context: z.core.$RefinementCtx, input: unknown, expected: string): never {
  context.issues.push({
    code: 'custom',
    input,
    message: `must be ${expected}, not ${JSON.stringify(input)}`,
  });
  return z.NEVER;
}

/** Returns whether a path stays in the repository: it has no leading `..` and is not a URL. */
export function staysInside(text: string): boolean {
  return !isAbsolute(text) && !/^[\w+.-]+:\/\//.test(text) && normalize(text).split('/')[0] !== '..';
}

function toPlatform(text: string, context: z.core.$RefinementCtx): Platform {
  const read = readPlatform(text);
  if ('platform' in read) return read.platform;
  context.issues.push({ code: 'custom', input: text, message: read.wrong });
  return z.NEVER;
}
