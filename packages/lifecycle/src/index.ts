export { coversPattern, matchesPattern, overlaps } from './pattern.ts';
export {
  expiryText,
  lifecycleRules,
  type Expiry,
  type LifecyclePreset,
  type ProtectedEnvironment,
  type Protection,
  type RuleSet,
} from './preset.ts';
export { maxRules, policyText, readPolicy, ruleSchema, samePolicy, type LifecycleRule } from './rule.ts';
export { ruleProblems } from './rule-problems.ts';
export { unusedRules } from './unused-rules.ts';
