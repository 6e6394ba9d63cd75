import * as z from 'zod';
import { environmentName, maxEntries } from './environment-entry.ts';
import { run, source } from './release.ts';

/** The maximum number of attempts that are recorded after one entry. */
export const maxAttempts = 5;

/** The maximum number of problems that an attempt lists, and the maximum length of their messages. */
export const maxAttemptProblems = 10;
export const maxAttemptMessage = 300;

/**
 * The schema of an attempt: a promotion or rollback that was refused or that failed. It is stored in the ledger of the
 * environment's registry, under the tag `{environment}.{after}.attempt.{number}`. It never changes what an environment
 * runs.
 */
export const attemptSchema = z.object({
  schemaVersion: z.literal(1),
  environment: environmentName,
  after: z
    .int()
    .min(0)
    .max(maxEntries)
    .describe('The number of the last entry at that time. 0: the environment had no entries'),
  number: z.int().min(1).max(maxAttempts).describe('1 for the first recorded attempt after that entry'),
  outcome: z
    .enum(['refused', 'failed'])
    .describe('`refused`: nothing was written. `failed`: the run had begun to write, or AWS failed'),
  kind: z.enum(['promotion', 'rollback', 'break-glass']),
  version: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('The input `version`. Absent for a rollback to the previous images'),
  when: z.iso.datetime().describe('The time of the attempt'),
  actor: z.string().max(256).optional().describe('Who started the run'),
  run: run.describe('The URL of the run'),
  source: source.describe('The commit and ref of the configuration that the run used'),
  problems: z
    .array(z.object({ code: z.string().max(100), message: z.string().max(maxAttemptMessage) }))
    .min(1)
    .max(maxAttemptProblems)
    .describe('Why the attempt ended. The first problems only'),
});

/** A promotion or rollback that was refused or that failed. */
export type Attempt = z.infer<typeof attemptSchema>;

/** Returns the tag of an attempt: `prod.7.attempt.1`. */
export function attemptTag({
  environment,
  after,
  number,
}: Pick<Attempt, 'environment' | 'after' | 'number'>): string {
  return `${environment}.${after}.attempt.${number}`;
}

/** Returns what the tag of an attempt says; undefined for every other tag. */
export function parseAttemptTag(tag: string): Pick<Attempt, 'environment' | 'after' | 'number'> | undefined {
  const pattern = /^(?<environment>[a-z].*)\.(?<after>0|[1-9]\d{0,6})\.attempt\.(?<number>[1-9])$/;
  const { environment, after = '', number = '' } = pattern.exec(tag)?.groups ?? {};
  return environment === undefined
    ? undefined
    : { environment, after: Number(after), number: Number(number) };
}
