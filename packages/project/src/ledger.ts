import { findImages, imagePresence, tagImage, type EcrRegistry, type ImageKey } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import {
  copyImages,
  mediaTypes,
  parseJson,
  parseManifest,
  surveyGraph,
  type ContentSource,
  type Manifest,
} from '@towpath/oci';
import { digestOf, type Registry } from '@towpath/reference';
import { toTag } from '@towpath/tags';
import { Readable } from 'node:stream';
import * as z from 'zod';
import type { Location } from './places.ts';
import type { Registries } from './registries.ts';
import { isSameSet, releaseSchema, type Release } from './release.ts';
import { labelOf } from './tag-moves.ts';

/** The type of a release as an artifact, and of the document in it. */
const releaseType = 'application/vnd.towpath.release.v1+json';

/** The config of an artifact that has none (OCI image spec 1.1, "Guidelines for Artifact Usage"). */
const emptyType = 'application/vnd.oci.empty.v1+json';

/** What a ledger says of a version. */
export type LedgerEntry =
  | { readonly ledger: 'kept'; readonly release: Release | undefined }
  /** There is no such repository, or no right to read it: versions are known by their tags alone. */
  | { readonly ledger: 'absent' | 'closed'; readonly release: undefined };

/** Where the ledger of a registry stands: a small repository beside those of the images. */
export function ledgerOf(registry: EcrRegistry, { prefix }: Pick<Registry, 'prefix'>): Location {
  return { registry, repository: prefix === '' ? 'towpath' : `${prefix}/towpath` };
}

/**
 * Looks a version up, in one call: a release carries its document in its manifest.
 *
 * @throws CodedError `release-invalid` when something else has its tag
 */
export async function readRelease(location: Location, version: string): Promise<LedgerEntry> {
  const tag = toTag(version);
  let found: ReadonlyMap<ImageKey, Manifest>;
  try {
    found = await findImages(location.registry, location.repository, [tag]);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === 'repository-missing') return { ledger: 'absent', release: undefined };
    if (error.code === 'access-denied') return { ledger: 'closed', release: undefined };
    throw error;
  }
  const manifest = found.get(tag);
  const release = manifest === undefined ? undefined : parseRelease(manifest, `${labelOf(location)}:${tag}`);
  return { ledger: 'kept', release };
}

/**
 * Writes a release. Its tag is immutable: whoever comes second has to have the same images.
 *
 * @returns `there` when somebody else was first, with the same
 * @throws CodedError `version-taken` when somebody else was first, with others
 */
export async function writeRelease(
  location: Location,
  release: Release,
  registries: Registries,
): Promise<'put' | 'there'> {
  const { registry, repository } = location;
  const artifact = artifactOf(release);
  const graph = await surveyGraph([artifact.manifest], {
    ...imagePresence(registry, repository),
    manifests: () => Promise.resolve(new Set()),
  });
  // The manifest comes with its tag: an artifact without one would be left behind by whoever loses a race.
  const blobs = { ...graph, manifests: [] };
  await copyImages([
    { graph: blobs, source: artifact.source, target: registries.remote(registry, repository) },
  ]);
  try {
    return await tagImage(registry, repository, artifact.manifest, toTag(release.version));
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'tag-conflict') throw error;
    const { release: first } = await readRelease(location, release.version);
    if (first === undefined) throw error;
    if (isSameSet(first.images, release.images)) return 'there';
    throw versionTaken(first, release, error);
  }
}

/** Says of each image how two releases of a version differ, and which runs they are of. */
export function versionTaken(
  first: Release,
  second: Pick<Release, 'version' | 'images' | 'run'>,
  cause?: unknown,
): CodedError {
  const names = [...new Set([...first.images, ...second.images].map(({ name }) => name))];
  const differences = names.flatMap((name) => {
    const [before, now] = [first, second].map(({ images }) => images.find((image) => image.name === name));
    const [was, is] = [before, now].map((image) => image && `${image.repository}@${image.digest}`);
    return was === is ? [] : `${name} was ${was ?? 'not part of it'}, and is ${is ?? 'not part of it'} now`;
  });
  const runs = `It was published by ${first.run ?? 'a run that is not known'} at ${first.published}; this is ${second.run ?? 'a run without a page'}.`;
  return new CodedError(
    'version-taken',
    `Version ${second.version} has other images: ${differences.join('; ')}. ${runs}`,
    { hint: 'Use another version: what was published under this one stays what it is.', cause },
  );
}

/** A release as an OCI artifact (OCI image spec 1.1, "Guidelines for Artifact Usage"). */
function artifactOf(release: Release): { readonly manifest: Manifest; readonly source: ContentSource } {
  const document = Buffer.from(JSON.stringify(release));
  const empty = Buffer.from('{}');
  const describe = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    data: bytes.toString('base64'),
  });
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: releaseType,
      config: describe(emptyType, empty),
      layers: [describe(releaseType, document)],
      annotations: {
        'org.opencontainers.image.created': release.published,
        'org.opencontainers.image.version': release.version,
      },
    }),
  );
  const manifest = parseManifest(bytes, mediaTypes.ociManifest);
  const source: ContentSource = {
    manifest: () => Promise.resolve(manifest),
    blob: ({ mediaType }) => Promise.resolve(Readable.from([mediaType === emptyType ? empty : document])),
  };
  return { manifest, source };
}

function parseRelease(manifest: Manifest, label: string): Release {
  const [layer] = manifest.kind === 'image' ? manifest.layers : [];
  const result =
    layer?.mediaType === releaseType && layer.data !== undefined
      ? releaseSchema.safeParse(parseJson(Buffer.from(layer.data, 'base64')))
      : undefined;
  if (result?.success === true) return result.data;
  const why = result === undefined ? 'it is another artifact' : z.prettifyError(result.error);
  throw new CodedError(
    'release-invalid',
    `${label} is no release that this version of Towpath can read: ${why}.`,
    {
      hint: 'The repository of the ledger is for releases alone. Use the version of the actions that wrote it, or newer.',
    },
  );
}
