import { CodedError, type Code } from '@towpath/errors';
import {
  mediaTypes,
  parseJson,
  parseManifest,
  type ContentSource,
  type Descriptor,
  type Manifest,
} from '@towpath/oci';
import { digestOf } from '@towpath/reference';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { attemptSchema, type Attempt } from './attempt.ts';
import { environmentEntrySchema, type EnvironmentEntry } from './environment-entry.ts';
import { intentSchema, releaseSchema, type Intent, type Release } from './release.ts';

/** A kind of document in the ledger. Its media type is also the type of the artifact. */
export interface DocumentKind<T> {
  readonly name: string;
  readonly mediaType: string;
  readonly schema: z.ZodType<T>;
  /** The code of the error about an invalid document. */
  readonly code: Code;
}

export const releaseKind: DocumentKind<Release> = {
  name: 'release',
  mediaType: 'application/vnd.towpath.release.v1+json',
  schema: releaseSchema,
  code: 'release-invalid',
};
export const intentKind: DocumentKind<Intent> = {
  name: 'intent',
  mediaType: 'application/vnd.towpath.intent.v1+json',
  schema: intentSchema,
  code: 'release-invalid',
};
export const entryKind: DocumentKind<EnvironmentEntry> = {
  name: 'entry',
  mediaType: 'application/vnd.towpath.environment.v1+json',
  schema: environmentEntrySchema,
  code: 'entry-invalid',
};

export const attemptKind: DocumentKind<Attempt> = {
  name: 'attempt',
  mediaType: 'application/vnd.towpath.attempt.v1+json',
  schema: attemptSchema,
  code: 'entry-invalid',
};

/** The config of an artifact without one (OCI image spec 1.1, "Guidelines for Artifact Usage"). */
const emptyType = 'application/vnd.oci.empty.v1+json';

/** The maximum size of a document, in bytes. Encoded as base64 it must fit into a manifest: ECR accepts 4 MiB. */
const maxDocument = 2 ** 20;

/** An OCI artifact that is not in a registry yet. */
export interface Artifact {
  readonly manifest: Manifest;
  readonly source: ContentSource;
}

/**
 * Returns the artifact of a document (OCI image spec 1.1, "Guidelines for Artifact Usage"). The manifest contains the
 * document, so that one request reads both.
 *
 * @throws CodedError `release-invalid` or `entry-invalid` if the document is too large or does not match its schema
 */
export function makeArtifact<T extends { readonly version?: string }>(
  kind: DocumentKind<T>,
  document: T,
  created: string,
): Artifact {
  const bytes = Buffer.from(JSON.stringify(document));
  const why = whyInvalid(kind, bytes);
  if (why !== undefined)
    throw new CodedError(
      kind.code,
      `The ${kind.name}${document.version === undefined ? '' : ` of ${document.version}`} cannot be written: ${why}.`,
    );
  const empty = Buffer.from('{}');
  const content = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: kind.mediaType,
    config: describe(emptyType, empty),
    layers: [describe(kind.mediaType, bytes)],
    annotations: {
      'org.opencontainers.image.created': created,
      ...(document.version !== undefined && { 'org.opencontainers.image.version': document.version }),
    },
  };
  const manifest = parseManifest(Buffer.from(JSON.stringify(content)), mediaTypes.ociManifest);
  const source: ContentSource = {
    manifest: () => Promise.resolve(manifest),
    blob: ({ mediaType }) => Promise.resolve(Readable.from([mediaType === emptyType ? empty : bytes])),
  };
  return { manifest, source };
}

/**
 * Returns the document of an artifact.
 *
 * @param label the location of the artifact, for the message
 * @throws CodedError `release-invalid` or `entry-invalid` if the manifest contains something else
 */
export function parseArtifact<T>(kind: DocumentKind<T>, manifest: Manifest, label: string): T {
  const [layer] = manifest.kind === 'image' ? manifest.layers : [];
  const bytes = layer?.mediaType === kind.mediaType ? documentOf(layer) : undefined;
  const why = bytes === undefined ? 'the tag names another artifact' : whyInvalid(kind, bytes);
  if (bytes !== undefined && why === undefined) return kind.schema.parse(parseJson(bytes));
  throw new CodedError(kind.code, `${label} is not a valid ${kind.name}: ${why ?? ''}.`, {
    hint: 'Use the release of Towpath that wrote it, or a newer one. Do not push other images to the repository of the ledger.',
  });
}

/**
 * Returns the bytes that the descriptor contains, if they match its digest. Otherwise other clients, which read the
 * blob, would see different content.
 */
function documentOf({ data, digest }: Descriptor): Buffer | undefined {
  const bytes = data === undefined ? undefined : Buffer.from(data, 'base64');
  return bytes !== undefined && digestOf(bytes) === digest ? bytes : undefined;
}

function whyInvalid<T>({ schema }: DocumentKind<T>, bytes: Buffer): string | undefined {
  if (bytes.length > maxDocument) return `the document is larger than ${maxDocument} bytes`;
  const { error } = schema.safeParse(parseJson(bytes));
  // The first problems are enough for a document from another source.
  return error && z.prettifyError(new z.ZodError(error.issues.slice(0, 5)));
}

function describe(mediaType: string, bytes: Buffer): object {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, data: bytes.toString('base64') };
}
