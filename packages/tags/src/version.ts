import compareBuild from 'semver/functions/compare-build.js';
import parse from 'semver/functions/parse.js';
import type SemVer from 'semver/classes/semver.js';
import { inNaturalOrder } from './natural-order.ts';

/** Words that select a source for the version. Any other text is the version itself. */
export const versionWords = ['auto', 'git-tag', 'package.json', 'short-sha'] as const;
export type VersionWord = (typeof versionWords)[number];

/** The sources from which a version can be read. */
export interface VersionSources {
  /** The git tag of the run, or the tags that point at its commit, in any order. */
  readonly gitTags: readonly string[];
  /** The images that the version is for. A repository with several packages has a tag for each of them. */
  readonly images?: readonly string[];
  /** The version in the root's package.json, if there is one. */
  readonly packageVersion?: string;
  /** The commit of the run. */
  readonly sha?: string;
}

/** A version, and a description of its source for messages. */
export interface Version {
  readonly version: string;
  readonly origin: string;
}

/** Git tags of several packages at one commit, if none applies to all images. */
export interface AmbiguousTags {
  readonly ambiguous: readonly string[];
}

/** The length that git uses for large repositories. A shorter one may be ambiguous. */
const shortLength = 12;

/** The version in package.json before one is set, for example by semantic-release or changesets. */
const placeholder = /^0\.0\.0(?:-|$)/;

/** A version of this length with an environment name before it is still a valid tag. */
const maxVersionLength = 100;

/**
 * Returns why a text cannot be a version, as the end of a sentence, or undefined if it can. A version may
 * contain characters that a tag cannot, such as `+`, but not characters that only an error in a workflow
 * causes.
 */
export function whyNoVersion(text: string): string | undefined {
  if (text.trim() === '') return 'is empty: the expression that it comes from has no value';
  if (text.includes('${{')) return 'is an expression that was not evaluated';
  if (/[\r\n]/.test(text)) return 'has more than one line';
  if (/\s/.test(text)) return 'contains a blank';
  if (/[${}%#()]/.test(text)) return 'is an expression that was not evaluated';
  const [foreign] = /[^\w.+~:/@-]/u.exec(text) ?? [];
  if (foreign !== undefined) return `contains ${JSON.stringify(foreign)}`;
  if (!/[0-9A-Za-z]/.test(text)) return 'contains no letter and no digit';
  if (/^(?:sha256-[0-9a-f]{64}|fp-[0-9a-f]{24}$)/.test(text))
    return 'has the form of the tags of attachments and fingerprints';
  if (text.length > maxVersionLength)
    return `has ${text.length} characters, and ${maxVersionLength} is the limit`;
  return undefined;
}

/**
 * Returns the version that a word selects, or undefined if its source has none.
 *
 * `auto` is the git tag of the run, else the version in package.json, else the short commit. The other words
 * select one of these.
 */
export function readVersion(word: VersionWord, sources: VersionSources): Version | AmbiguousTags | undefined {
  switch (word) {
    case 'git-tag':
      return fromGitTag(sources);
    case 'package.json':
      return fromPackage(sources);
    case 'short-sha':
      return fromCommit(sources);
    case 'auto':
      return fromGitTag(sources) ?? fromPackage(sources) ?? fromCommit(sources);
  }
}

/**
 * Compares two semantic versions by precedence, with their build metadata (semver.org, item 11).
 *
 * @returns negative if the first is older; undefined unless both are semantic versions. A `v` before them is ignored
 */
export function compareVersions(one: string, other: string): number | undefined {
  const [a, b] = [parse(one), parse(other)];
  return a === null || b === null ? undefined : compareBuild(a, b);
}

export function isVersionWord(text: string): text is VersionWord {
  return (versionWords as readonly string[]).includes(text);
}

/** A git tag that is a version, with its package. */
interface VersionTag {
  readonly tag: string;
  readonly version: string;
  /** Undefined for a version that does not follow semver.org, such as `24.04`. */
  readonly semantic: SemVer | undefined;
  /** `backend` for `backend/v1.4.0`, `@acme/backend` for `@acme/backend@1.4.0`; empty for the whole repository. */
  readonly package: string;
}

function fromGitTag({ gitTags, images = [] }: VersionSources): Version | AmbiguousTags | undefined {
  const tags = gitTags.flatMap((tag) => parseTag(tag) ?? []);
  const packages = Map.groupBy(tags, (tag) => tag.package);
  const [name = ''] = images.length === 1 ? images : [];
  const own = tags.filter((tag) => tag.package === name || tag.package.endsWith(`/${name}`));
  const of = own.length > 0 ? own : (packages.get('') ?? (packages.size > 1 ? undefined : tags));
  if (of === undefined) return { ambiguous: tags.map(({ tag }) => tag) };
  const [first, ...others] = of;
  if (first === undefined) return undefined;
  const highest = others.reduce((one, other) => (compareTags(one, other) < 0 ? other : one), first);
  return { version: highest.version, origin: `the git tag ${highest.tag}` };
}

/**
 * Compares tags. Semantic versions are sorted by precedence (semver.org, item 11) and above all others.
 * Others, such as `2026.01.31`, are sorted by their numbers. Equal versions are sorted by their tags, so that
 * the order never depends on git's configuration.
 */
function compareTags(one: VersionTag, other: VersionTag): number {
  const [a, b] = [one.semantic, other.semantic];
  if (a && b) return compareBuild(a, b) || (one.tag < other.tag ? -1 : 1);
  if (a || b) return a ? 1 : -1;
  return inNaturalOrder(one.version, other.version) || (one.tag < other.tag ? -1 : 1);
}

/**
 * Parses a git tag. A version is a semantic version, or two to four numbers such as `24.04`, `2026.01.31` and
 * `1.4.0.1`, with or without a suffix. `v1` and `nightly` move from version to version and are not versions.
 * The name of a package may come first, as in `backend/v1.4.0`, `@acme/backend@1.4.0`, and `backend-v1.4.0`
 * (release-please).
 */
function parseTag(tag: string): VersionTag | undefined {
  const start = Math.max(tag.lastIndexOf('/'), tag.lastIndexOf('@')) + 1;
  const text = tag.slice(start);
  const dash = /^\D.*?-v(?=\d)/.exec(text)?.[0] ?? '';
  const version = text.slice(dash.length).replace(/^v(?=\d)/, '');
  const semantic = parse(version) ?? undefined;
  const isVersion = semantic !== undefined || /^\d+(?:\.\d+){1,3}(?:-[0-9A-Za-z][\w.-]*)?$/.test(version);
  if (!isVersion || whyNoVersion(version) !== undefined) return undefined;
  return { tag, version, semantic, package: tag.slice(0, start + dash.length).replace(/(?:[/@]|-v)$/, '') };
}

function fromPackage({ packageVersion }: VersionSources): Version | undefined {
  if (packageVersion === undefined || packageVersion === '' || placeholder.test(packageVersion))
    return undefined;
  return { version: packageVersion, origin: 'package.json' };
}

function fromCommit({ sha }: VersionSources): Version | undefined {
  return sha === undefined ? undefined : { version: sha.slice(0, shortLength), origin: `the commit ${sha}` };
}
