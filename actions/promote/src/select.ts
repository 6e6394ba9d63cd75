import { forAll } from '@towpath/concurrency';
import type { EnvironmentConfig, ImageConfig } from '@towpath/config';
import { findImages } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import {
  entryTag,
  isSameImages,
  findVersion,
  openEnvironment,
  openLedger,
  rollbackTarget,
  unconfigured,
  type EnvironmentLedger,
  type FindOptions,
  type FoundImage,
  type FoundVersion,
  type History,
  type Ledger,
  type Release,
} from '@towpath/ledger';
import { buildEnvironment, type Locations } from '@towpath/project';
import { isSameRepository, labelOf, type RepositoryRef } from '@towpath/reference';
import { renderTags, type Facts } from '@towpath/tags';
import { highestVersion } from './adopt.ts';
import {
  findArrival,
  hasImage,
  publicationOf,
  statedArrival,
  storedArrival,
  type Arrival,
  type ArrivalEvidence,
} from './arrival.ts';
import { currentVersion, type PromoteInputs } from './inputs.ts';
import { requireReleased } from './released.ts';
import type { SelectedImage } from './selected-image.ts';

/** The images to deliver, and where they come from. */
export interface Selection extends Arrival {
  readonly version: string;
  /** The source environment; undefined for a rollback. */
  readonly source: string | undefined;
  readonly images: readonly SelectedImage[];
  /** Images of the configuration that do not belong to the version. */
  readonly absent: readonly ImageConfig[];
  /** The ledger in which the release was looked up; undefined if none was needed. */
  readonly ledger: FoundVersion['ledger'] | undefined;
  readonly release: Release | undefined;
  /** The number of the entry that a rollback restores. */
  readonly restores: number | undefined;
}

type Wanted = Pick<PromoteInputs, 'version' | 'only' | 'sourceEnvironment' | 'breakGlass'>;

/** How many entries of an environment are searched. One call reads them. */
const searched = 100;

/**
 * Finds the images to promote in the first source environment that has them.
 *
 * @param images the selected images of the configuration
 * @param known the facts for tag templates that do not depend on the image
 * @throws CodedError `promotion-skips` if the given source is not configured; `image-missing`, `release-missing`, … if
 * no source has the version
 */
export async function selectPromotion(
  inputs: Wanted,
  locations: Locations,
  images: readonly ImageConfig[],
  target: EnvironmentConfig,
  known: Facts,
): Promise<Selection> {
  const candidates = sourcesOf(target, inputs.sourceEnvironment);
  const { version = currentVersion } = inputs;
  const isSoaked = target.soak !== undefined && inputs.breakGlass === undefined;
  if (version === currentVersion) return selectCurrent(inputs, locations, candidates, isSoaked);
  const ledger = await openLedger(locations, { versions: [version] });
  const others = tagsToSet(locations, target, { ...known, version });
  const failures: CodedError[] = [];
  const found: Selection[] = [];
  for (const source of candidates) {
    try {
      const wanted = { ...inputs, version, source, isSoaked };
      const one = await selectVersion(wanted, locations, images, ledger, others);
      if (!isSoaked) return one;
      found.push(one);
    } catch (error) {
      if (!isAbsence(error)) throw error;
      failures.push(error);
    }
  }
  // The images that came to their source first have the longest soak.
  const [oldest] = found.toSorted((one, other) => (soakOrder(one) < soakOrder(other) ? -1 : 1));
  if (oldest !== undefined) return oldest;
  const [first] = failures;
  if (first !== undefined && failures.length === 1) throw first;
  throw CodedError.of(
    failures.flatMap(({ problems }) => problems),
    () => `None of ${candidates.join(', ')} has version ${version}.`,
  );
}

/** Orders selections by their soak time: last those whose time is unknown, or that a rollback removed. */
function soakOrder({ since = '~', until }: Selection): string {
  return `${until === undefined ? 0 : 1} ${since}`;
}

/** Returns the tags to set, if an image stays in its repository: the request that finds the image reads them, too. */
function tagsToSet(
  locations: Locations,
  target: EnvironmentConfig,
  facts: Facts,
): NonNullable<FindOptions['others']> {
  return async (image, location) => {
    if (!isSameRepository(location, await locations.locate(image, target))) return [];
    return renderTags(target.tags, { ...facts, image: image.name, environment: target.name }, []).tags;
  };
}

function isAbsence(error: unknown): error is CodedError {
  const codes = ['image-missing', 'repository-missing'];
  return error instanceof CodedError && error.problems.every(({ code }) => codes.includes(code));
}

/** @throws CodedError `promotion-skips` if the given source is not a source of the target */
function sourcesOf({ name, from }: EnvironmentConfig, given: string | undefined): readonly string[] {
  if (given === undefined) return from;
  if (from.includes(given)) return [given];
  const [first = buildEnvironment] = from;
  throw new CodedError(
    'promotion-skips',
    `Versions are promoted to ${name} from ${from.join(', ')}, not from ${given}.`,
    {
      hint: `Promote to ${first} first, or change from of the environment ${name} in the configuration.`,
    },
  );
}

async function selectVersion(
  {
    version,
    only,
    source,
    isSoaked,
  }: Pick<Wanted, 'only'> & {
    readonly version: string;
    readonly source: string;
    readonly isSoaked: boolean;
  },
  locations: Locations,
  images: readonly ImageConfig[],
  ledger: Ledger,
  others: FindOptions['others'],
): Promise<Selection> {
  const environment = locations.environment(source);
  const { found, absent, release } = await findVersion(locations, images, environment, version, only, {
    opened: ledger,
    others,
  });
  const isOptional = ledger.state === 'absent';
  const entries =
    environment === undefined
      ? undefined
      : await openEnvironment(locations, environment, { last: searched, isOptional });
  const history = entries?.history ?? [];
  const isRecorded = history.length > 0 || (release !== undefined && entries?.state === 'kept');
  if (environment !== undefined && isRecorded) requirePromoted(found, history, environment, version);
  const evidence = environment === undefined ? publicationOf(release) : findArrival(found, history);
  return {
    version,
    source,
    images: found.map((one) => ({ ...one, version })),
    absent,
    ledger,
    release,
    ...(await timesOf(evidence, (entries ?? ledger).location, locations, isSoaked)),
    restores: undefined,
  };
}

/**
 * Tags alone prove nothing if the ledger has the release: a promotion sets them before it writes its entry.
 *
 * @throws CodedError `image-missing` for every image that no entry of the source lists
 */
function requirePromoted(
  found: readonly FoundImage[],
  history: History,
  { name }: EnvironmentConfig,
  version: string,
): void {
  const problems = found
    .filter(({ image, root }) => !history.some((entry) => hasImage(entry, image.name, root.digest)))
    .map(({ image, root }): Problem => {
      const why =
        history.length === 0
          ? `the ledger has the release of ${version}, but no entry of ${name}. A promotion to ${name} may have stopped before its end`
          : `none of the last ${history.length} entries of ${name} in the ledger lists it`;
      const message = `Image ${image.name} (${root.digest}) of ${version} was never promoted to ${name}: ${why}.`;
      return { code: 'image-missing', message, hint: `Promote this version to ${name} first.` };
    });
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} images were never in ${name}.`);
}

/** Returns the times of an arrival: those of ECR if a soak time depends on them, and otherwise the stated ones. */
function timesOf(
  evidence: ArrivalEvidence,
  ledger: RepositoryRef,
  { session }: Locations,
  isSoaked: boolean,
): Promise<Arrival> | Arrival {
  return isSoaked ? storedArrival(evidence, ledger, session) : statedArrival(evidence);
}

/** Selects what the first source with entries runs now. */
async function selectCurrent(
  { only }: Wanted,
  locations: Locations,
  candidates: readonly string[],
  isSoaked: boolean,
): Promise<Selection> {
  for (const source of candidates) {
    const environment = locations.environment(source);
    const opened = environment && (await openEnvironment(locations, environment, { last: searched }));
    const [entry] = opened?.history ?? [];
    if (environment === undefined || opened === undefined || entry === undefined) continue;
    const wanted = entry.images.filter(({ name }) => only.length === 0 || only.includes(name));
    const unknown = only.filter((name) => !entry.images.some((image) => image.name === name));
    if (unknown.length > 0)
      throw CodedError.of(
        unknown.map((name): Problem => ({
          code: 'image-missing',
          message: `${source} does not run an image ${name}: entry ${entry.number} lists ${entry.images.map((one) => one.name).join(', ')}.`,
          hint: 'Correct the input only.',
        })),
        (count) => `${count} images are missing in ${source}.`,
      );
    const images = await locateEntry(locations, wanted, environment, opened.location);
    const versions = wanted.map((image) => image.version);
    const version = versions.includes(entry.version) ? entry.version : highestVersion(versions);
    const build = await openLedger(locations, { versions: [version] });
    const tag = entryTag(source, entry.number);
    await requireReleased(images, tag, build, locations.session);
    return {
      version,
      source,
      images,
      absent: [],
      ledger: build,
      release: build.entries.get(version)?.release,
      ...(await timesOf(findArrival(images, opened.history), opened.location, locations, isSoaked)),
      restores: undefined,
    };
  }
  throw new CodedError(
    'input-invalid',
    `Input version is ${currentVersion}, but none of ${candidates.join(', ')} has an entry in a ledger that says what it runs.`,
    { hint: 'Give the version to promote.' },
  );
}

/**
 * Selects the set of the environment's history that a rollback returns to.
 *
 * @param run the URL of this run. If its rollback is the last entry already, the set of that entry is selected again
 * @throws CodedError `rollback-impossible` if the history has no such set; `image-missing` if an image of it was deleted
 */
export async function selectRollback(
  { version }: Wanted,
  locations: Locations,
  target: EnvironmentConfig,
  { location, state, history }: EnvironmentLedger,
  run: string | undefined,
): Promise<Selection> {
  const [current] = history;
  const isRepeated = current?.kind === 'rollback' && run !== undefined && current.run === run;
  const entry = isRepeated ? current : rollbackTarget(history, version);
  if (entry === undefined) {
    const earlier = history.filter(
      ({ kind, images }) => kind !== 'rollback' && !isSameImages(images, current?.images ?? []),
    );
    const known = [...new Set(earlier.map((one) => one.version))].slice(0, 5);
    const why =
      state !== 'kept'
        ? `there is no ledger ${labelOf(location)} that lists its earlier sets`
        : version === undefined
          ? history.length === 0
            ? `the ledger ${labelOf(location)} has no entry of it`
            : `its ${history.length === 1 ? 'only entry lists' : `${history.length} entries list`} no set before the current one`
          : `${history.length === 1 ? 'its only entry does not have' : `none of its last ${history.length} entries has`} version ${version}, other than the current set`;
    throw new CodedError('rollback-impossible', `${target.name} cannot be rolled back: ${why}.`, {
      hint:
        known.length === 0
          ? `Promote the version that ${target.name} had before, with allow-older: true.`
          : `Set version to one that ${target.name} had: ${known.join(', ')}.`,
    });
  }
  return {
    version: entry.version,
    source: undefined,
    images: await locateEntry(locations, entry.images, target, location),
    absent: [],
    ledger: undefined,
    release: undefined,
    since: undefined,
    restores: isRepeated ? entry.restores : entry.number,
  };
}

/** Reads the images of an entry by digest, in the repositories that the entry names. */
async function locateEntry(
  locations: Locations,
  images: History[number]['images'],
  environment: EnvironmentConfig,
  ledger: RepositoryRef,
): Promise<readonly SelectedImage[]> {
  const lookups = await forAll(images, async ({ name, repository, digest, version }) => {
    const image = locations.images.find((one) => one.name === name) ?? unconfigured(name);
    const location: RepositoryRef = { registry: ledger.registry, repository };
    const found = await findImages(locations.session.ecr(location.registry), repository, [digest]).catch(
      (error: unknown) => {
        if (error instanceof CodedError && error.code === 'repository-missing') return undefined;
        throw error;
      },
    );
    return { image, location, version, digest, root: found?.get(digest) };
  });
  const problems = lookups
    .filter(({ root }) => root === undefined)
    .map(({ image, location, version, digest }): Problem => ({
      code: 'image-missing',
      message: `Image ${image.name} ${version} of ${environment.name} was deleted: ${labelOf(location)} has no ${digest}.`,
      hint: 'Check the lifecycle policy of the repository. Publish and promote the version again, or choose another one.',
    }));
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images of ${environment.name} are missing.`);
  return lookups.flatMap(({ image, location, version, root }) =>
    root === undefined ? [] : [{ image, location, version, root }],
  );
}
