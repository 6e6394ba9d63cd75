import type { Fingerprint } from '@towpath/build-context';
import { changedInputs } from '@towpath/build-inputs';
import { forAll } from '@towpath/concurrency';
import { findImages, imageSource, newestImage, pushedImage } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { fingerprintAnnotation, fingerprintTag, inputsAnnotation, type BuiltImage } from '@towpath/image-set';
import { isReservedVersion, listedImages, type Listing } from '@towpath/ledger';
import type { Manifest } from '@towpath/oci';
import type { Session } from '@towpath/session';
import { formatDuration } from '@towpath/markdown';
import type { Locations } from '@towpath/project';
import { labelOf, type EcrHost } from '@towpath/reference';
import { inNaturalOrder } from '@towpath/tags';
import { findMovingTrigger, type ReadTriggers } from './base-triggers.ts';
import type { KnownImage } from './fingerprints.ts';
import type { ImageSources } from './image-sources.ts';
import { describeReused } from './reused-image.ts';

/** Whether an image has to be built, and why. */
export type Decision =
  | { readonly kind: 'reuse'; readonly image: BuiltImage; readonly why: string }
  | { readonly kind: 'build'; readonly why: string };

export interface ReuseQuestion {
  /** In milliseconds. */
  readonly maxAge: number;
  readonly now: Date;
  /** The repositories that `publish` would push the images to. */
  readonly locations: Locations;
  /** Where base images are pulled from. */
  readonly sources: ImageSources;
}

/** An image in the registry that can be reused if the ledger lists it. */
interface Candidate extends PrivateRepository {
  readonly kind: 'candidate';
  readonly known: KnownImage;
  readonly root: Manifest;
  readonly tag: string;
  /** In milliseconds. */
  readonly age: number;
  /** The versions in its tags. Their release documents may list the image. */
  readonly versions: readonly string[];
  /** Why its base images forbid to reuse it. It is read while the image and the ledger are. */
  readonly moving: Promise<string | undefined>;
}

/** The maximum number of versions to look up in the ledger for one image. */
const maxVersions = 5;

/**
 * Decides for each image whether it is reused.
 *
 * Anyone with push access to its repository can set the tag and the annotation of an image. An image is therefore
 * reused only if the ledger lists its digest with a fingerprint that `publish` computed itself. It must also be
 * younger than the maximum age, because base images get outdated.
 *
 * @returns the decisions by image name
 * @throws CodedError `access-denied`, …; without credentials all images are built
 */
export async function decide(
  images: readonly KnownImage[],
  question: ReuseQuestion,
): Promise<ReadonlyMap<string, Decision>> {
  const triggers: ReadTriggers = new Map();
  const found = await forAll(
    images,
    async (image) => [image, await find(image, question, triggers)] as const,
  );
  const candidates = found.flatMap(([, one]) => (one.kind === 'candidate' ? [one] : []));
  const versions = new Set(candidates.flatMap((one) => one.versions));
  const listing = candidates.length > 0 ? await listedImages(question.locations, [...versions]) : undefined;
  const decided = await forAll(found, async ([{ image }, one]) => {
    if (one.kind !== 'candidate') return [image.name, one] as const;
    return [image.name, await settle(one, listing, question)] as const;
  });
  return new Map(decided);
}

async function find(
  image: KnownImage,
  question: ReuseQuestion,
  triggers: ReadTriggers,
): Promise<Decision | Candidate> {
  try {
    return await lookUp(image, question, triggers);
  } catch (error) {
    const code = error instanceof CodedError ? error.code : undefined;
    if (code === 'credentials-missing') return build('there are no AWS credentials to look it up');
    if (code === 'repository-missing') return build('it was never published: its repository does not exist');
    // Anyone with push access can set the tag of a fingerprint to a manifest that cannot be read.
    if (error instanceof CodedError && (code === 'image-unsupported' || code === 'image-missing'))
      return build(error.message.replace(/\.$/, ''));
    throw error;
  }
}

async function lookUp(
  known: KnownImage,
  { maxAge, now, locations, sources }: ReuseQuestion,
  triggers: ReadTriggers,
): Promise<Decision | Candidate> {
  const { image, fingerprint, unfixed } = known;
  const [loose] = unfixed;
  if (loose !== undefined) return build(`${loose} may have changed since`);
  if (image.noCache !== false) return build('no-cache is set');
  const { registry, repository } = await locations.locate(image, undefined);
  if (registry.kind === 'public') return build('images in a public registry are not reused');
  const ecr = locations.session.ecr(registry);
  const tag = fingerprintTag(fingerprint.value);
  const root = (await findImages(ecr, repository, [tag])).get(tag);
  if (root?.annotations[fingerprintAnnotation] !== fingerprint.value)
    return build(await whatChanged(fingerprint, { registry, repository }, locations.session));
  const moving = findMovingTrigger(known, sources, locations.session, triggers);
  // The other reasons come first.
  moving.catch(() => undefined);
  const pushed = await pushedImage(ecr, repository, root.digest);
  const age = now.getTime() - (pushed?.pushedAt?.getTime() ?? 0);
  if (age > maxAge) return build(`${root.digest} is ${formatDuration(age)} old`);
  const versions = locations.versionsOf(image, pushed?.tags ?? []).filter((one) => !isReservedVersion(one));
  const newest = versions.toSorted((one, other) => inNaturalOrder(other, one)).slice(0, maxVersions);
  return { kind: 'candidate', known, root, registry, repository, tag, age, versions: newest, moving };
}

async function settle(
  candidate: Candidate,
  listing: Listing | undefined,
  { locations: { session } }: ReuseQuestion,
): Promise<Decision> {
  const { known, root, registry, repository, tag, age } = candidate;
  if (listing?.state !== 'kept') return build(withoutLedger(listing));
  const listed = listing.images.find(
    (one) =>
      one.name === known.image.name &&
      one.repository === repository &&
      one.digest === root.digest &&
      one.fingerprint === known.fingerprint.value &&
      one.verified === true,
  );
  if (listed === undefined)
    return build(
      `the ledger ${labelOf(listing.location)} does not list ${root.digest} as built from these files`,
    );
  const moving = await candidate.moving;
  if (moving !== undefined) return build(moving);
  const reused = { registry: registry.host, repository, tag, version: listed.version };
  const source = imageSource(session.ecr(registry), repository, session.remote(registry, repository));
  try {
    return {
      kind: 'reuse',
      why: `${tag} is ${formatDuration(age)} old, and nothing has changed`,
      image: await describeReused(known, root, source, reused),
    };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'image-missing') throw error;
    return build(`${root.digest} is incomplete in ${repository}`);
  }
}

function withoutLedger(listing: Listing | undefined): string {
  const repository = listing?.location.repository ?? 'towpath';
  switch (listing?.state) {
    case 'off':
      return 'reuse needs a ledger, and the configuration has ledger: off';
    case 'unreadable':
      return `reuse needs a ledger, and this role may not read ${repository} (ecr:BatchGetImage, ecr:DescribeRepositories)`;
    default:
      return `reuse needs a ledger. Run: aws ecr create-repository --repository-name ${repository} --image-tag-mutability IMMUTABLE`;
  }
}

/** The repository to search for reusable images. */
interface PrivateRepository {
  readonly registry: EcrHost;
  readonly repository: string;
}

function build(why: string): Decision {
  return { kind: 'build', why };
}

/** Returns what changed since the last published image. */
async function whatChanged(
  fingerprint: Fingerprint,
  { registry, repository }: PrivateRepository,
  session: Session,
): Promise<string> {
  const ecr = session.ecr(registry);
  const newest = await newestImage(ecr, repository);
  if (newest === undefined) return 'it was never published';
  const annotations = (await findImages(ecr, repository, [newest])).get(newest)?.annotations ?? {};
  const before = annotations[inputsAnnotation];
  if (before === undefined) return `the sources of ${newest} are unknown`;
  const changed = changedInputs(fingerprint, before);
  const since = `since ${newest} was published`;
  return changed.length === 0 ? `something has changed ${since}` : `${changed.join(', ')} changed ${since}`;
}
