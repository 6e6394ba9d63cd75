import valid from 'semver/functions/valid.js';

/** Words that stand for a version, where one is asked for; any other text is the version itself. */
export const versionWords = ['auto', 'git-tag', 'package.json', 'short-sha'] as const;
export type VersionWord = (typeof versionWords)[number];

/** What a version can be read from. */
export interface VersionSources {
  /** The git tags of the commit: the one that the run is of, or those that point at it. */
  readonly gitTags: readonly string[];
  /** What package.json in the root says, if there is one. */
  readonly packageVersion?: string;
  /** The commit that the run is of. */
  readonly sha?: string;
}

/** A version, and what it was read from, for people. */
export interface Version {
  readonly version: string;
  readonly origin: string;
}

/** As git shows commits of a large repository: a shorter one may mean several. */
const shortLength = 12;

/** What a package.json says as long as nobody gave it a version, semantic-release and changesets among them. */
const placeholder = /^0\.0\.0(?:-|$)/;

/**
 * The version that a word means; undefined when nothing tells it.
 *
 * `auto` is the git tag that the run is of, else the version in package.json, else the short commit. Each is asked
 * for alone by its own word.
 */
export function readVersion(word: VersionWord, sources: VersionSources): Version | undefined {
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

export function isVersionWord(text: string): text is VersionWord {
  return (versionWords as readonly string[]).includes(text);
}

function fromGitTag({ gitTags }: VersionSources): Version | undefined {
  return gitTags
    .map((tag) => ({ version: versionOfTag(tag), origin: `the git tag ${tag}` }))
    .find((one): one is Version => one.version !== undefined);
}

/** `1.4.0` of `v1.4.0`, and of `backend/v1.4.0` and `@acme/backend@1.4.0`, as repositories of several packages tag. */
function versionOfTag(tag: string): string | undefined {
  const [text = ''] = /[^/@]*$/.exec(tag) ?? [];
  const { version = '' } = /^v?(?<version>\d.*)$/.exec(text)?.groups ?? {};
  return valid(version) === null ? undefined : version;
}

function fromPackage({ packageVersion }: VersionSources): Version | undefined {
  if (packageVersion === undefined || packageVersion === '' || placeholder.test(packageVersion))
    return undefined;
  return { version: packageVersion, origin: 'package.json' };
}

function fromCommit({ sha }: VersionSources): Version | undefined {
  return sha === undefined ? undefined : { version: sha.slice(0, shortLength), origin: `the commit ${sha}` };
}
