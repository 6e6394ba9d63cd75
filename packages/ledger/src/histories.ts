import { describeRepositories } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Manifest } from '@towpath/oci';
import { labelOf, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { entryKind, parseArtifact } from './artifact.ts';
import { entryTag, maxEntries, type EnvironmentEntry } from './environment-entry.ts';
import { readTags, requireImmutable } from './ledger.ts';

/** The entries of an environment, the newest first. Its first entry lists what the environment runs. */
export type History = readonly EnvironmentEntry[];

/** The environments whose entries to read. */
export interface HistoryQuestion {
  readonly environments: readonly string[];
  /** How many of the last entries to read, at most {@link maxHistory}. Default: 1. */
  readonly last?: number;
  /** Returns whether an image may be in this repository. Default: only repositories beside the ledger are valid. */
  readonly isOwn?: (image: EnvironmentEntry['images'][number]) => boolean;
}

/** The maximum number of entries of one environment that are read at once. */
const maxHistory = 1000;

/** Each environment has at most this many tags in one round of the search. BatchGetImage takes 100 tags. */
const maxProbes = 100;

/**
 * Reads the last entries of environments. Tags are not listed: the first BatchGetImage asks for the numbers 1, 2, 4, …
 * and the next one for the numbers between the last that exists and the first that does not. Up to number 127, this
 * takes two calls; up to {@link maxEntries}, four.
 *
 * @returns by environment. An environment without entries has an empty history. Undefined if there is no ledger
 * @throws CodedError `entry-invalid` if an entry does not match its tag or its schema, names a repository of others, or
 * is missing before a later one
 * @throws CodedError `access-denied`, …
 */
export async function readHistories(
  session: Session,
  location: RepositoryRef,
  { environments, last = 1, isOwn = (image) => isBesideLedger(image, location) }: HistoryQuestion,
): Promise<ReadonlyMap<string, History> | undefined> {
  const searches = environments.map((environment) => new Search(environment, location));
  for (;;) {
    const tags = searches.flatMap((search) => search.next(Math.min(last, maxHistory)));
    if (tags.length === 0 && searches.length > 0) break;
    const found = await readTags(session, location, tags.length === 0 ? ['latest'] : tags);
    if (found === undefined) return undefined;
    for (const search of searches) search.learn(found);
    if (searches.length === 0) break;
  }
  const histories = searches.map(
    (search) => [search.environment, search.history(Math.min(last, maxHistory), isOwn)] as const,
  );
  return new Map(histories);
}

/**
 * Reads the last entries of one environment, as {@link readHistories} does.
 *
 * @returns undefined if there is no ledger
 * @throws CodedError `ledger-mutable` if the tags of the ledger can change
 */
export async function readHistory(
  session: Session,
  location: RepositoryRef,
  environment: string,
  { last, isOwn }: Omit<HistoryQuestion, 'environments'> = {},
): Promise<History | undefined> {
  const histories = await readHistories(session, location, { environments: [environment], last, isOwn });
  if (histories === undefined) return undefined;
  const settings = await describeRepositories(session.ecr(location.registry), [location.repository]);
  requireImmutable(location, settings.get(location.repository));
  return histories.get(environment) ?? [];
}

/** The search for the last entries of one environment. */
class Search {
  readonly environment: string;
  readonly #location: RepositoryRef;
  /** The manifests by number; undefined for a number without an entry. */
  readonly #known = new Map<number, Manifest | undefined>();
  #requested: readonly number[] = [];
  /** The number that is missing before a later one, until it is read again. */
  #gap: number | undefined;

  constructor(environment: string, location: RepositoryRef) {
    this.environment = environment;
    this.#location = location;
  }

  /** Returns the tags to read next; none if the last entries are known. */
  next(last: number): readonly string[] {
    this.#requested = this.#numbers(last);
    return this.#requested.map((number) => entryTag(this.environment, number));
  }

  /**
   * Takes the result of one round. If an entry seems to be missing, asks for it once more: two entries may have been
   * written while the tags were read.
   *
   * @throws CodedError `entry-invalid` if an entry is missing before a later one
   */
  learn(found: ReadonlyMap<string, Manifest>): void {
    for (const number of this.#requested)
      this.#known.set(number, found.get(entryTag(this.environment, number)));
    const missing = this.#firstMissing();
    const [later] = this.#present().filter((number) => number > missing);
    if (later === undefined) return;
    const isNew = this.#gap !== missing;
    this.#gap = missing;
    if (isNew) return;
    const label = labelOf(this.#location);
    const tag = entryTag(this.environment, later);
    throw new CodedError(
      'entry-invalid',
      `The ledger ${label} has the entry ${tag}, but not ${entryTag(this.environment, missing)}.`,
      {
        hint: `Find out who wrote ${tag} or deleted the other entry. Entries are never deleted.`,
      },
    );
  }

  /** @throws CodedError `entry-invalid` */
  history(last: number, isOwn: NonNullable<HistoryQuestion['isOwn']>): History {
    const newest = this.#highest();
    const numbers = Array.from({ length: Math.min(last, newest) }, (_, index) => newest - index);
    return numbers.map((number) => this.#read(number, isOwn));
  }

  #numbers(last: number): readonly number[] {
    if (this.#known.size === 0) return powersOfTwo;
    const [low, high] = [this.#highest(), this.#firstMissing()];
    if (low > high) return [high];
    if (high - low > 1) return between(low, high);
    const wanted = Array.from({ length: Math.min(last, low) }, (_, index) => low - index);
    return wanted.filter((number) => !this.#known.has(number));
  }

  #present(): readonly number[] {
    return this.#known
      .entries()
      .flatMap(([number, manifest]) => (manifest === undefined ? [] : [number]))
      .toArray();
  }

  #highest(): number {
    return Math.max(0, ...this.#present());
  }

  #firstMissing(): number {
    const missing = this.#known.entries().flatMap(([number, one]) => (one === undefined ? [number] : []));
    return Math.min(maxEntries + 1, ...missing);
  }

  #read(number: number, isOwn: NonNullable<HistoryQuestion['isOwn']>): EnvironmentEntry {
    const manifest = this.#known.get(number);
    const label = `${labelOf(this.#location)}:${entryTag(this.environment, number)}`;
    if (manifest === undefined) throw new CodedError('entry-invalid', `${label} is missing.`);
    const entry = parseArtifact(entryKind, manifest, label);
    const problems = entryProblems(entry, { environment: this.environment, number }, label, isOwn);
    if (problems.length > 0)
      throw CodedError.of(problems, (count) => `${label} has ${count} problems and is not used.`);
    return entry;
  }
}

const powersOfTwo: readonly number[] = Array.from(
  { length: Math.log2(maxEntries) + 1 },
  (_, exponent) => 2 ** exponent,
);

/** Returns up to {@link maxProbes} numbers between two others, at equal distances. */
function between(low: number, high: number): readonly number[] {
  const step = Math.ceil((high - low) / (maxProbes + 1));
  const count = Math.ceil((high - low) / step) - 1;
  return Array.from({ length: count }, (_, index) => low + step * (index + 1));
}

/** Returns whether an image is beside the ledger, or below: `payroll/web` beside `payroll/towpath`. */
export function isBesideLedger(
  { repository }: Pick<EnvironmentEntry['images'][number], 'repository'>,
  { repository: ledger }: Pick<RepositoryRef, 'repository'>,
): boolean {
  return repository.startsWith(ledger.slice(0, ledger.lastIndexOf('/') + 1)) && repository !== ledger;
}

/** Returns how an entry contradicts its tag or its ledger. */
export function entryProblems(
  entry: EnvironmentEntry,
  { environment, number }: Pick<EnvironmentEntry, 'environment' | 'number'>,
  label: string,
  isOwn: NonNullable<HistoryQuestion['isOwn']>,
): readonly Problem[] {
  const invalid = (message: string, hint: string): Problem => ({ code: 'entry-invalid', message, hint });
  const other = 'Someone wrote the entry under another tag. Find out who can push to the ledger.';
  return [
    ...(entry.environment === environment
      ? []
      : [invalid(`${label} belongs to the environment ${entry.environment}, not to ${environment}.`, other)]),
    ...(entry.number === number
      ? []
      : [invalid(`${label} is entry ${entry.number}, not entry ${number}.`, other)]),
    ...((entry.restores ?? 0) < entry.number
      ? []
      : [invalid(`${label} restores entry ${entry.restores ?? 0}, which is not an earlier entry.`, other)]),
    ...entry.images
      .filter((image) => !isOwn(image))
      .map(({ name, repository }) =>
        invalid(
          `${label} says that image ${name} is in the repository ${repository}, which is neither under the prefix of this registry nor the repository of ${name} in the configuration.`,
          `If ${repository} is the repository of ${name}, set it in towpath.yaml.`,
        ),
      ),
  ];
}
