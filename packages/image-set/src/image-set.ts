import { isDigest } from '@towpath/reference';
import * as z from 'zod';

const digest = z.string().refine(isDigest, { error: 'must be a sha256 digest' });

const source = z.strictObject({
  repository: z.string().optional().describe('owner/name'),
  revision: z.string().optional().describe('The commit that was checked out'),
  ref: z.string().optional().describe('The full ref, e.g. refs/heads/main'),
  run: z.string().optional().describe('The page of the run that built'),
});

const image = z.strictObject({
  name: z.string().describe('As the configuration names it'),
  digest: digest.describe('Of what ships: the manifest, or the index of a multi-platform image'),
  mediaType: z.string(),
  size: z.int().nonnegative().describe('Bytes of the manifest'),
  bytes: z.int().nonnegative().describe('Bytes of everything the image consists of, each blob once'),
  platforms: z.record(z.string(), digest).describe('The manifest of each platform'),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Of all that went into the build: equal inputs, equal fingerprint'),
  labels: z.record(z.string(), z.string()),
});

/** The definition of `images.json`. It holds no version and no tags: those belong to publishing. */
export const imageSetSchema = z.strictObject({ schemaVersion: z.literal(1), source, images: z.array(image) });

/** What one build has left: every image of it, and what it was built from. */
export type ImageSet = z.infer<typeof imageSetSchema>;
export type BuiltImage = ImageSet['images'][number];
export type Source = ImageSet['source'];

/** The annotation of an image that says what it was built from: its fingerprint, to recognise it by. */
export const fingerprintAnnotation = 'dev.towpath.fingerprint';

/** The tag that `publish` gives an image beside its others, by which it is found by what it was built from. */
export function fingerprintTag(fingerprint: string): string {
  return `fp-${fingerprint.slice(0, 24)}`;
}
