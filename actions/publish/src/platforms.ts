import { forAll } from '@towpath/concurrency';
import { imageSource } from '@towpath/ecr';
import type { BuiltImage } from '@towpath/image-set';
import { inspectImage, knownSource, type Manifest } from '@towpath/oci';
import type { Digest, RepositoryRef } from '@towpath/reference';
import type { Session, SourceRef } from '@towpath/session';

/** The manifest of each platform, by `os/architecture[/variant]`. */
export type Platforms = Readonly<Record<string, Digest>>;

/**
 * Reads the platforms of the images that may be delivered: of the built one, and of those in the repository that may
 * count instead. What the image set says of an index is not believed.
 *
 * @param source where the built image is
 * @param manifests of the built image
 * @param others images of the repository
 * @returns by the digest of the image
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
    // A single-platform image is built for what the build says: artifacts such as charts have no platform at all.
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
