import { isDigest } from '@towpath/reference';
import * as z from 'zod';

const digest = z.string().refine(isDigest, { error: 'must be a sha256 digest' });

/** The definition of a release: what a version consists of. It is kept in the ledger. */
export const releaseSchema = z.object({
  schemaVersion: z.literal(1),
  version: z.string(),
  published: z.iso.datetime().describe('When; ECR keeps no time of a tag'),
  run: z.string().optional().describe('The page of the run that published'),
  source: z.object({
    repository: z.string().optional().describe('owner/name'),
    revision: z.string().optional().describe('The commit that was built'),
    ref: z.string().optional().describe('The full ref, e.g. refs/heads/main'),
  }),
  images: z
    .array(
      z.object({
        name: z.string().describe('As the configuration names it'),
        repository: z.string().describe('Its full name in this registry'),
        digest: digest.describe('Of what ships: the manifest, or the index of a multi-platform image'),
        fingerprint: z.string().describe('Of all that went into the build'),
      }),
    )
    .min(1)
    .describe('All of them: an image that is not here does not belong to the version'),
});

/** What a version consists of, in one registry. */
export type Release = z.infer<typeof releaseSchema>;
export type ReleasedImage = Release['images'][number];

/** Whether two releases are of the same images. When and by whom does not matter. */
export function isSameSet(one: Release['images'], other: Release['images']): boolean {
  const lines = (images: Release['images']) =>
    images.map(({ name, repository, digest: of }) => `${name} ${repository}@${of}`).sort();
  return JSON.stringify(lines(one)) === JSON.stringify(lines(other));
}
