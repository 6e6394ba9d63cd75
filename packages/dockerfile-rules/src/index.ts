export { copiedNames, copiesFiles } from './copies.ts';
export { externalFinding } from './external.ts';
export { readContextSecrets, type ContextSecrets } from './context-secrets.ts';
export { applyEdits, type Edit } from './edits.ts';
export { lintSeverities, ruleIds, ruleSet, type LintSeverity, type RuleId } from './ids.ts';
export {
  lint,
  type LintFinding,
  type LintResult,
  type LintSettings,
  type RuleSetting,
  type SuppressedFinding,
  unreadableFinding,
} from './lint.ts';
export type { LackingPlatform, LintOptions } from './options.ts';
export type { Rule } from './rule.ts';
export { ruleOf, rules } from './rules.ts';
