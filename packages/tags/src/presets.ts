/** Named sets of tag templates, used as `preset:git` in a list of templates. */
export const presets = {
  /** The default of `publish`. */
  version: ['build-{version}'],
  /** The default of `promote`. */
  environment: ['{environment}-{version}'],
  /** A lifecycle rule can match short-lived images by these prefixes. */
  git: ['gitsha_{sha}', 'gitbranch_{branch}', 'gitpr_{pr}'],
  /** The commit is recognizable, and another build of it gets another tag. */
  commit: ['{sha}-{timestamp}'],
  /** The build is recognizable on any CI system, and another build of the same execution gets another tag. */
  pipeline: ['{execution-id}-{timestamp}', '{build-id}'],
  /** The version, and the aliases that move to it. */
  semver: ['{version}', '{major}.{minor}', '{major}', 'latest'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
