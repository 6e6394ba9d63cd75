import { forAll } from '@towpath/concurrency';
import { ledgerRepository, type ImageConfig } from '@towpath/config';
import {
  describeRepositories,
  findImages,
  type ImageKey,
  type NewRepository,
  type Repository,
} from '@towpath/ecr';
import { CodedError, OutsideError, type Problem } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import type { Locations } from '@towpath/project';
import {
  labelOf,
  type Digest,
  type Registry,
  type RegistryRef,
  type RepositoryRef,
} from '@towpath/reference';
import type { Session } from '@towpath/session';
import { toTag } from '@towpath/tags';
import { createHash } from 'node:crypto';
import { intentKind, parseArtifact, releaseKind, type DocumentKind } from './artifact.ts';
import { parseAttemptTag } from './attempt.ts';
import { isEntryTag } from './environment-entry.ts';
import type { Intent, Release, ReleasedImage } from './release.ts';

/**
 * The ledger's documents about one version. `intents` contains what runs intended to publish, keyed by number. Only
 * the digests in the intents and in the release are known to come from `publish`.
 */
export interface LedgerEntry {
  readonly release: Release | undefined;
  readonly intents: ReadonlyMap<number, Intent>;
}

/** The ledger of the registry that `publish` pushes to, with the documents of the requested versions. */
export interface Ledger {
  readonly location: RepositoryRef;
  /**
   * - `kept`: it exists and was read.
   * - `absent`: its repository does not exist.
   * - `unreadable`: the role may not read it, and the configuration format has no key to turn it off.
   * - `off`: the configuration turns it off, or the registry is public.
   */
  readonly state: 'kept' | 'absent' | 'unreadable' | 'off';
  /** Keyed by version. Each requested version has an entry, which is empty unless the ledger is `kept`. */
  readonly entries: ReadonlyMap<string, LedgerEntry>;
  /** The settings of the requested repositories, by name. A missing repository has no entry. */
  readonly repositories: ReadonlyMap<string, Repository>;
}

/** The versions and repositories to read. */
export interface LedgerQuestion {
  readonly versions: readonly string[];
  /** The images with the repositories that this step uses. Default: the images of the configuration. */
  readonly images?: readonly ImageConfig[];
  /** Other repositories of the registry whose settings the step needs. One request reads all settings. */
  readonly repositories?: readonly string[];
}

/**
 * The maximum number of intents of one version. Together with the release they fit into one BatchGetImage of 100
 * tags.
 */
export const maxIntents = 50;

/** OCI distribution spec 1.1: 128 characters. */
const maxTag = 128;
const longestSuffix = `.intent.${maxIntents}`.length;

/** Returns the repository of a registry's ledger, next to the repositories of the images. */
export function ledgerOf({ prefix, ...registry }: RegistryRef & Pick<Registry, 'prefix'>): RepositoryRef {
  return { registry, repository: ledgerRepository({ prefix }) };
}

/**
 * Returns the settings of a ledger's repository: immutable tags and no scans, because there is nothing to scan.
 */
export function newLedger({ repository: name }: Pick<RepositoryRef, 'repository'>): NewRepository {
  return { name, mutability: 'IMMUTABLE', exclusions: [], scanOnPush: false, encryption: { type: 'AES256' } };
}

/** Returns the tag of a version's release. */
export function releaseTag(version: string): string {
  return toTag(version);
}

/** Returns the tag of the n-th intent of a version: `1.4.0.intent.1`. */
export function intentTag(version: string, number: number): string {
  const tag = toTag(version);
  if (tag.length + longestSuffix <= maxTag) return `${tag}.intent.${number}`;
  const hash = createHash('sha256').update(version).digest('hex').slice(0, 32);
  return `${tag.slice(0, maxTag - longestSuffix - hash.length - 1)}-${hash}.intent.${number}`;
}

/**
 * Returns whether the release tag of this version would be the tag of another version's intent, or of an entry or an
 * attempt of an environment.
 *
 * @param environments the environments of the configuration
 */
export function isReservedVersion(version: string, environments: readonly string[] = []): boolean {
  const tag = toTag(version);
  return /\.intent\.\d+$/.test(tag) || parseAttemptTag(tag) !== undefined || isEntryTag(tag, environments);
}

/**
 * Reads the ledger of the registry that `publish` pushes to. Uses one BatchGetImage per 100 tags and one
 * DescribeRepositories for all settings. Without a ledger, reads only the settings.
 *
 * @throws CodedError `access-denied` if the role may not read the ledger, unless the configuration format has no key
 * `ledger`
 * @throws CodedError `ledger-mutable` if its tags can change
 * @throws CodedError `release-invalid` if a document does not match its tag, or names a repository that is neither
 * under the prefix of the registry nor in the configuration
 * @throws CodedError `input-invalid` for a version that the ledger cannot contain
 */
export async function openLedger(locations: Locations, question: LedgerQuestion): Promise<Ledger> {
  const { versions, images = locations.images, repositories = [] } = question;
  requireVersions(versions, locations);
  const registry = await locations.registry();
  const location = ledgerOf(registry);
  const { session } = locations;
  const ecr = session.ecr(location.registry);
  const describeOthers = () => describeRepositories(ecr, repositories);
  const without = async (state: Ledger['state'], settings = describeOthers()): Promise<Ledger> => {
    const entries = new Map(versions.map((version) => [version, emptyEntry]));
    return { location, state, entries, repositories: await settings };
  };
  if (locations.ledgerMode === 'off' || registry.kind === 'public') return without('off');
  const described = describeRepositories(ecr, [location.repository, ...repositories]);
  // The reason why the ledger cannot be read comes first.
  described.catch(() => undefined);
  try {
    const first = await readTags(session, location, versions.flatMap(tagsOf));
    const settings = await described;
    if (first === undefined && !settings.has(location.repository)) return await without('absent', described);
    // Another run may have created the ledger between the two answers.
    const found = first ?? (await readTags(session, location, versions.flatMap(tagsOf)));
    if (found === undefined) throw contradictory(location);
    requireImmutable(location, settings.get(location.repository));
    const isOwn = await ownership(locations, images, registry.prefix);
    const entries = versions.map((version) => [version, readEntry(found, version, location, isOwn)] as const);
    return { location, state: 'kept', entries: new Map(entries), repositories: settings };
  } catch (error) {
    const isDenied = error instanceof CodedError && error.code === 'access-denied';
    if (isDenied && locations.ledgerMode === 'if-readable') return without('unreadable');
    throw error;
  }
}

/**
 * Reads tags of the ledger; undefined if its repository does not exist.
 *
 * @throws CodedError `access-denied`, …
 */
export async function readTags(
  session: Session,
  { registry, repository }: RepositoryRef,
  tags: readonly string[],
): Promise<ReadonlyMap<ImageKey, Manifest> | undefined> {
  try {
    return await findImages(session.ecr(registry), repository, tags);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === 'repository-missing') return undefined;
    throw error.code === 'access-denied' ? unreadable({ registry, repository }, error) : error;
  }
}

/** Returns the warning about a ledger that could not be read; undefined for any other ledger. */
export function ledgerWarning({ state, location }: Pick<Ledger, 'state' | 'location'>): string | undefined {
  if (state !== 'unreadable') return undefined;
  return `This role may not read the ledger ${labelOf(location)}: versions are found by their tags alone. If there is a ledger, grant ecr:BatchGetImage and ecr:DescribeRepositories on ${location.repository} to the role. If there is none, use a towpath.yaml with ledger: off.`;
}

/**
 * Returns the digests that the version's release or intents list for an image with the same fingerprint in a
 * repository. Only these digests are known to come from `publish`, because anyone can set an annotation. With
 * `verified`, returns only digests whose fingerprint `publish` computed.
 */
export function listedDigests(
  entry: LedgerEntry,
  { name, repository, fingerprint, verified }: Omit<ReleasedImage, 'digest'>,
): ReadonlySet<Digest> {
  const listed = documentsOf(entry).flatMap(({ images }) => images);
  const same = listed.filter(
    (image) =>
      image.name === name &&
      image.repository === repository &&
      image.fingerprint === fingerprint &&
      (verified !== true || image.verified === true),
  );
  return new Set(same.map(({ digest }) => digest));
}

/**
 * Returns the run that published a digest under the version, or intended to; undefined if the ledger does not list
 * the digest.
 */
export function publisherOf(entry: LedgerEntry, digest: Digest): Pick<Release, 'run'> | undefined {
  return documentsOf(entry).find(({ images }) => images.some((image) => image.digest === digest));
}

function documentsOf({ release, intents }: LedgerEntry): readonly (Release | Intent)[] {
  return [...(release === undefined ? [] : [release]), ...intents.values()];
}

const emptyEntry: LedgerEntry = { release: undefined, intents: new Map() };

function tagsOf(version: string): readonly string[] {
  return [releaseTag(version), ...intentNumbers.map((number) => intentTag(version, number))];
}

export const intentNumbers: readonly number[] = Array.from({ length: maxIntents }, (_, index) => index + 1);

function requireVersions(versions: readonly string[], { environments }: Locations): void {
  const names = environments.map(({ name }) => name);
  const problems = versions
    .filter((version) => isReservedVersion(version, names))
    .map((version): Problem => {
      const other = version.replace(/(?:\.intent)?\.(\d+)$/, (end) => end.replaceAll('.', '-'));
      return {
        code: 'input-invalid',
        message: `Version ${JSON.stringify(version)} cannot be used: the ledger has tags of this form for intents (1.4.0.intent.1) and for environments (prod.1).`,
        hint: `Use another version, e.g. ${JSON.stringify(other)}.`,
      };
    });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} versions cannot be in the ledger.`);
}

/**
 * @throws CodedError `ledger-mutable` unless all tags of the ledger are immutable; `repository-missing` if a ledger that
 * was read has no settings
 */
export function requireImmutable(
  { registry, repository }: RepositoryRef,
  settings: Repository | undefined,
): void {
  if (settings === undefined) throw contradictory({ registry, repository });
  if (settings.mutability === 'IMMUTABLE') return;
  const where =
    registry.kind === 'private' ? ` --registry-id ${registry.account} --region ${registry.region}` : '';
  throw new CodedError(
    'ledger-mutable',
    `The ledger ${labelOf({ registry, repository })} is ${settings.mutability}: its releases could be replaced.`,
    {
      hint: `Run: aws ecr put-image-tag-mutability --repository-name ${repository} --image-tag-mutability IMMUTABLE${where}`,
    },
  );
}

/** Returns the error for a ledger that exists and does not exist, by two answers of ECR. */
function contradictory(location: RepositoryRef): CodedError {
  return new CodedError(
    'repository-missing',
    `ECR answered that the ledger ${labelOf(location)} exists, and that it does not: it was deleted or created while this step read it.`,
    {
      hint: 'Run the step again. If someone deleted the ledger, find out who may do that: it records what every environment runs.',
    },
  );
}

/** Returns whether an image of a document may be in the repository that the document names for it. */
type Ownership = (image: ReleasedImage) => boolean;

async function ownership(
  locations: Locations,
  images: readonly ImageConfig[],
  prefix: string,
): Promise<Ownership> {
  const located = await forAll(images, async (image) => {
    const { repository } = await locations.locate(image, undefined);
    return [image.name, repository] as const;
  });
  const configured = new Map(located);
  const root = prefix === '' ? '' : `${prefix}/`;
  return ({ name, repository }) =>
    repository !== `${root}towpath` && (repository.startsWith(root) || repository === configured.get(name));
}

function readEntry(
  found: ReadonlyMap<ImageKey, Manifest>,
  version: string,
  location: RepositoryRef,
  isOwn: Ownership,
): LedgerEntry {
  const read = <T extends Release | Intent>(kind: DocumentKind<T>, tag: string): T | undefined => {
    const manifest = found.get(tag);
    if (manifest === undefined) return undefined;
    const label = `${labelOf(location)}:${tag}`;
    const document = parseArtifact(kind, manifest, label);
    requireBelievable(document, version, label, isOwn);
    return document;
  };
  const intents = intentNumbers.flatMap((number) => {
    const intent = read(intentKind, intentTag(version, number));
    return intent === undefined ? [] : [[number, intent] as const];
  });
  return { release: read(releaseKind, releaseTag(version)), intents: new Map(intents) };
}

/** @throws CodedError `release-invalid` */
function requireBelievable(
  { version, images }: Release | Intent,
  requested: string,
  label: string,
  isOwn: Ownership,
): void {
  const problems: Problem[] = images
    .filter((image) => !isOwn(image))
    .map(({ name, repository }) => ({
      code: 'release-invalid',
      message: `${label} says that image ${name} is in the repository ${repository}, which is neither under the prefix of this registry nor the repository of ${name} in the configuration.`,
      hint: `If ${repository} is the repository of ${name}, set repository: ${repository} for the image in towpath.yaml.`,
    }));
  if (version !== requested)
    problems.unshift({
      code: 'release-invalid',
      message: `${label} belongs to version ${JSON.stringify(version)}, not to ${JSON.stringify(requested)}.`,
      hint: 'Someone wrote it under the wrong tag. Publish another version.',
    });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${label} has ${count} problems and is not used.`);
}

/** A role that cannot be assumed has a hint of its own: the policies of the ledger would not help. */
function unreadable({ registry, repository }: RepositoryRef, error: CodedError): CodedError {
  const { hint: own } = error;
  const isDenied = error instanceof OutsideError;
  return new CodedError(
    'access-denied',
    `The ledger ${labelOf({ registry, repository })} cannot be read. ${error.message}`,
    {
      hint:
        !isDenied && own !== undefined
          ? own
          : `If the ledger exists, grant ecr:BatchGetImage and ecr:DescribeRepositories on ${repository} to this role. If it does not exist, run: aws ecr create-repository --repository-name ${repository} --image-tag-mutability IMMUTABLE. To work without a ledger, set ledger: off in towpath.yaml.`,
      cause: error,
    },
  );
}

/**
 * Reads only the releases of versions. One request reads 100 of them.
 *
 * @returns by version, without those that have no release. Empty without a ledger
 * @throws CodedError `release-invalid`
 */
export async function readReleases(
  session: Session,
  location: RepositoryRef,
  versions: readonly string[],
): Promise<ReadonlyMap<string, Release>> {
  if (versions.length === 0) return new Map();
  const found = (await readTags(session, location, versions.map(releaseTag))) ?? new Map();
  const releases = versions.flatMap((version) => {
    const { release } = readEntry(found, version, location, () => true);
    return release === undefined ? [] : [[version, release] as const];
  });
  return new Map(releases);
}

/**
 * Reads only the release of a version.
 *
 * @returns undefined if there is no release or no ledger
 * @throws CodedError `release-invalid`
 */
export async function readRelease(
  session: Session,
  location: RepositoryRef,
  version: string,
): Promise<Release | undefined> {
  return (await readReleases(session, location, [version])).get(version);
}
