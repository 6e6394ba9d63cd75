import { isDigest, type Digest, type Platform } from '@towpath/reference';
import * as z from 'zod';
import { list } from './list.ts';

/** The media types of images (OCI image spec 1.1; Docker image manifest v2, schema 2). */
export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

/** A reference to content: its media type, digest and size in bytes (OCI image spec 1.1, descriptor). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  /** Other download URLs. A registry need not store the content. */
  readonly urls?: readonly string[];
  /** The content itself in base64, if it is small. */
  readonly data?: string;
}

/** Makes a member optional. Programs in Go write null for an absent one. */
export function optional<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A map of texts. Validation stops at the first value of another type. */
const texts = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === 'string'),
);

export const annotationsSchema = optional(texts);

export const platformSchema: z.ZodType<Platform> = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: optional(z.string()),
});

export const descriptorSchema: z.ZodType<Descriptor> = z.object({
  mediaType: z.string(),
  digest: z.string().refine(isDigest),
  size: z.int().nonnegative(),
  platform: optional(platformSchema),
  annotations: annotationsSchema,
  artifactType: optional(z.string()),
  urls: optional(list(z.string())),
  data: optional(z.string()),
});
