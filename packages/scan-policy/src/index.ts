export { policyDigest } from './canonical-policy.ts';
export type { Baseline, ImageLayers, JudgeContext, JudgedImage, KnownFinding, Layer } from './context.ts';
export { describePolicy } from './describe-policy.ts';
export { judge } from './judge.ts';
export { isBase } from './origin.ts';
export { parsePackageUrl } from './package-url.ts';
export {
  countAllowed,
  type AcceptedFinding,
  type DeferredFinding,
  type Judgement,
  type StaleIgnore,
  type Verdict,
  type Violation,
} from './judgement.ts';
export { mergePolicies, type PartialPolicy } from './merge-policies.ts';
export { staleIgnores, type NamedJudgement } from './stale-ignores.ts';
export { parsePackagePattern, type PackagePattern } from './package-url.ts';
export {
  defaultPolicy,
  graceStarts,
  type BySeverity,
  type GatePolicy,
  type GateRules,
  type Ignore,
} from './policy.ts';
export type { VexComponent, VexProduct, VexStatement } from './vex.ts';
