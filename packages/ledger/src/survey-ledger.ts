import { listTags, surveyImages, type ImageKey, type PrivateEcr } from '@towpath/ecr';
import { CodedError, OutsideError, type Problem } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import { labelOf, type RepositoryRef } from '@towpath/reference';
import { inNaturalOrder } from '@towpath/tags';
import { attemptKind, entryKind, parseArtifact, releaseKind, type DocumentKind } from './artifact.ts';
import { attemptTag, maxAttempts, parseAttemptTag, type Attempt } from './attempt.ts';
import { entryTag, maxEntries, type EnvironmentEntry } from './environment-entry.ts';
import { entryProblems } from './histories.ts';
import { releaseTag } from './ledger.ts';
import type { Release } from './release.ts';

/** The entries of an environment that could be read. */
export interface SurveyedEnvironment {
  readonly name: string;
  /** The newest first. An invalid entry is left out, and is one of the problems of the survey. */
  readonly history: readonly EnvironmentEntry[];
  /** Promotions and rollbacks that were refused or that failed after one of these entries, the newest first. */
  readonly attempts: readonly Attempt[];
  /** Whether `history` ends with the first entry of the environment. */
  readonly isComplete: boolean;
  /** Why the newest entry is not known. */
  readonly problem?: Problem;
}

/** The documents of one ledger. Nothing in it is an error for the whole survey: it says what could not be read. */
export interface LedgerSurvey {
  readonly location: RepositoryRef;
  /** `denied`: AWS denied a request. Never the same as `absent` or an empty ledger. */
  readonly state: 'read' | 'absent' | 'denied' | 'failed';
  readonly problems: readonly Problem[];
  readonly environments: readonly SurveyedEnvironment[];
  /** The releases of the versions in the entries, by version. */
  readonly releases: ReadonlyMap<string, Release>;
  /** Versions that a run was about to publish, but that have no release. */
  readonly unfinished: readonly string[];
}

export interface SurveyOptions {
  /** How many of the last entries of each environment to read. */
  readonly last: number;
  /** Environments that count even if their names look like versions. */
  readonly environments?: readonly string[];
  /** The repositories that the configuration gives to images, apart from those beside the ledger. */
  readonly isOwn?: (image: EnvironmentEntry['images'][number]) => boolean;
}

/** 20,000 tags. A ledger has one for each release and promotion. */
const maxTagPages = 20;

/** The maximum number of environments of a ledger. */
const maxEnvironments = 50;

/** The maximum number of releases to read: three calls. */
const maxReleases = 300;

/** The maximum number of unfinished versions to list. */
const maxUnfinished = 20;

/** The maximum number of problems to list for each ledger. */
const maxProblems = 20;

/**
 * Reads the newest entries of all environments of a ledger, and the releases of their versions. It needs no
 * configuration: the tags of the ledger name the environments. One call lists 1,000 tags, one call reads 100 documents.
 *
 * @throws CodedError `credentials-missing`, `registry-unreachable`, `cancelled`
 */
export async function surveyLedger(
  ecr: PrivateEcr,
  location: RepositoryRef,
  options: SurveyOptions,
): Promise<LedgerSurvey> {
  const nothing = { location, problems: [], environments: [], releases: new Map(), unfinished: [] };
  try {
    const tags = await listTags(ecr, location.repository, maxTagPages);
    return { ...nothing, state: 'read', ...(await readDocuments(ecr, location, tags, options)) };
  } catch (error) {
    if (!(error instanceof CodedError) || isGlobal(error)) throw error;
    const { code } = error;
    if (code === 'repository-missing') return { ...nothing, state: 'absent', problems: [absent(location)] };
    const isDenied = code === 'access-denied';
    return {
      ...nothing,
      state: isDenied ? 'denied' : 'failed',
      problems: isDenied ? [denied(location, error)] : error.problems.slice(0, maxProblems),
    };
  }
}

/** Returns whether an error concerns every ledger. */
function isGlobal({ code }: CodedError): boolean {
  return code === 'credentials-missing' || code === 'registry-unreachable' || code === 'cancelled';
}

function absent(location: RepositoryRef): Problem {
  return {
    code: 'repository-missing',
    message: `The ledger ${labelOf(location)} does not exist.`,
    hint: 'Check the registry and its prefix.',
  };
}

function denied(location: RepositoryRef, error: CodedError): Problem {
  return {
    code: 'access-denied',
    message: `The ledger ${labelOf(location)} cannot be read. ${error.message}`,
    hint:
      error instanceof OutsideError
        ? `Grant ecr:ListImages and ecr:BatchGetImage on ${location.repository} to this role.`
        : error.hint,
  };
}

async function readDocuments(
  ecr: PrivateEcr,
  location: RepositoryRef,
  tags: readonly string[],
  options: SurveyOptions,
): Promise<Pick<LedgerSurvey, 'problems' | 'environments' | 'releases' | 'unfinished'>> {
  const { last } = options;
  const recorded = tags.flatMap((tag) => parseAttemptTag(tag) ?? []);
  const numbers = withAttempted(entryNumbers(tags, options.environments ?? []), recorded);
  const problems: Problem[] = [];
  if (numbers.size > maxEnvironments)
    problems.push({
      code: 'entry-invalid',
      message: `The ledger ${labelOf(location)} has tags of ${numbers.size} environments: only ${maxEnvironments} are shown.`,
    });
  const shown = [...numbers].slice(0, maxEnvironments);
  const requested = shown.flatMap(([name, all]) =>
    all.slice(0, last).map((number) => entryTag(name, number)),
  );
  const attempts = new Map(
    shown.map(([name, all]) => [name, attemptsAfter(name, all.slice(0, last), recorded)]),
  );
  const attemptTags = [...attempts.values()].flat().map(attemptTag);
  const found = await survey(ecr, location.repository, [...requested, ...attemptTags]);
  const environments = shown.map(([name, all]) =>
    readEnvironment(name, all, attempts.get(name) ?? [], found, location, options, problems),
  );
  const present = environments.filter(
    ({ history, attempts: own, problem }) => history.length + own.length > 0 || problem !== undefined,
  );
  return {
    environments: present,
    releases: await readReleases(ecr, location, present, tags, problems),
    unfinished: unfinishedVersions(tags),
    problems: problems.slice(0, maxProblems),
  };
}

/** A name of an environment and a number, without the tags of intents. */
const entryPattern = /^(?<name>[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*)\.(?<number>[1-9]\d{0,6})$/;

/** Returns the numbers of the entries by environment, the highest first. */
function entryNumbers(
  tags: readonly string[],
  known: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map<string, number[]>();
  for (const tag of tags) {
    const { name, number } = entryPattern.exec(tag)?.groups ?? {};
    if (name === undefined || Number(number) > maxEntries) continue;
    // Releases of versions such as v1.4.2 have tags of the same form.
    const isOther = /^v\d/.test(name) || name.endsWith('.intent') || parseAttemptTag(tag) !== undefined;
    if (isOther && !known.includes(name)) continue;
    const list = numbers.get(name) ?? [];
    list.push(Number(number));
    numbers.set(name, list);
  }
  const sorted = [...numbers].map(([name, list]) => [name, list.sort((a, b) => b - a)] as const);
  // Names without digits first: other tags, such as those of releases, mostly have digits.
  return new Map(sorted.sort(([one], [other]) => Number(/\d/.test(one)) - Number(/\d/.test(other))));
}

type Found = ReadonlyMap<ImageKey, Manifest | CodedError>;

function survey(ecr: PrivateEcr, repository: string, tags: readonly string[]): Promise<Found> {
  return tags.length === 0 ? Promise.resolve(new Map()) : surveyImages(ecr, repository, tags);
}

function readEnvironment(
  name: string,
  numbers: readonly number[],
  attempts: readonly AttemptKey[],
  found: Found,
  location: RepositoryRef,
  { last, isOwn = () => true }: SurveyOptions,
  problems: Problem[],
): SurveyedEnvironment {
  const wanted = numbers.slice(0, last);
  const entries = wanted.map((number) => {
    const label = `${labelOf(location)}:${entryTag(name, number)}`;
    return readEntry(found.get(entryTag(name, number)), { environment: name, number }, label, isOwn);
  });
  const [newest] = entries;
  // A release of a version such as `rc.1` is no entry of an environment `rc`.
  if (newest !== undefined && 'release' in newest)
    return { name, history: [], attempts: [], isComplete: true };
  const invalid = entries.flatMap((one) => ('problem' in one ? [one.problem] : []));
  const gap = wanted.find((number, index) => index > 0 && number !== (wanted[index - 1] ?? 0) - 1);
  if (gap !== undefined)
    invalid.push({
      code: 'entry-invalid',
      message: `The ledger ${labelOf(location)} has the entry ${entryTag(name, gap)}, but not ${entryTag(name, gap + 1)}, although later entries exist.`,
      hint: 'Find out who deleted the entry. Entries are never deleted.',
    });
  const ended = attempts.map((key) => readAttempt(found.get(attemptTag(key)), key, location));
  problems.push(...invalid, ...ended.flatMap((one) => ('problem' in one ? [one.problem] : [])));
  return {
    name,
    history: entries.flatMap((one) => ('entry' in one ? [one.entry] : [])),
    attempts: ended.flatMap((one) => ('attempt' in one ? [one.attempt] : [])),
    isComplete: (wanted.at(-1) ?? 1) === 1 && invalid.length === 0,
    ...(newest !== undefined && 'problem' in newest && { problem: newest.problem }),
  };
}

type AttemptKey = Pick<Attempt, 'environment' | 'after' | 'number'>;

/** Adds the environments that have attempts, but no entries. They come last. */
function withAttempted(
  numbers: ReadonlyMap<string, readonly number[]>,
  recorded: readonly AttemptKey[],
): ReadonlyMap<string, readonly number[]> {
  const begun = recorded.filter(({ environment, after }) => after === 0 && !numbers.has(environment));
  return new Map([...numbers, ...begun.map(({ environment }) => [environment, []] as const)]);
}

/** Returns the attempts after the entries that are read, the newest first. */
function attemptsAfter(
  environment: string,
  numbers: readonly number[],
  recorded: readonly AttemptKey[],
): readonly AttemptKey[] {
  const isFirstRead = (numbers.at(-1) ?? 1) === 1;
  const shown = new Set(isFirstRead ? [...numbers, 0] : numbers);
  return recorded
    .filter((key) => key.environment === environment && shown.has(key.after) && key.number <= maxAttempts)
    .sort((one, other) => other.after - one.after || other.number - one.number);
}

function readAttempt(
  manifest: Manifest | CodedError | undefined,
  key: AttemptKey,
  location: RepositoryRef,
): { readonly attempt: Attempt } | { readonly problem: Problem } {
  const label = `${labelOf(location)}:${attemptTag(key)}`;
  if (manifest === undefined)
    return { problem: { code: 'entry-invalid', message: `${label} disappeared while it was read.` } };
  const attempt = parse(attemptKind, manifest, label);
  if (attempt instanceof CodedError) return { problem: problemOf(attempt, label) };
  return attemptTag(attempt) === attemptTag(key)
    ? { attempt }
    : { problem: { code: 'entry-invalid', message: `${label} belongs to ${attemptTag(attempt)}.` } };
}

type ReadEntry =
  { readonly entry: EnvironmentEntry } | { readonly problem: Problem } | { readonly release: true };

function readEntry(
  manifest: Manifest | CodedError | undefined,
  expected: Pick<EnvironmentEntry, 'environment' | 'number'>,
  label: string,
  isOwn: NonNullable<SurveyOptions['isOwn']>,
): ReadEntry {
  if (manifest === undefined)
    return { problem: { code: 'entry-invalid', message: `${label} disappeared while it was read.` } };
  const type = manifest instanceof CodedError ? undefined : manifest.artifactType;
  if (type === releaseKind.mediaType) return { release: true };
  const entry = parse(entryKind, manifest, label);
  if (entry instanceof CodedError) return { problem: problemOf(entry, label) };
  const [first] = entryProblems(entry, expected, label, isOwn);
  return first === undefined ? { entry } : { problem: first };
}

function parse<T>(kind: DocumentKind<T>, manifest: Manifest | CodedError, label: string): T | CodedError {
  if (manifest instanceof CodedError) return manifest;
  try {
    return parseArtifact(kind, manifest, label);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

function problemOf({ code, message, problems: [first] }: CodedError, label: string): Problem {
  const text = message.startsWith(label) ? message : `${label}: ${message}`;
  return { code, message: text, ...(first?.hint !== undefined && { hint: first.hint }) };
}

/** Reads the releases of the versions in the entries, first those of the newest entries. */
async function readReleases(
  ecr: PrivateEcr,
  location: RepositoryRef,
  environments: readonly SurveyedEnvironment[],
  tags: readonly string[],
  problems: Problem[],
): Promise<ReadonlyMap<string, Release>> {
  const newest = environments.flatMap(({ history }) => history.slice(0, 1));
  const versions = new Set([
    ...newest.flatMap(({ images, version }) => [version, ...images.map((image) => image.version)]),
    ...environments.flatMap(({ history }) => history.map(({ version }) => version)),
  ]);
  const existing = new Set(tags);
  const wanted = [...versions].filter((version) => existing.has(releaseTag(version))).slice(0, maxReleases);
  const found = await survey(ecr, location.repository, wanted.map(releaseTag));
  const releases = new Map<string, Release>();
  for (const version of wanted) {
    const label = `${labelOf(location)}:${releaseTag(version)}`;
    const manifest = found.get(releaseTag(version));
    const release = manifest && parse(releaseKind, manifest, label);
    if (release instanceof CodedError) problems.push(problemOf(release, label));
    else if (release?.version === version) releases.set(version, release);
  }
  return releases;
}

function unfinishedVersions(tags: readonly string[]): readonly string[] {
  const existing = new Set(tags);
  const begun = tags.flatMap((tag) => /^(?<version>.+)\.intent\.\d+$/.exec(tag)?.groups?.version ?? []);
  const unfinished = [...new Set(begun)].filter((version) => !existing.has(version));
  return unfinished.sort((one, other) => inNaturalOrder(other, one)).slice(0, maxUnfinished);
}
