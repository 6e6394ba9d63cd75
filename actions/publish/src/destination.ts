import { forAll } from '@towpath/concurrency';
import type { ImageConfig } from '@towpath/config';
import { tagLock, type TagRules } from '@towpath/delivery';
import {
  requireOwnAlias,
  findImages,
  imagePresence,
  surveyImages,
  type EcrRegistry,
  type Repository,
} from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { fingerprintTag, type BuiltImage } from '@towpath/image-set';
import { listedDigests, type Ledger, type LedgerEntry } from '@towpath/ledger';
import { surveyGraph, type Graph, type Manifest } from '@towpath/oci';
import type { ImageTags, Locations } from '@towpath/project';
import { isDigest, type Digest, type RepositoryRef } from '@towpath/reference';
import type { Session, SourceRef } from '@towpath/session';
import { keptAttestations, runThatBuilt } from './attested.ts';
import type { PublishInputs } from './inputs.ts';
import { readPlatforms, type Platforms } from './platforms.ts';

/** An image of the configuration and its build result. */
export interface Chosen {
  readonly image: ImageConfig;
  readonly built: BuiltImage;
  readonly source: SourceRef;
  /** The manifests of the image and its attestations. */
  readonly manifests: readonly Manifest[];
}

/** An image of the set and the state of its repository. */
export interface ImageFacts {
  readonly built: BuiltImage;
  /** Whether AWS Lambda must be able to run it. */
  readonly lambda: ImageConfig['lambda'];
  readonly location: RepositoryRef;
  readonly tags: ImageTags;
  /** Undefined if the repository does not exist. */
  readonly settings: Repository | undefined;
  /** The source of the content: the OCI layout, or a repository if the image was reused. */
  readonly source: SourceRef;
  /** The content of the image and its attestations, and which part of it the repository already has. */
  readonly graph: Graph;
  /** The manifests found in the repository, by the requested tag or digest. */
  readonly holders: ReadonlyMap<string, Manifest>;
  /** See {@link Held}. */
  readonly unreadable: Held['unreadable'];
  /** The number of attestations that are not sent, because the image in the repository has its own of these kinds. */
  readonly kept: number;
  /** The platforms of the built image and of each image that may be adopted instead, by digest. */
  readonly platforms: ReadonlyMap<Digest, Platforms>;
  /** The URLs of the runs that built conflicting images, by digest, if their provenance names them. */
  readonly runs: ReadonlyMap<Digest, string>;
}

/** What a repository has of the requested tags and digests. */
interface Held {
  readonly holders: ReadonlyMap<string, Manifest>;
  /**
   * The keys of images that exist but cannot be read, and that stop no publication: archived content, which a push
   * restores, and a fingerprint tag that names an archived image or a manifest of another program.
   */
  readonly unreadable: ReadonlySet<string>;
}

const nothingHeld: Held = { holders: new Map(), unreadable: new Set() };

/** The state of one destination registry. */
export interface RegistryFacts {
  readonly images: readonly ImageFacts[];
  readonly ledger: Ledger;
  /** The ledger entry of this version. */
  readonly entry: LedgerEntry;
}

/** Reads the state of a registry: its repositories, their content and the ledger entry of the version. */
export async function readDestination(
  locations: Locations,
  chosen: readonly Chosen[],
  tagsOf: (one: Chosen) => Promise<ImageTags>,
  { version, ledger: opened }: { readonly version: string; readonly ledger: Promise<Ledger> },
  {
    createRepository,
    moveVersionTags,
    expected,
  }: Pick<PublishInputs, 'createRepository' | 'moveVersionTags' | 'expected'>,
): Promise<RegistryFacts> {
  const tags = await forAll(chosen, tagsOf);
  const registry = await locations.registry();
  const located = await forAll(chosen, ({ image }) => locations.locate(image, undefined));
  const names = located.map(({ repository }) => repository);
  const { session } = locations;
  // What an image holds does not depend on the ledger, so both are read at once.
  const asked = [...chosen.entries()].map(([index, one]) => {
    const [location, own] = [located[index], tags[index]];
    if (location === undefined || own === undefined) throw new Error('every image has a repository');
    return { one, location, own, early: readEarly(one, own, location, session) };
  });
  const ledger = await opened;
  const { repositories } = ledger;
  const entry = ledger.entries.get(version);
  if (entry === undefined) throw new Error('every version has an entry');
  const isComplete = names.every((name) => repositories.has(name));
  if (createRepository && !isComplete) await requireCreatable(session.ecr(registry));
  const read = await forAll(asked, async ({ one, location, own, early }): Promise<ImageFacts> => {
    const { built, source, manifests } = one;
    const settings = repositories.get(location.repository);
    const released =
      entry.release?.images.filter(({ repository }) => repository === location.repository) ?? [];
    const held = settings === undefined ? nothingHeld : await early();
    const holders =
      settings === undefined ? held.holders : await withReleased(held.holders, released, location, session);
    const surveyed = await survey(built, manifests, location, session, holders, settings);
    const rules = settings && { location, settings, rendered: own, movesVersions: moveVersionTags };
    const conflicting =
      rules === undefined ? [] : conflictingImages(built, own, rules, surveyed.holders, entry);
    const runs = await runsOf(conflicting, location, session);
    const others = expected === undefined ? substitutesOf(built, location, surveyed.holders, entry) : [];
    const platforms = await readPlatforms(built, source, manifests, others, location, session);
    const { lambda } = one.image;
    const { unreadable } = held;
    return { built, lambda, source, location, tags: own, settings, ...surveyed, unreadable, platforms, runs };
  });
  return { images: read, ledger, entry };
}

/** @throws CodedError `registry-unknown` if no repository can be created there */
async function requireCreatable(registry: EcrRegistry): Promise<void> {
  if (registry.kind === 'public') await requireOwnAlias(registry);
}

/**
 * Starts to read which images hold the tags of an image, and which of its manifests exist, before it is known whether the
 * repository exists. In a public registry each image is a request, so there it waits until the images are needed.
 */
function readEarly(
  { built, manifests }: Chosen,
  { tags, outranked }: ImageTags,
  { registry, repository }: RepositoryRef,
  session: Session,
): () => Promise<Held> {
  const digests = manifests.map(({ digest }) => digest);
  const fingerprint = fingerprintTag(built.fingerprint);
  const keys = [...tags, ...outranked, fingerprint, ...digests];
  const ecr = session.ecr(registry);
  if (ecr.kind === 'public')
    return async () => ({ ...nothingHeld, holders: await findImages(ecr, repository, keys) });
  const isIgnored = (key: string, { code }: CodedError) =>
    key === fingerprint || (isDigest(key) && code === 'image-missing');
  const reading = surveyImages(ecr, repository, keys).then((found): Held => {
    const holders = new Map<string, Manifest>();
    const unreadable = new Set<string>();
    for (const [key, one] of found) {
      if (!(one instanceof CodedError)) holders.set(key, one);
      else if (isIgnored(key, one)) unreadable.add(key);
      else throw one;
    }
    return { holders, unreadable };
  });
  // The error of a repository that does not exist is never reported.
  reading.catch(() => undefined);
  return () => reading;
}

/** Adds the images of a release that are not the built ones. */
async function withReleased(
  holders: ReadonlyMap<string, Manifest>,
  released: readonly { readonly digest: Digest }[],
  { registry, repository }: RepositoryRef,
  session: Session,
): Promise<ReadonlyMap<string, Manifest>> {
  const others = released.map(({ digest }) => digest).filter((digest) => !holders.has(digest));
  if (others.length === 0) return holders;
  return new Map([...holders, ...(await findImages(session.ecr(registry), repository, others))]);
}

/** Reads which content of the image a repository has. */
async function survey(
  built: BuiltImage,
  manifests: readonly Manifest[],
  location: RepositoryRef,
  session: Session,
  holders: ReadonlyMap<string, Manifest>,
  settings: Repository | undefined,
): Promise<Pick<ImageFacts, 'graph' | 'holders' | 'kept'>> {
  const { repository } = location;
  const registry = session.ecr(location.registry);
  const isThere = settings !== undefined;
  const kept = await keptAttestations(built, manifests, holders, location, session);
  const presence = imagePresence(registry, repository);
  const graph = await surveyGraph(
    manifests.filter(({ digest }) => !kept.has(digest)),
    {
      manifests: (asked) => Promise.resolve(new Set(asked.filter((digest) => holders.has(digest)))),
      blobs: (asked) => {
        session.logInAhead(location.registry);
        return isThere ? presence.blobs(asked) : Promise.resolve(new Set());
      },
    },
  );
  return { graph, holders, kept: kept.size };
}

/** Returns the images in the repository that the ledger lists for this version with the same fingerprint. */
function substitutesOf(
  { name, digest, fingerprint }: BuiltImage,
  { repository }: RepositoryRef,
  holders: ImageFacts['holders'],
  entry: LedgerEntry,
): readonly Manifest[] {
  const listed = listedDigests(entry, { name, repository, fingerprint });
  const found = [...holders.values()].filter((one) => one.digest !== digest && listed.has(one.digest));
  return [...new Map(found.map((one) => [one.digest, one])).values()];
}

/** Returns the images that hold an immutable tag of this image and that the ledger does not list. */
function conflictingImages(
  { name, digest, fingerprint }: BuiltImage,
  { tags }: ImageTags,
  rules: TagRules,
  holders: ImageFacts['holders'],
  entry: LedgerEntry,
): readonly Manifest[] {
  const { repository } = rules.location;
  const known = listedDigests(entry, { name, repository, fingerprint });
  const conflicting = tags
    .filter((tag) => tagLock(tag, rules) !== undefined)
    .flatMap((tag) => holders.get(tag) ?? [])
    .filter((holder) => holder.digest !== digest && !known.has(holder.digest));
  return [...new Map(conflicting.map((one) => [one.digest, one])).values()];
}

/** Finds the runs of conflicting images. Only the message of a conflict needs them. */
async function runsOf(
  conflicting: readonly Manifest[],
  location: RepositoryRef,
  session: Session,
): Promise<ReadonlyMap<Digest, string>> {
  const known = await forAll(conflicting, async (conflict): Promise<[Digest, string][]> => {
    const run = await runThatBuilt(conflict, location, session);
    return run === undefined ? [] : [[conflict.digest, run]];
  });
  return new Map(known.flat());
}
