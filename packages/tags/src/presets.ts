/** Schemes of tags that have a name: what stands for `preset:git` in a list of templates. */
export const presets = {
  /** What `publish` applies where nothing else is configured. */
  version: ['build-{version}'],
  /** What `promote` applies where nothing else is configured. */
  environment: ['{environment}-{version}'],
  /** Prefixes that a lifecycle rule can tell short-lived images by. */
  git: ['gitsha_{sha}', 'gitbranch_{branch}', 'gitpr_{pr}'],
  /** Traceable to the commit, and free for another build of it. */
  commit: ['{sha}-{timestamp}'],
  /** Traceable to what built it, on any CI system, and free for another build of it. */
  pipeline: ['{execution-id}-{timestamp}', '{build-id}'],
  /** The version, and what moves with it. */
  semver: ['{version}', '{major}.{minor}', '{major}', 'latest'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
