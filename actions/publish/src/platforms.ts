import { forAll } from '@towpath/concurrency';
import { imageSource } from '@towpath/ecr';
import type { BuiltImage } from '@towpath/image-set';
import { inspectImage, knownSource, type Manifest } from '@towpath/oci';
import type { Digest, RepositoryRef } from '@towpath/reference';
import type { Session, SourceRef } from '@towpath/session';

/** The manifest digest of each platform, keyed by `os/architecture[/variant]`. */
export type Platforms = Readonly<Record<string, Digest>>;

/**
 * Reads the platforms of the built image and of the images in the repository that may be adopted instead. The
 * registry or layout is read, because the image set could claim anything about an index.
 *
 * @param source of the built image
 * @param manifests of the built image
 * @param others images in the repository
 * @returns the platforms by image digest
 * @throws CodedError `image-missing`, `image-set-invalid`, `image-unsupported`
 */
export async function readPlatforms(
  built: BuiltImage,
  source: SourceRef,
  manifests: readonly Manifest[],
  others: readonly Manifest[],
  { registry, repository }: RepositoryRef,
  session: Session,
): Promise<ReadonlyMap<Digest, Platforms>> {
  const remote = imageSource(session.ecr(registry), repository, session.remote(registry, repository));
  const local = session.source(source);
  const images = [
    ...manifests.filter(({ digest }) => digest === built.digest).map((root) => ({ root, from: local })),
    ...others.map((root) => ({ root, from: remote })),
  ];
  const read = await forAll(images, async ({ root, from }): Promise<readonly [Digest, Platforms]> => {
    // For a single-platform image the build names the platform, because artifacts such as charts have none.
    if (root.kind === 'image') return [root.digest, ofSingle(root, built)];
    const known = from === local ? manifests : [root];
    const { platforms } = await inspectImage(knownSource(from, known), root, { name: built.name });
    return [root.digest, platforms];
  });
  return new Map(read);
}

function ofSingle({ digest }: Manifest, { platforms }: BuiltImage): Platforms {
  return Object.fromEntries(Object.keys(platforms).map((platform) => [platform, digest]));
}
