import { describeRepositories } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import type { Locations } from '@towpath/project';
import { intentKind, parseArtifact, releaseKind } from './artifact.ts';
import { intentTag, ledgerOf, readTags, releaseTag, requireImmutable, type Ledger } from './ledger.ts';
import type { RepositoryRef } from '@towpath/reference';
import type { ReleasedImage } from './release.ts';

/** The images in the releases and intents of the ledger. */
export interface Listing extends Pick<Ledger, 'location' | 'state'> {
  readonly images: readonly ListedImage[];
}

/** An image in a document of the ledger. */
export interface ListedImage extends ReleasedImage {
  /** The version of the document. */
  readonly version: string;
}

/** The maximum number of intents to read per version: ten versions fit into one BatchGetImage of 100 tags. */
const intentsRead = 9;

/**
 * Reads the images that the ledger lists for versions that may not exist. The versions come from tags, which anyone
 * can set. A tag without a valid document of its version is ignored.
 *
 * @throws CodedError `access-denied` unless the configuration format has no key to turn the ledger off;
 * `ledger-mutable`
 */
export async function listedImages(locations: Locations, versions: readonly string[]): Promise<Listing> {
  const registry = await locations.registry();
  const location = ledgerOf(registry);
  if (locations.ledgerMode === 'off' || registry.kind === 'public')
    return { location, state: 'off', images: [] };
  const kinds = new Map(versions.flatMap((version) => tagsOf(version)).map((one) => [one.tag, one]));
  const described = describeRepositories(locations.session.ecr(registry), [location.repository]);
  // The reason why the ledger cannot be read comes first.
  described.catch(() => undefined);
  try {
    const found = await readTags(
      locations.session,
      location,
      kinds.size === 0 ? ['latest'] : [...kinds.keys()],
    );
    if (found === undefined) return { location, state: 'absent', images: [] };
    requireImmutable(location, (await described).get(location.repository));
    const images = [...found].flatMap(([tag, manifest]) => {
      const expected = kinds.get(tag);
      return expected === undefined ? [] : imagesOf(manifest, expected, location);
    });
    return { location, state: 'kept', images };
  } catch (error) {
    const isDenied = error instanceof CodedError && error.code === 'access-denied';
    if (isDenied && locations.ledgerMode === 'if-readable')
      return { location, state: 'unreadable', images: [] };
    throw error;
  }
}

interface ExpectedDocument {
  readonly tag: string;
  readonly version: string;
  readonly kind: typeof releaseKind | typeof intentKind;
}

function tagsOf(version: string): readonly ExpectedDocument[] {
  const intents = Array.from({ length: intentsRead }, (_, index) => intentTag(version, index + 1));
  return [
    { tag: releaseTag(version), version, kind: releaseKind },
    ...intents.map((tag) => ({ tag, version, kind: intentKind })),
  ];
}

function imagesOf(
  manifest: Manifest,
  { kind, tag, version }: ExpectedDocument,
  { repository }: RepositoryRef,
): readonly ListedImage[] {
  try {
    const document =
      kind === releaseKind
        ? parseArtifact(releaseKind, manifest, `${repository}:${tag}`)
        : parseArtifact(intentKind, manifest, `${repository}:${tag}`);
    return document.version === version ? document.images.map((image) => ({ ...image, version })) : [];
  } catch (error) {
    if (error instanceof CodedError && error.code === 'release-invalid') return [];
    throw error;
  }
}
