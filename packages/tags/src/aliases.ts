import compareBuild from 'semver/functions/compare-build.js';
import parse from 'semver/functions/parse.js';
import type SemVer from 'semver/classes/semver.js';
import type { FactName, Facts } from './facts.ts';
import { toTag } from './tag.ts';
import type { TagTemplate } from './template.ts';

/**
 * The versions among which an alias names the highest: for `{major}` those with the same major, for
 * `{major}.{minor}` those with the same major and minor, for `latest` all. Undefined for templates of other
 * tags.
 */
export type AliasScope = 'all' | 'major' | 'minor';

export function aliasScope({ source, parts }: TagTemplate): AliasScope | undefined {
  const has = (name: string) => parts.some((part) => typeof part === 'object' && part.fact === name);
  if (has('version')) return undefined;
  if (has('minor')) return 'minor';
  if (has('major')) return 'major';
  return source === 'latest' ? 'all' : undefined;
}

/** Facts that can stay the same from one version to the next. */
const lasting: readonly FactName[] = ['branch', 'environment', 'image', 'major', 'minor', 'pr'];

/** Returns whether a template's tag moves to another image with the next version. */
export function isMoving({ parts }: TagTemplate): boolean {
  return parts.every((part) => typeof part === 'string' || lasting.includes(part.fact));
}

/** Returns the digits that a tag such as `v{major}` can have, or none for other templates. Majors from 10 on are rare. */
export function aliasDigits({ parts }: TagTemplate): readonly string[] {
  const facts = parts.flatMap((part) => (typeof part === 'object' ? [part.fact] : []));
  const changing = facts.filter((fact) => fact !== 'environment' && fact !== 'image');
  return changing.length === 1 && changing[0] === 'major' ? Array.from('0123456789') : [];
}

/** Returns the major and minor of a stable version. Other versions get none, because no alias may move to them. */
export function versionFacts(version: string | undefined): Pick<Facts, 'major' | 'minor'> {
  const stable = stableVersion(version);
  return stable === undefined ? {} : { major: String(stable.major), minor: String(stable.minor) };
}

/**
 * Returns why an alias may not move to a version, or undefined if it may.
 *
 * @param others the versions in the repository; undefined if its tags do not show them
 */
export function whyNotMoved(
  scope: AliasScope,
  version: string | undefined,
  others: readonly string[] | undefined,
): string | undefined {
  const own = stableVersion(version);
  if (own === undefined)
    return `${version ?? 'a run without a version'} is not a stable version such as 1.4.0`;
  if (others === undefined) return 'no other tag contains {version}, so higher versions cannot be found';
  const candidates = others.flatMap((other) => stableVersion(other) ?? []).filter(inScope(scope, own));
  const highest = candidates.reduce((a, b) => (compareBuild(a, b) >= 0 ? a : b), own);
  return compareBuild(highest, own) > 0 ? `version ${highest.raw} exists and is higher` : undefined;
}

/**
 * Returns the tag of the highest version that an alias can name, of the tags that a repository has.
 *
 * @param version the version from which the alias was made: it determines the major and the minor
 */
export function highestTag(
  scope: AliasScope,
  version: string | undefined,
  tagged: readonly TaggedVersion[],
): string | undefined {
  const own = stableVersion(version);
  if (own === undefined) return undefined;
  const known = tagged.flatMap(({ tag, version: text }) => {
    const parsed = stableVersion(text);
    return parsed === undefined || !inScope(scope, own)(parsed) ? [] : [{ tag, parsed }];
  });
  const [first, ...rest] = known;
  if (first === undefined) return undefined;
  return rest.reduce((a, b) => (compareBuild(a.parsed, b.parsed) >= 0 ? a : b), first).tag;
}

function inScope(scope: AliasScope, own: SemVer): (version: SemVer) => boolean {
  return ({ major, minor }) =>
    scope === 'all' || (major === own.major && (scope === 'major' || minor === own.minor));
}

/**
 * Returns the versions in the tags of a repository, read by the templates that made them. Returns undefined
 * if no template shows the version.
 *
 * @param templates only those count that contain the whole version and otherwise only known facts
 */
export function versionsOf(
  tags: readonly string[],
  templates: readonly TagTemplate[],
  facts: Facts,
): readonly TaggedVersion[] | undefined {
  const patterns = templates.flatMap((template) => versionPattern(template, facts) ?? []);
  if (patterns.length === 0) return undefined;
  return patterns.flatMap((pattern) =>
    tags.flatMap((tag) => {
      const text = pattern.exec(tag)?.groups?.version;
      return text === undefined ? [] : [{ tag, version: versionOfText(text) }];
    }),
  );
}

/** A version and the tag that contains it. */
export interface TaggedVersion {
  readonly tag: string;
  readonly version: string;
}

/** The maximum number of hyphens to try. Versions have no more. */
const maxHyphens = 8;

/** As {@link toTag} appends it. */
const endsInHash = /-[0-9a-f]{12}$/;

/**
 * Returns the original version from a tag. Characters that a tag cannot contain, such as the `+` of build
 * metadata, are hyphens in the tag, and the hash of the version follows (see {@link toTag}). The hash
 * confirms the version.
 */
function versionOfText(text: string): string {
  if (!endsInHash.test(text)) return text;
  const end = text.lastIndexOf('-');
  const hyphens = [...text.slice(0, end).matchAll(/-/g)].slice(0, maxHyphens);
  const originals = hyphens.map(({ index }) => `${text.slice(0, index)}+${text.slice(index + 1, end)}`);
  return originals.find((original) => toTag(original) === text) ?? text;
}

function versionPattern({ parts }: TagTemplate, facts: Facts): RegExp | undefined {
  const isVersion = (part: TagTemplate['parts'][number]) =>
    typeof part === 'object' && part.fact === 'version' && part.length === undefined;
  if (parts.filter(isVersion).length !== 1) return undefined;
  const pieces = parts.map((part) => {
    if (isVersion(part)) return '(?<version>.+)';
    const text = typeof part === 'string' ? part : stableFact(part, facts);
    return text === undefined ? undefined : RegExp.escape(text);
  });
  return pieces.includes(undefined) ? undefined : new RegExp(`^${pieces.join('')}$`);
}

/** Returns the value of a fact that is the same for all tags of an environment, or undefined for other facts. */
function stableFact(
  { fact, length }: Exclude<TagTemplate['parts'][number], string>,
  facts: Facts,
): string | undefined {
  return fact === 'environment' || fact === 'image' ? facts[fact]?.slice(0, length) : undefined;
}

function stableVersion(text: string | undefined): SemVer | undefined {
  const version = parse(text) ?? undefined;
  return version?.prerelease.length === 0 ? version : undefined;
}
