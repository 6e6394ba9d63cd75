import { isDigest } from '@towpath/reference';
import * as z from 'zod';

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, { error: 'must be a sha256 digest' })
  .refine(isDigest);

/** Limits for untrusted input. A real build has far fewer images and attestations. */
export const maxImages = 1_000;
const maxPerImage = 1_000;
const text = z.string().max(2_048);
/** Labels and annotations sometimes contain whole documents. */
const notes = z.record(text, z.string().max(2 ** 20));

const source = z.strictObject({
  repository: text.optional().describe('owner/name'),
  revision: text.optional().describe('The commit of the build'),
  ref: text.optional().describe('The full ref, e.g. refs/heads/main'),
  run: text.optional().describe('The URL of the build’s run'),
});

const attestation = z.strictObject({
  digest: digest.describe('The digest of the manifest, a referrer of the subject (OCI image spec 1.1)'),
  mediaType: text,
  size: z.int().nonnegative().describe('The size of the manifest in bytes'),
  artifactType: text,
  subject: digest.describe('The digest of the platform’s manifest'),
});

const reused = z.strictObject({
  registry: text.describe('The host of the registry with the image'),
  repository: text.describe('The full name of the repository with the image'),
  tag: text.describe('The fingerprint tag of the image'),
  version: text.describe('A version with the image in its release or intent in the ledger'),
});

/** The schema of one image in `images.json`. */
export const imageSchema = z.strictObject({
  name: text.describe('The name in the configuration'),
  digest: digest.describe('The digest of the manifest, or of the index of a multi-platform image'),
  mediaType: text,
  size: z.int().nonnegative().describe('The size of that manifest or index in bytes'),
  bytes: z.int().nonnegative().describe('The size of the whole image in bytes, each blob counted once'),
  platforms: z.record(text, digest).describe('The digest of the manifest of each platform'),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('The hash of all build inputs: equal inputs have equal fingerprints'),
  bases: z
    .record(z.string(), digest)
    .optional()
    .describe('The digests of the base images and the frontend, by name'),
  labels: notes,
  annotations: notes.optional().describe('The annotations of the manifest or the index'),
  attestations: z
    .array(attestation)
    .max(maxPerImage)
    .default([])
    .describe('Provenance and SBOM, published as referrers of the image'),
  reused: reused
    .optional()
    .describe('The registry’s image, if it was reused and not built: the layout does not contain it'),
});

/** The schema of `images.json`. It has no version and no tags, which `publish` computes. */
export const imageSetSchema = z.strictObject({
  schemaVersion: z.literal(1),
  source,
  images: z.array(imageSchema).max(maxImages),
});

/** The result of a build: its images and their source. */
export type ImageSet = z.infer<typeof imageSetSchema>;
export type BuiltImage = ImageSet['images'][number];
export type Attestation = BuiltImage['attestations'][number];
export type Source = ImageSet['source'];

/** The annotation with the fingerprint of an image. */
export const fingerprintAnnotation = 'dev.towpath.fingerprint';

/** The annotation with a short hash of each build input, `name=hash` separated by spaces, to report changed inputs. */
export const inputsAnnotation = 'dev.towpath.inputs';

/** Returns the tag by which `build` finds an image with a fingerprint. `publish` sets it in addition to the others. */
export function fingerprintTag(fingerprint: string): string {
  return `fp-${fingerprint.slice(0, 24)}`;
}
