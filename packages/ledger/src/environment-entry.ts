import { whyNoVersion } from '@towpath/tags';
import * as z from 'zod';
import { digest, imageFields, imageList, run, source } from './release.ts';

/** The highest number of an entry. It keeps the search for the last entry short. */
export const maxEntries = 2 ** 20;

/** The name of an environment, as in the configuration. With a number after it, it is a valid tag. */
export const environmentName = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/, { error: 'must be the name of an environment' });

const version = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => whyNoVersion(text) === undefined, { error: 'must be a version' });

const promotedImage = z.object({
  ...imageFields,
  version: version.describe(
    'The version of this image. It differs from that of the entry if the image was not promoted then',
  ),
  verdict: z
    .enum(['pass', 'fail', 'unknown', 'off'])
    .optional()
    .describe('The verdict of the gate. `off`: the environment has no gate'),
  policy: digest.optional().describe('The digest of the policy that the image was judged by'),
});

/**
 * The schema of an entry of an environment. The entry with the highest number lists what the environment runs. It is
 * stored in the ledger of the environment's registry, under the tag `{environment}.{number}`.
 */
export const environmentEntrySchema = z.object({
  schemaVersion: z.literal(1),
  environment: environmentName,
  number: z.int().min(1).max(maxEntries).describe('1 for the first entry of the environment'),
  kind: z
    .enum(['promotion', 'rollback', 'break-glass', 'adoption'])
    .describe('`adoption`: the environment had images, but no entries. They were found by their tags'),
  version: version.describe('The version that was promoted'),
  from: z
    .string()
    .max(100)
    .optional()
    .describe('The environment that the images were promoted from, or `build`'),
  restores: z
    .int()
    .min(1)
    .max(maxEntries)
    .optional()
    .describe('The number of the entry whose images a rollback returned to'),
  reason: z
    .string()
    .max(1024)
    .optional()
    .describe('Why the gate was bypassed, or why the version was rolled back'),
  when: z.iso.datetime().describe('The time of the entry'),
  actor: z.string().max(256).optional().describe('Who started the run'),
  run: run.describe('The URL of the run'),
  source: source.describe('The commit and ref of the configuration that the run used'),
  attestations: z
    .literal('skip')
    .optional()
    .describe('`skip`: the images were copied without their signatures, SBOMs and other attachments'),
  plan: digest.optional().describe('The digest of the plan that was executed'),
  images: imageList(promotedImage).describe(
    'All images of the environment, also those that this promotion did not change',
  ),
});

/** The images of an environment after a promotion or rollback. */
export type EnvironmentEntry = z.infer<typeof environmentEntrySchema>;

/** Returns the tag of an environment's entry: `prod.7`. */
export function entryTag(environment: string, number: number): string {
  return `${environment}.${number}`;
}

/**
 * Returns whether a tag may be the tag of an entry. Names of environments without digits always count, so that another
 * repository of the registry can use any of them.
 *
 * @param environments the environments of the configuration
 */
export function isEntryTag(tag: string, environments: readonly string[] = []): boolean {
  const name = /^(?<name>.+)\.\d+$/.exec(tag)?.groups?.name;
  return name !== undefined && (environments.includes(name) || /^[a-z]+(?:[._-][a-z]+)*$/.test(name));
}
