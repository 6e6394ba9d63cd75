/** The ids of all rules, in the order of the documentation. An id is never renamed within a major version. */
export const ruleIds = [
  'proxy-env',
  'proxy-arg',
  'secret-name',
  'secret-value',
  'secret-file',
  'git-folder',
  'base-tag',
  'base-digest',
  'base-mirror',
  'base-docker-hub',
  'platform-unknown',
  'platform-fixed',
  'target-platform',
  'lambda',
  'user-root',
  'user-missing',
  'stage-undefined',
  'stage-self',
  'stage-name',
  'stage-unused',
  'arg-undeclared',
  'arg-scope',
  'add-remote',
  'add-local',
  'package-unpinned',
  'dependency-unpinned',
  'package-cache',
  'package-update',
  'package-prompt',
  'shell-form',
  'exec-form',
  'command-repeated',
  'healthcheck',
  'stopsignal',
  'expose',
  'workdir-relative',
  'legacy-form',
  'instruction-unknown',
] as const;

export type RuleId = (typeof ruleIds)[number];

/** How much a finding matters, the worst first. */
export const lintSeverities = ['error', 'warning', 'info'] as const;
export type LintSeverity = (typeof lintSeverities)[number];

/**
 * The version of the rules. A rule of a newer version than the configured one is reported as `info`, so that an update
 * of Towpath fails no step.
 */
export const ruleSet = 1;
