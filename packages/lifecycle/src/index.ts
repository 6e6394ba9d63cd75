export { exposedImages, type ExposedImage } from './exposed-images.ts';
export { decisions, type AgedImage, type Forecast } from './forecast.ts';
export { coversPattern, matchesPattern } from './pattern.ts';
export {
  countOf,
  archiveNotes,
  lifecycleRules,
  type Expiry,
  type LifecyclePreset,
  type ProtectedEnvironment,
  type Protection,
  type RuleSet,
} from './preset.ts';
export { policyText, readPolicy, ruleSchema, ruleText, samePolicy, type LifecycleRule } from './rule.ts';
export { ruleProblems } from './rule-problems.ts';
export { unusedRules } from './unused-rules.ts';
