import { isDigest } from '@towpath/reference';
import * as z from 'zod';

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, { error: 'must be a sha256 digest' })
  .refine(isDigest);

/** What one job builds has far fewer; each limit is for what somebody else wrote. */
const maxImages = 1_000;
const maxPerImage = 1_000;
const text = z.string().max(2_048);
/** Labels and annotations hold whole documents at times. */
const notes = z.record(text, z.string().max(2 ** 20));

const source = z.strictObject({
  repository: text.optional().describe('owner/name'),
  revision: text.optional().describe('The commit that was checked out'),
  ref: text.optional().describe('The full ref, e.g. refs/heads/main'),
  run: text.optional().describe('The page of the run that built'),
});

const attestation = z.strictObject({
  digest: digest.describe('Of its manifest, which refers to the subject (OCI image spec 1.1, referrers)'),
  mediaType: text,
  size: z.int().nonnegative().describe('Bytes of the manifest'),
  artifactType: text,
  subject: digest.describe('The manifest of the platform that it is about'),
});

const reused = z.strictObject({
  registry: text.describe('The host of the registry that holds the image'),
  repository: text.describe('Its full name in that registry'),
  tag: text.describe('The tag by which it was found'),
  version: text.describe('A version whose release or intent in the ledger lists it'),
});

const image = z.strictObject({
  name: text.describe('As the configuration names it'),
  digest: digest.describe('Of what ships: the manifest, or the index of a multi-platform image'),
  mediaType: text,
  size: z.int().nonnegative().describe('Bytes of the manifest'),
  bytes: z.int().nonnegative().describe('Bytes of everything the image consists of, each blob once'),
  platforms: z.record(text, digest).describe('The manifest of each platform'),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Of all that went into the build: equal inputs, equal fingerprint'),
  bases: z
    .record(z.string(), digest)
    .optional()
    .describe('The digests of the images that the Dockerfile names, its frontend among them'),
  labels: notes,
  annotations: notes.optional().describe('Of the manifest or the index that ships'),
  attestations: z
    .array(attestation)
    .max(maxPerImage)
    .default([])
    .describe(
      'Provenance and SBOM beside the image, in the layout as they were written; published as referrers',
    ),
  reused: reused
    .optional()
    .describe('Where the image is, when nothing was built: the layout has no blob of it'),
});

/** The definition of `images.json`. It holds no version and no tags: those belong to publishing. */
export const imageSetSchema = z.strictObject({
  schemaVersion: z.literal(1),
  source,
  images: z.array(image).max(maxImages),
});

/** What one build has left: every image of it, and what it was built from. */
export type ImageSet = z.infer<typeof imageSetSchema>;
export type BuiltImage = ImageSet['images'][number];
/** What attests something about an image. */
export type Attestation = BuiltImage['attestations'][number];
export type Source = ImageSet['source'];

/** The annotation of an image that says what it was built from: its fingerprint, to recognise it by. */
export const fingerprintAnnotation = 'dev.towpath.fingerprint';

/** The annotation of an image with a short hash of each input, `name=hash` with blanks between: which one changed. */
export const inputsAnnotation = 'dev.towpath.inputs';

/** The tag that `publish` gives an image beside its others, by which it is found by what it was built from. */
export function fingerprintTag(fingerprint: string): string {
  return `fp-${fingerprint.slice(0, 24)}`;
}
