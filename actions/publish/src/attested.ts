import { forAll } from '@towpath/concurrency';
import { findImages, listReferrers, surveyImages, type ImageKey } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Attestation, BuiltImage } from '@towpath/image-set';
import {
  attestationType,
  builderOf,
  childrenOf,
  imagesOf,
  statementKinds,
  type Manifest,
} from '@towpath/oci';
import type { Digest, RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';

/**
 * Finds the attestations of the set that are not published, because the image in the repository already has
 * attestations of the same kinds. Every build creates attestations with different bytes. The first ones for an
 * image stay, and nothing is attested twice. If the image was reused or is new, no request is made.
 *
 * @param manifests of the image and its attestations
 * @param holders the manifests in the repository, by digest
 * @returns the digests of the attestations whose kinds the image in the repository already has
 */
export async function keptAttestations(
  { attestations }: Pick<BuiltImage, 'attestations'>,
  manifests: readonly Manifest[],
  holders: ReadonlyMap<ImageKey, Manifest>,
  location: RepositoryRef,
  session: Session,
): Promise<ReadonlySet<Digest>> {
  const doubtful = attestations.filter(({ digest, subject }) => !holders.has(digest) && holders.has(subject));
  const subjects = [...new Set(doubtful.map(({ subject }) => subject))];
  const types = [...new Set(doubtful.map(({ artifactType }) => artifactType))];
  const present = await statementsAbout(subjects, types, location, session);
  const isKept = ({ digest, subject }: Attestation): boolean => {
    const ours = manifests.find((manifest) => manifest.digest === digest);
    const theirs = new Set((present.get(subject) ?? []).flatMap((one) => [...statementKinds(one)]));
    return ours !== undefined && statementKinds(ours).isSubsetOf(theirs);
  };
  return new Set(doubtful.filter(isKept).map(({ digest }) => digest));
}

/**
 * Finds the run that built an image from its provenance. The result only explains a conflict in a message, so an
 * unreadable provenance is not an error.
 *
 * @returns the URL of the run; undefined if there is no provenance or it names no URL
 */
export async function runThatBuilt(
  image: Manifest,
  location: RepositoryRef,
  session: Session,
): Promise<string | undefined> {
  const source = session.remote(location.registry, location.repository);
  try {
    for (const manifest of await attestationsOf(image, location, session)) {
      const builder = await builderOf(manifest, source);
      if (builder !== undefined && URL.canParse(builder)) return builder;
    }
  } catch (error) {
    if (!(error instanceof CodedError) || error.code === 'cancelled') throw error;
  }
  return undefined;
}

/** Reads attestations from the image's index, or from its referrers if the index has none. */
async function attestationsOf(
  image: Manifest,
  location: RepositoryRef,
  session: Session,
): Promise<readonly Manifest[]> {
  const platforms = image.kind === 'index' ? imagesOf(image) : [];
  const inside = childrenOf(image).filter((child) => !platforms.includes(child));
  if (inside.length > 0) {
    const digests = inside.map(({ digest }) => digest);
    return [...(await findImages(session.ecr(location.registry), location.repository, digests)).values()];
  }
  const subjects = platforms.length === 0 ? [image.digest] : platforms.map(({ digest }) => digest);
  return [...(await statementsAbout(subjects, [attestationType], location, session)).values()].flat();
}

async function statementsAbout(
  subjects: readonly Digest[],
  artifactTypes: readonly string[],
  location: RepositoryRef,
  session: Session,
): Promise<ReadonlyMap<Digest, readonly Manifest[]>> {
  const { repository } = location;
  const registry = session.ecr(location.registry);
  if (registry.kind === 'public') return new Map();
  const listed = await forAll(subjects, (subject) =>
    listReferrers(registry, repository, subject, artifactTypes),
  );
  const digests = listed.flat();
  const found = digests.length === 0 ? undefined : await surveyImages(registry, repository, digests);
  // Anyone with push access can attach a manifest that cannot be read. It attests nothing.
  const readable = (digest: Digest) => {
    const one = found?.get(digest);
    return one === undefined || one instanceof CodedError ? [] : [one];
  };
  return new Map(
    subjects.map((subject, index) => [subject, (listed[index] ?? []).flatMap((digest) => readable(digest))]),
  );
}
