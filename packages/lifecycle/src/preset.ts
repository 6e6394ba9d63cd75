import { coversPattern, matchesPattern, overlaps } from './pattern.ts';
import { everyImage, maxRules, type LifecycleRule } from './rule.ts';
import { minArchiveDays } from './rule-problems.ts';

/** When images expire: after days since their push, or if there are more than a number of them. */
export type Expiry = { readonly days: number } | { readonly keep: number };

/** What a team writes instead of rules. */
export interface LifecyclePreset {
  /** The number of published images that are kept. Undefined: published images do not expire. */
  readonly keep?: number;
  /** Keyed by a prefix of tags, a pattern with `*`, or `untagged`. */
  readonly expire: Readonly<Record<string, Expiry>>;
  /** The number of images that each environment keeps, by environment. Others keep every image they ever ran. */
  readonly environments: Readonly<Record<string, number>>;
  /** Archives images that were not pulled for `after` days, and deletes them `delete` days later. */
  readonly archive?: { readonly after: number; readonly delete?: number };
}

/** An environment whose images are in the repository. */
export interface ProtectedEnvironment {
  readonly name: string;
  /** The environments before, or `build`. */
  readonly from: readonly string[];
  /** Patterns of the tags that each promoted image gets and keeps. */
  readonly patterns: readonly string[];
  /** Tags that always name the image that runs. */
  readonly moving: readonly string[];
}

/** What may not expire in a repository. */
export interface Protection {
  /** In promotion order. */
  readonly environments: readonly ProtectedEnvironment[];
  /** Tags or patterns of tags that move to another image with every version, such as `latest`. */
  readonly moving: readonly string[];
  /** Patterns of the tags that `publish` sets on each version. Undefined: `publish` does not push to the repository. */
  readonly versions?: readonly string[];
  /** The age in days up to which a build reuses images by their `fp-` tag. Undefined: images are not reused. */
  readonly reuseDays?: number;
}

/** The rules of a preset, with everything that the rules cannot express. */
export interface RuleSet {
  readonly rules: readonly LifecycleRule[];
  /** What a reader of the plan must know before the rules are applied. */
  readonly notes: readonly string[];
  /** Contradictions, with the key of the preset that causes each. */
  readonly problems: readonly PresetProblem[];
}

export interface PresetProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** The prefix of the tags by which builds find images to reuse. */
const fingerprints = 'fp-*';

/** Returns how many images of an environment are kept; undefined if all are. */
export function countOf(
  { environments }: Pick<LifecyclePreset, 'environments'>,
  name: string,
): number | undefined {
  return Object.hasOwn(environments, name) ? environments[name] : undefined;
}

/**
 * Returns the rules of a preset for a repository. An image that matches a rule cannot expire by a later rule, so rules
 * that keep images come first:
 *
 * 1. tags that move, such as `staging`
 * 2. environments that keep all their images
 * 3. environments that keep a number of images, the last environment first
 * 4. the last published images
 * 5. other tags, then untagged images, then the archive
 */
export function lifecycleRules(preset: LifecyclePreset, protection: Protection): RuleSet {
  const { environments, versions = [] } = protection;
  const moving = [...new Set([...protection.moving, ...environments.flatMap((one) => one.moving)])];
  const whole = environments.filter(({ name }) => countOf(preset, name) === undefined);
  const counted = environments.filter(({ name }) => countOf(preset, name) !== undefined).reverse();
  const shields = [
    ...moving.map((tag) => keepRule(tag, tag.includes('*') ? everyImage : 1, `Keep the image of ${tag}`)),
    ...whole.flatMap(({ name, patterns }) =>
      patterns.map((pattern) => keepRule(pattern, everyImage, `Keep all images that ${name} ran`)),
    ),
  ];
  const kept = [
    ...counted.flatMap(({ name, patterns }) => {
      const count = countOf(preset, name) ?? everyImage;
      return patterns.map((pattern) =>
        keepRule(pattern, count, `Keep the last ${count} images that ${name} ran`),
      );
    }),
    ...versions.map((pattern) => keepVersions(pattern, preset.keep)),
  ];
  const rules = withoutRepeated([
    ...shields,
    ...kept,
    ...expiryRules(preset.expire),
    ...archiveRules(preset),
  ]);
  const problems = [
    ...environmentProblems(preset, protection),
    ...keepProblems(preset, protection),
    ...expiryProblems(preset, protection, moving),
    ...archiveProblems(preset),
    ...hiddenProblems(
      shields,
      kept.filter((rule) => rule.selection.countNumber < everyImage),
    ),
  ];
  if (rules.length > maxRules)
    problems.push({ path: [], message: `makes ${rules.length} rules: ECR allows ${maxRules}` });
  return { rules, notes: notesOf(preset, protection, whole), problems };
}

/** ECR rejects two rules with the same pattern. The first of them protects more. */
function withoutRepeated(rules: readonly LifecycleRule[]): LifecycleRule[] {
  const patterns = new Set<string>();
  return rules.filter(({ selection: { tagPatternList: [pattern] = [] } }) => {
    if (pattern === undefined) return true;
    const isNew = !patterns.has(pattern);
    patterns.add(pattern);
    return isNew;
  });
}

function keepRule(pattern: string, countNumber: number, description: string): LifecycleRule {
  return {
    description: description.slice(0, 256),
    selection: {
      tagStatus: 'tagged',
      tagPatternList: [pattern],
      countType: 'imageCountMoreThan',
      countNumber,
    },
    action: { type: 'expire' },
  };
}

function keepVersions(pattern: string, keep = everyImage): LifecycleRule {
  const which = keep === everyImage ? 'all' : `the last ${keep}`;
  return keepRule(pattern, keep, `Keep ${which} published images`);
}

function expiryRules(expire: LifecyclePreset['expire']): LifecycleRule[] {
  const tagged = Object.entries(expire).filter(([key]) => key !== 'untagged');
  const { untagged } = expire;
  return [
    ...tagged.map(([key, expiry]) =>
      expiryRule(key, expiry, { tagStatus: 'tagged', tagPatternList: [patternOf(key)] }),
    ),
    ...(untagged === undefined ? [] : [expiryRule('untagged images', untagged, { tagStatus: 'untagged' })]),
  ];
}

function expiryRule(
  what: string,
  expiry: Expiry,
  selection: Pick<LifecycleRule['selection'], 'tagStatus' | 'tagPatternList'>,
): LifecycleRule {
  const count =
    'days' in expiry
      ? ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber: expiry.days } as const)
      : ({ countType: 'imageCountMoreThan', countNumber: expiry.keep } as const);
  const description =
    'days' in expiry ? `Expire ${what} after ${expiry.days} days` : `Keep the last ${expiry.keep} of ${what}`;
  return { description, selection: { ...selection, ...count }, action: { type: 'expire' } };
}

function archiveRules({ archive }: LifecyclePreset): LifecycleRule[] {
  if (archive === undefined) return [];
  const toArchive: LifecycleRule = {
    description: `Archive images that were not pulled for ${archive.after} days`,
    selection: {
      tagStatus: 'any',
      countType: 'sinceImagePulled',
      countUnit: 'days',
      countNumber: archive.after,
    },
    action: { type: 'transition', targetStorageClass: 'archive' },
  };
  if (archive.delete === undefined) return [toArchive];
  const deleteArchived: LifecycleRule = {
    description: `Delete images ${archive.delete} days after they were archived`,
    selection: {
      tagStatus: 'any',
      storageClass: 'archive',
      countType: 'sinceImageTransitioned',
      countUnit: 'days',
      countNumber: archive.delete,
    },
    action: { type: 'expire' },
  };
  return [toArchive, deleteArchived];
}

function patternOf(key: string): string {
  return key.includes('*') ? key : `${key}*`;
}

/**
 * An environment that keeps a number of images must show by a tag which image it runs: rules order images by their
 * push, and a rollback or a late promotion runs an old one.
 */
function environmentProblems(preset: LifecyclePreset, protection: Protection): PresetProblem[] {
  const { environments, versions } = protection;
  return Object.entries(preset.environments).flatMap(([name, count]): PresetProblem[] => {
    const path = ['environments', name];
    const environment = environments.find((one) => one.name === name);
    if (environment === undefined) return [];
    const problems: PresetProblem[] = [];
    if (environment.moving.length === 0)
      problems.push({
        path,
        message: `could expire the image that ${name} runs: rules order images by push, not by promotion. Add the tag {environment} to environments.${name}.tags, which always names the image that runs`,
      });
    const isFirst = environment.from.includes('build') && versions !== undefined;
    if (isFirst && preset.keep === undefined)
      problems.push({
        path,
        message: `would expire published images, which are all kept without keep. Write keep: ${count} or less, too`,
      });
    for (const source of environment.from) {
      const isBuild = source === 'build';
      const minimum = (isBuild ? versions && preset.keep : countOf(preset, source)) ?? 1;
      if (count < minimum)
        problems.push({
          path,
          message: `is ${count}, but ${isBuild ? 'keep' : source} is ${minimum}: an image that is kept there would expire here. Write ${minimum} or more`,
        });
    }
    return problems;
  });
}

function keepProblems({ keep, expire }: LifecyclePreset, { versions }: Protection): PresetProblem[] {
  if (keep === undefined || versions === undefined) return [];
  if (versions.length === 0)
    return [
      {
        path: ['keep'],
        message:
          'counts images by the tag of their version, but publish sets no tag with {version}. Add one to tags, for example build-{version}',
      },
    ];
  return Object.keys(expire)
    .filter((key) => key !== 'untagged')
    .flatMap((key) => {
      const crowding = versions.find((version) =>
        matchesPattern(version, patternOf(key).replaceAll('*', 'x')),
      );
      if (crowding === undefined) return [];
      const message = `counts images tagged ${patternOf(key)} too, because publish tags versions ${crowding}. They would crowd out releases. Give versions a prefix of their own, for example build-{version}`;
      return [{ path: ['keep'], message }];
    });
}

function expiryProblems(
  { expire }: LifecyclePreset,
  { environments, versions = [], reuseDays }: Protection,
  moving: readonly string[],
): PresetProblem[] {
  return Object.entries(expire).flatMap(([key, expiry]): PresetProblem[] => {
    if (key === 'untagged') return [];
    const path = ['expire', key];
    const pattern = patternOf(key);
    const protectedTags = [
      ...moving.map((tag) => [tag, 'a tag that moves'] as const),
      ...environments.flatMap((one) => one.patterns.map((tag) => [tag, `a tag of ${one.name}`] as const)),
      ...versions.map((tag) => [tag, 'the tag of a version, which keep counts'] as const),
    ];
    const hit = protectedTags.find(([tag]) => isAimedAt(pattern, tag));
    const problems: PresetProblem[] = [];
    if (hit !== undefined)
      problems.push({
        path,
        message: `would expire ${hit[0]}, ${hit[1]}, which is protected. Remove it, or use a longer prefix`,
      });
    const isReused = reuseDays !== undefined && overlaps(pattern, fingerprints);
    if (isReused && !('days' in expiry && expiry.days >= reuseDays))
      problems.push({
        path,
        message: `would expire images that reuse needs for ${reuseDays} days. Write ${reuseDays}d or more`,
      });
    return problems;
  });
}

/** Whether a pattern names the tags of another, rather than only sharing some of them by chance. */
function isAimedAt(pattern: string, tag: string): boolean {
  return coversPattern(pattern, tag) || coversPattern(tag, pattern);
}

function archiveProblems({ archive }: LifecyclePreset): PresetProblem[] {
  if (archive?.delete === undefined || archive.delete >= minArchiveDays) return [];
  return [
    {
      path: ['archive', 'delete'],
      message: `must be ${minArchiveDays}d or more: ECR charges at least ${minArchiveDays} days for an archived image`,
    },
  ];
}

/** Finds rules that can never act, because a rule that keeps everything selects all their images. */
function hiddenProblems(
  shields: readonly LifecycleRule[],
  acting: readonly LifecycleRule[],
): PresetProblem[] {
  return acting.flatMap(({ selection: { tagPatternList: [pattern] = [] } }): PresetProblem[] => {
    if (pattern === undefined) return [];
    const shield = shields
      .flatMap(({ selection }) => selection.tagPatternList ?? [])
      .find((earlier) => coversPattern(earlier, pattern));
    if (shield === undefined) return [];
    const message = `cannot expire any image tagged ${pattern}, because all of them are protected as ${shield}. Give the tags different prefixes, for example build-{version}`;
    return [{ path: [], message }];
  });
}

function notesOf(
  preset: LifecyclePreset,
  { reuseDays }: Protection,
  all: readonly ProtectedEnvironment[],
): readonly string[] {
  const notes: string[] = [];
  const names = all.map(({ name }) => name).join(', ');
  if (names !== '')
    notes.push(
      `Images that were promoted to ${names} do not expire: rules order images by push, so they cannot tell which of them run or ran last.`,
    );
  for (const [name, count] of Object.entries(preset.environments))
    notes.push(
      `${name} keeps the image that its moving tag names, and the ${count} of its images that were pushed last. An older image that was promoted again can expire once ${name} no longer runs it.`,
    );
  if (preset.keep !== undefined && reuseDays !== undefined)
    notes.push(
      `keep counts images, whatever their age. A published image beyond the last ${preset.keep} can expire within the ${reuseDays} days of reuse. The next build then builds it again.`,
    );
  return [...notes, ...archiveNotes(archiveRules(preset))];
}

/** Returns what a reader of the plan must know about rules that archive images. */
export function archiveNotes(rules: readonly LifecycleRule[]): readonly string[] {
  const archiving = rules.filter(({ action }) => action.type === 'transition');
  if (archiving.length === 0) return [];
  const isByPull = archiving.some(({ selection }) => selection.countType === 'sinceImagePulled');
  return [
    `Archived images cannot be pulled, and ECR charges at least ${minArchiveDays} days for them. ECR lists them only on request.${isByPull ? ' Scans by Amazon Inspector count as pulls, so scanned images may never be archived.' : ''}`,
  ];
}
