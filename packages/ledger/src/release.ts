import { isDigest, isRepositoryName } from '@towpath/reference';
import * as z from 'zod';

/** A limit that keeps the list readable with few requests. No real version has more images. */
const maxImages = 1000;

export const digest = z.string().refine(isDigest, { error: 'must be a sha256 digest' });

/** The fields of an image in every document. */
export const imageFields = {
  name: z
    .string()
    .max(256)
    .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, { error: 'must be the name of an image' })
    .describe('The name in the configuration'),
  repository: z
    .string()
    .refine(isRepositoryName, { error: 'must be the full name of an ECR repository' })
    .describe('The full name of the repository'),
  digest: digest.describe('The digest of the manifest, or of the index of a multi-platform image'),
};

const releasedImage = z.object({
  ...imageFields,
  fingerprint: z.string().max(256).describe('The hash of all build inputs'),
  verified: z
    .boolean()
    .optional()
    .describe('Whether `publish` computed the fingerprint itself. Only such images are reused'),
});

/** A list of images in which each name is unique. */
export function imageList<T extends z.ZodType<{ name: string }>>(image: T): z.ZodArray<T> {
  return z
    .array(image)
    .min(1)
    .max(maxImages, { error: `must have at most ${maxImages} images` })
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: 'must name each image once',
    });
}

const images = imageList(releasedImage);

export const run = z.string().max(2048).optional();

export const source = z.object({
  repository: z.string().optional().describe('owner/name'),
  revision: z.string().optional().describe('The commit of the build'),
  ref: z.string().optional().describe('The full ref, e.g. refs/heads/main'),
});

/** The schema of a release: the images of a version. It is stored in the ledger. */
export const releaseSchema = z.object({
  schemaVersion: z.literal(1),
  version: z.string(),
  published: z.iso.datetime().describe('The time of the publication'),
  run: run.describe('The URL of the run that published the version'),
  source,
  images: images.describe('All images of the version'),
});

/** The schema of an intent: the images that a run is about to publish under a version. */
export const intentSchema = z.object({
  schemaVersion: z.literal(1),
  version: z.string(),
  when: z.iso.datetime().describe('The time of the intent, before the first tag'),
  run: run.describe('The URL of the run'),
  source,
  images: images.describe('The images that the run publishes: all images of the version, or some'),
});

/** The images of a version in one registry. */
export type Release = z.infer<typeof releaseSchema>;
export type ReleasedImage = Release['images'][number];

/** The images that a run intended to publish under a version in one registry. */
export type Intent = z.infer<typeof intentSchema>;

/** Returns whether two lists have the same images: names, repositories and digests. */
export function isSameSet(one: readonly ReleasedImage[], other: readonly ReleasedImage[]): boolean {
  const lines = (images: readonly ReleasedImage[]) =>
    images.map(({ name, repository, digest: of }) => `${name} ${repository}@${of}`).sort();
  return JSON.stringify(lines(one)) === JSON.stringify(lines(other));
}
