import type { RepositorySettings } from '@towpath/config';
import { isTagLocked, type NewRepository, type Repository } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import { fingerprintTag, type BuiltImage } from '@towpath/image-set';
import { imagesOf, type Graph, type Manifest } from '@towpath/oci';
import {
  describeDeliveries,
  isSameSet,
  labelOf,
  planTags,
  tagRules,
  versionTaken,
  type Delivery,
  type Ledger,
  type LedgerEntry,
  type Location,
  type Registries,
  type Release,
} from '@towpath/project';
import { formatPlatform, type Digest } from '@towpath/reference';
import { isSameBuild, type ImageFacts, type RegistryFacts } from './destination.ts';
import type { PublishFacts } from './facts.ts';
import type { PublishInputs } from './inputs.ts';

export interface PlannedImage extends Delivery {
  readonly built: BuiltImage;
  /** What was published before is another build of the same sources: that counts, and nothing is copied. */
  readonly adopted: boolean;
  /** How many of its attestations are not sent, as the registry's image has its own of their kinds. */
  readonly kept: number;
}

/** What becomes of the release in the ledger of one registry. */
export interface PlannedRelease {
  readonly ledger: Ledger;
  readonly entry: LedgerEntry;
  /** Absent: it is there already, or cannot be written. */
  readonly release?: Release;
}

export interface PublishPlan {
  readonly version: string;
  readonly repositories: readonly { readonly location: Location; readonly repository: NewRepository }[];
  readonly images: readonly PlannedImage[];
  readonly releases: readonly PlannedRelease[];
  readonly whole: boolean;
  /** Absolute; undefined where nobody asked for files. */
  readonly deploymentFolder: string | undefined;
  readonly registries: Registries;
}

/** @throws CodedError that lists every reason why this version cannot be published */
export function plan(inputs: PublishInputs, facts: PublishFacts): PublishPlan {
  const destinations = facts.destinations.map((destination) => planDestination(inputs, facts, destination));
  const problems = destinations.flatMap((destination) => destination.problems);
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} things stand in the way of ${facts.version}.`);
  const repositories = destinations.flatMap((destination) => destination.repositories);
  const byLabel = new Map(repositories.map((one) => [labelOf(one.location), one]));
  return {
    version: facts.version,
    repositories: [...byLabel.values()],
    images: destinations.flatMap(({ images }) => images),
    releases: destinations.map(({ release }) => release),
    whole: facts.whole,
    deploymentFolder: facts.deploymentFolder,
    registries: facts.registries,
  };
}

function planDestination(
  { createRepository }: PublishInputs,
  facts: PublishFacts,
  { images, ledger, entry }: RegistryFacts,
): Pick<PublishPlan, 'images' | 'repositories'> & {
  readonly release: PlannedRelease;
  readonly problems: readonly Problem[];
} {
  const create = (location: Location) => ({
    location,
    repository: newRepository(location.repository, facts.newRepositories),
  });
  const missing = images.filter(({ settings }) => settings === undefined);
  const planned = images.map((image) => planImage(image, facts, entry.release));
  const release = planRelease(planned, facts);
  const absent = createRepository
    ? []
    : missing.map(({ built, location }) => repositoryMissing(built, location));
  const isTaken =
    entry.release !== undefined && !isSameSet(...comparable(entry.release, release, facts.whole));
  const taken = isTaken ? versionTaken(entry.release, release).problems : [];
  const isNew = facts.whole && entry.release === undefined;
  const writes = isNew && (ledger.state === 'kept' || (ledger.state === 'absent' && createRepository));
  return {
    images: planned,
    repositories: [
      ...missing.map(({ location }) => create(location)),
      ...(writes && ledger.state === 'absent' ? [createLedger(ledger.location)] : []),
    ],
    release: { ledger, entry, ...(writes && { release }) },
    problems: [...absent, ...planned.flatMap(({ conflicts }) => conflicts), ...taken],
  };
}

/** Of a choice of images, those of the release that were chosen are compared. */
function comparable(
  { images: before }: Release,
  { images: now }: Release,
  whole: boolean,
): [Release['images'], Release['images']] {
  return [whole ? before : before.filter(({ name }) => now.some((image) => image.name === name)), now];
}

function planRelease(
  images: readonly PlannedImage[],
  { version, source: { repository, revision, ref }, run, now }: PublishFacts,
): Release {
  return {
    schemaVersion: 1,
    version,
    published: now.toISOString(),
    run,
    source: { repository, revision, ref },
    images: images.map(({ name, location, root, built }) => ({
      name,
      repository: location.repository,
      digest: root.digest,
      fingerprint: built.fingerprint,
    })),
  };
}

function planImage(
  { built, source, location, tags, settings, graph, holders, kept, runs }: ImageFacts,
  { newRepositories }: PublishFacts,
  release: Release | undefined,
): PlannedImage & { readonly conflicts: readonly Problem[] } {
  const created = newRepository(location.repository, newRepositories);
  const rules = tagRules(location, settings ?? created, tags);
  const released = release?.images.find(
    ({ name, fingerprint }) => name === built.name && fingerprint === built.fingerprint,
  );
  const adopted = [
    ...(released === undefined ? [] : [holders.get(released.digest)]),
    ...tags.tags.filter((tag) => isTagLocked(tag, rules)).map((tag) => holders.get(tag)),
  ].find((holder) => holder !== undefined && holder.digest !== built.digest && isSameBuild(holder, built));
  const root = adopted ?? rootOf(graph, built);
  const origin = (digest: Digest) => describeOrigin(digest, release, { runs, location });
  const { moves, conflicts } = planTags(tags, root, { settings: rules, holders, location, origin });
  return {
    name: built.name,
    built,
    location,
    root,
    platforms: platformsOf(root, built),
    adopted: adopted !== undefined,
    kept,
    ...(adopted === undefined && {
      content: { source, graph: withFingerprint(graph, built, rules, holders) },
    }),
    moves,
    conflicts,
    skipped: tags.skipped,
  };
}

/**
 * Lets an image arrive under the tag of its fingerprint, which costs no request. Where another build of the same has
 * that tag for good, it stays.
 */
function withFingerprint(
  graph: Graph,
  { digest, fingerprint }: BuiltImage,
  rules: Pick<Repository, 'mutability' | 'exclusions'>,
  holders: ReadonlyMap<string, Manifest>,
): Graph {
  const tag = fingerprintTag(fingerprint);
  if (holders.has(tag) && isTagLocked(tag, rules)) return graph;
  return {
    ...graph,
    manifests: graph.manifests.map((move) => (move.manifest.digest === digest ? { ...move, tag } : move)),
  };
}

function rootOf({ manifests }: Graph, { digest }: BuiltImage): Manifest {
  const root = manifests.find(({ manifest }) => manifest.digest === digest);
  if (root === undefined) throw new Error('an image has a manifest');
  return root.manifest;
}

/** Which run an image is of: the ledger knows who published it, its provenance who built it. */
function describeOrigin(
  digest: Digest,
  release: Release | undefined,
  { runs, location: { registry } }: Pick<ImageFacts, 'runs' | 'location'>,
): string {
  if (release?.images.some((image) => image.digest === digest) === true)
    return `It was published by ${release.run ?? 'a run without a page'}.`;
  const run = runs.get(digest);
  if (run !== undefined) return `It was built by ${run}, as its provenance says.`;
  // A ledger is never made in public: it would tell everybody of runs and commits.
  const how = 'alias' in registry ? '' : ' (create-repository: true makes one)';
  return `Which run it is of is not known: no ledger tells, and no provenance. With a ledger${how} the next release will have its run.`;
}

/** An adopted image is another than the one that was built: its own index tells. */
function platformsOf(root: Manifest, { platforms }: BuiltImage): Record<string, Digest> {
  if (root.kind === 'image')
    return Object.fromEntries(Object.keys(platforms).map((platform) => [platform, root.digest]));
  return Object.fromEntries(
    imagesOf(root).flatMap(({ platform, digest }) =>
      platform === undefined ? [] : [[formatPlatform(platform), digest]],
    ),
  );
}

function newRepository(
  name: string,
  { immutability, scanOnPush, encryption }: RepositorySettings,
): NewRepository {
  const { mode, except } = immutability;
  const plain = mode === 'immutable' ? 'IMMUTABLE' : 'MUTABLE';
  const mutability = except.length === 0 ? plain : (`${plain}_WITH_EXCLUSION` as const);
  return { name, mutability, exclusions: except, scanOnPush, encryption };
}

/** What was written into a ledger stays; there is nothing in it to be scanned. */
function createLedger(location: Location): PublishPlan['repositories'][number] {
  const encryption = { type: 'AES256' } as const;
  const { repository: name } = location;
  return {
    location,
    repository: { name, mutability: 'IMMUTABLE', exclusions: [], scanOnPush: false, encryption },
  };
}

function repositoryMissing({ name }: BuiltImage, location: Location): Problem {
  return {
    code: 'repository-missing',
    message: `There is no repository ${labelOf(location)} for ${name}.`,
    hint: 'Create it first, or set create-repository: true on publish.',
  };
}

export function describe({ repositories, images, releases }: PublishPlan): readonly PlannedStep[] {
  return [
    ...repositories.map(({ location, repository: { mutability } }) => ({
      what: `create repository ${labelOf(location)}, ${'alias' in location.registry ? 'public' : mutability}`,
      why: 'there is none, and create-repository is set',
    })),
    ...images.filter(({ adopted }) => adopted).map(describeAdoption),
    ...describeDeliveries(images),
    ...releases.flatMap(describeRelease),
  ];
}

function describeAdoption({ name, root, location }: PlannedImage): PlannedStep {
  return {
    what: `adopt ${root.digest} in ${labelOf(location)} for ${name}`,
    why: 'it was published before, and was built from the same',
  };
}

function describeRelease({ ledger, entry, release }: PlannedRelease): PlannedStep[] {
  if (release !== undefined)
    return [
      {
        what: `write release ${release.version} into ${labelOf(ledger.location)}`,
        why: 'the version is complete with it',
      },
    ];
  if (entry.release === undefined) return [];
  return [
    {
      what: `keep release ${entry.release.version} in ${labelOf(ledger.location)}`,
      why: 'it has the same images',
    },
  ];
}
