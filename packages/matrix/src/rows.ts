import { CodedError } from '@towpath/errors';
import { runnerFor, type Runner, type RunnerMap } from './runners.ts';

/** One job of the matrix: the images that it builds for one platform. */
export interface Row {
  /** Differs between all rows of a matrix. Artifact names can contain it. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Sorted by name. The job builds the images that they are built on, too. */
  readonly images: readonly string[];
  /** Undefined: the platform of the runner, because the images name none. */
  readonly platform: string | undefined;
  readonly runner: Runner;
}

export interface RowRequest {
  /** The images to build, and their platforms in normal form. Without platforms: that of the runner. */
  readonly images: ReadonlyMap<string, readonly string[]>;
  /** Returns the images that an image is built on, directly or not. */
  readonly below: (name: string) => ReadonlySet<string>;
  readonly runners: RunnerMap;
  readonly maxJobs: number;
}

/**
 * Returns the jobs that build every image once for each of its platforms. An image and the images built on it are in
 * one job, so that they get the same bytes as the published image. If there are too many jobs, jobs for the same
 * platform are joined, those with the fewest images first.
 *
 * @throws CodedError `input-invalid` if there are more platforms than jobs
 */
export function planRows({ images, below, runners, maxJobs }: RowRequest): readonly Row[] {
  const byPlatform = new Map<string, string[]>();
  for (const [name, platforms] of images)
    for (const platform of platforms.length === 0 ? [''] : new Set(platforms))
      byPlatform.set(platform, [...(byPlatform.get(platform) ?? []), name]);
  const groups = new Map(
    [...byPlatform]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([platform, names]) => [platform, groupImages(names, below)]),
  );
  const shares = shareJobs(
    [...groups.values()].map(({ length }) => length),
    maxJobs,
  );
  return [...groups].flatMap(([platform, list], index) =>
    joinGroups(list, shares[index] ?? 0).map((names): Row => {
      const shown = platform === '' ? undefined : platform;
      return {
        id: idOf(names, platform),
        name: `${describe(names)} (${shown ?? 'runner’s platform'})`,
        images: names,
        platform: shown,
        runner: runnerFor(shown, runners),
      };
    }),
  );
}

/** Joins each image with those of the images that it is built on. */
function groupImages(
  names: readonly string[],
  below: (name: string) => ReadonlySet<string>,
): readonly (readonly string[])[] {
  const parent = new Map(names.map((name) => [name, name]));
  const root = (name: string): string => {
    let at = name;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) {
      // Shortens the way for later questions.
      parent.set(at, parent.get(up) ?? up);
      at = up;
    }
    return at;
  };
  for (const name of names)
    for (const base of below(name)) if (parent.has(base)) parent.set(root(name), root(base));
  return [...Map.groupBy(names, root).values()].map((group) => group.toSorted());
}

/** Divides the jobs among the platforms: each gets one, and the rest goes where a job has the most groups. */
function shareJobs(counts: readonly number[], maxJobs: number): readonly number[] {
  if (counts.length > maxJobs)
    throw new CodedError(
      'input-invalid',
      `The images have ${counts.length} platforms, and each needs its own job, but max-jobs is ${maxJobs}.`,
      { hint: `Set max-jobs to ${counts.length} or more, or remove platforms.` },
    );
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= maxJobs) return counts;
  const shares = counts.map(() => 1);
  for (let left = maxJobs - counts.length; left > 0; left -= 1) {
    const loads = counts.map((count, index) => count / (shares[index] ?? 1));
    const fullest = loads.indexOf(Math.max(...loads));
    shares[fullest] = (shares[fullest] ?? 0) + 1;
  }
  return shares;
}

/** Joins groups into a number of jobs with about as many images each. */
function joinGroups(groups: readonly (readonly string[])[], jobs: number): readonly (readonly string[])[] {
  const bins: string[][] = Array.from({ length: Math.min(jobs, groups.length) }, () => []);
  const largestFirst = groups.toSorted(
    (one, other) => other.length - one.length || ((one[0] ?? '') < (other[0] ?? '') ? -1 : 1),
  );
  for (const group of largestFirst) {
    const [emptiest] = bins.toSorted((one, other) => one.length - other.length);
    emptiest?.push(...group);
  }
  const sorted = bins.map((names) => names.sort());
  return sorted.sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
}

function describe([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return first;
  const [second = ''] = others;
  return others.length === 1 ? `${first}, ${second}` : `${first} and ${others.length} more`;
}

/** No platform has an underscore, so the first one ends it. Each image is in one job of a platform. */
function idOf([first = '']: readonly string[], platform: string): string {
  return `${platform === '' ? 'own' : platform.replaceAll('/', '-')}_${first}`;
}
