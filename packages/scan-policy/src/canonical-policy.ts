import { digestOf, type Digest } from '@towpath/reference';
import type { GatePolicy, GateRules, Ignore } from './policy.ts';
import type { VexStatement } from './vex.ts';

/** The rules with all defaults. `cvss` and `epss` have none. */
export type EffectiveRules = Required<Omit<GateRules, 'cvss' | 'epss'>> & Pick<GateRules, 'cvss' | 'epss'>;

/** A policy with all defaults. */
export interface EffectivePolicy {
  readonly application: EffectiveRules;
  /** Equal to `application` if the policy has no rules for the base image. */
  readonly base: EffectiveRules;
  readonly baseline: string | undefined;
  readonly ignores: readonly Ignore[];
  readonly staleIgnores: 'warn' | 'fail';
  readonly vex: readonly VexStatement[];
  readonly attachedVex: boolean;
  readonly onUnsupported: 'fail' | 'warn' | 'report';
  /** Undefined: any age. */
  readonly maxAge: number | undefined;
}

const defaultRules = {
  failOn: 'critical',
  max: {},
  onlyFixable: false,
  unknownFix: 'fixable',
  kev: false,
  unknownExploitability: 'fail',
  grace: {},
  graceSince: 'first-seen',
} as const satisfies EffectiveRules;

/** Returns a policy with all defaults. */
export function withDefaults(policy: GatePolicy): EffectivePolicy {
  const application = rulesOf(policy);
  return {
    application,
    base: policy.base === undefined ? application : rulesOf(overlay(policy, policy.base)),
    baseline: policy.baseline,
    ignores: policy.ignores ?? [],
    staleIgnores: policy.staleIgnores ?? 'warn',
    vex: policy.vex ?? [],
    attachedVex: policy.attachedVex ?? false,
    onUnsupported: policy.onUnsupported ?? 'fail',
    maxAge: policy.maxAge,
  };
}

function overlay(rules: GateRules, base: Partial<GateRules>): Partial<GateRules> {
  return {
    ...rules,
    ...definedOf(base),
    max: { ...rules.max, ...base.max },
    grace: { ...rules.grace, ...base.grace },
  };
}

function rulesOf(rules: Partial<GateRules>): EffectiveRules {
  const written = { ...defaultRules, ...definedOf(rules) };
  return {
    failOn: written.failOn,
    max: definedOf(written.max),
    onlyFixable: written.onlyFixable,
    unknownFix: written.unknownFix,
    cvss: written.cvss,
    epss: written.epss,
    kev: written.kev,
    unknownExploitability: written.unknownExploitability,
    grace: definedOf(written.grace),
    graceSince: written.graceSince,
  };
}

function definedOf<T extends object>(map: T): T {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as T;
}

/** The version of {@link canonicalPolicy}. */
const canonicalVersion = 1;

/**
 * Returns the digest of a policy with its ignores and OpenVEX statements. Two policies have the same digest if they
 * judge in the same way by their keys: defaults that are written, the order of keys and lists, and the positions of
 * ignores do not matter.
 */
export function policyDigest(policy: GatePolicy): Digest {
  const { ignores, vex, ...effective } = withDefaults(policy);
  // JSON omits what is undefined.
  const decisions = ignores.map((one) => ({
    ...one,
    whenFixed: one.whenFixed ?? 'end',
    position: undefined,
  }));
  const statements = vex.map((one) => ({ ...one, document: undefined }));
  return digestOf(
    canonical({
      version: canonicalVersion,
      ...effective,
      ignores: decisions.map(canonical).sort(),
      vex: statements.map(canonical).sort(),
    }),
  );
}

/** Returns JSON with sorted keys. Keys that are undefined are omitted. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
