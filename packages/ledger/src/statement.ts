import type { Digest } from '@towpath/reference';
import * as z from 'zod';
import { entryTag, environmentEntrySchema, type EnvironmentEntry } from './environment-entry.ts';

/** The predicate type of statements about promotions. It never changes; another form of predicate gets another one. */
export const promotionPredicateType = 'https://github.com/towpath/towpath/promotion/v1';

/** Other keys of the entry are left out. */
const predicateSchema = environmentEntrySchema.omit({ schemaVersion: true, number: true }).extend({
  entry: z.string().optional().describe('The tag of the entry in the ledger, such as `prod.7`'),
  previous: z.string().optional().describe('The tag of the entry before it'),
  registry: z.string().describe('The registry of the environment'),
});

/** The schema of the in-toto statement about a promotion (in-toto attestation framework, "Statement layer v1"). */
export const promotionStatementSchema = z.object({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(
      z.object({
        name: z.string().describe('The registry and the repository'),
        digest: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      }),
    )
    .min(1)
    .describe('The digest of every image, and of each of its platforms'),
  predicateType: z.literal(promotionPredicateType),
  predicate: predicateSchema,
});

/** An in-toto statement about a promotion. */
export type PromotionStatement = z.infer<typeof promotionStatementSchema>;

/** What a statement says in addition to the entry. */
export interface StatedPromotion {
  /** The host and the alias of the registry of the environment. */
  readonly registry: string;
  /** Whether the entry is in a ledger. Without one the statement has no number. */
  readonly isRecorded: boolean;
  /** The manifests of the platforms, by the digest of their image. */
  readonly platforms: ReadonlyMap<string, readonly Digest[]>;
}

/**
 * Returns the in-toto statement about a promotion: which digests run in an environment, since when, who put them there
 * by which run, and the verdict of the gate.
 */
export function promotionStatement(
  entry: EnvironmentEntry,
  { registry, isRecorded, platforms }: StatedPromotion,
): PromotionStatement {
  const { environment, number } = entry;
  const subjects = entry.images.flatMap(({ repository, digest }) =>
    [digest, ...(platforms.get(digest) ?? [])].map((one) => [`${registry}/${repository}`, one] as const),
  );
  const unique = new Map(subjects.map((one) => [one.join('@'), one]));
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [...unique.values()].map(([name, digest]) => ({
      name,
      digest: { sha256: digest.slice('sha256:'.length) },
    })),
    predicateType: promotionPredicateType,
    predicate: predicateSchema.parse({
      ...entry,
      registry,
      ...(isRecorded && { entry: entryTag(environment, number) }),
      ...(isRecorded && number > 1 && { previous: entryTag(environment, number - 1) }),
    }),
  };
}

/**
 * Returns the subjects in the form of `sha256sum`, which `actions/attest` reads (its input `subject-checksums`).
 */
export function subjectChecksums({ subject }: PromotionStatement): string {
  return subject.map(({ name, digest }) => `${digest.sha256}  ${name}\n`).join('');
}
