import * as z from 'zod';
import { digest, imageFields, imageList, run, source } from './release.ts';

const promotedImage = z.object({
  ...imageFields,
  version: z
    .string()
    .describe(
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
  environment: z.string(),
  number: z.int().min(1).describe('1 for the first entry of the environment'),
  kind: z
    .enum(['promotion', 'rollback', 'break-glass', 'adoption'])
    .describe('`adoption`: the environment had images, but no entries. They were found by their tags'),
  version: z.string().describe('The version that was promoted'),
  from: z.string().optional().describe('The environment that the images were promoted from, or `build`'),
  restores: z.int().min(1).optional().describe('The number of the entry whose images a rollback returned to'),
  reason: z
    .string()
    .max(1024)
    .optional()
    .describe('Why the gate was bypassed, or why the version was rolled back'),
  when: z.iso.datetime().describe('The time of the entry'),
  actor: z.string().max(256).optional().describe('Who started the run'),
  run: run.describe('The URL of the run'),
  source: source.describe('The commit and ref of the configuration that the run used'),
  plan: digest.optional().describe('The digest of the plan that was executed'),
  images: imageList(promotedImage).describe(
    'All images of the environment, also those that this promotion did not change',
  ),
});

/** The images of an environment after a promotion or rollback. */
export type EnvironmentEntry = z.infer<typeof environmentEntrySchema>;
