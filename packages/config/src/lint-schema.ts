import { lintSeverities, ruleIds, ruleSet, type LintSeverity } from '@towpath/dockerfile-rules/ids';
import { suggest } from '@towpath/errors';
import * as z from 'zod';
import { filled, mapOf } from './schema-parts.ts';

/** The keys of `lint`: the rules for Dockerfiles. */

export const lintModes = ['warn', 'fail', 'off'] as const;
/** What `build` does about findings in Dockerfiles. `fail`: an error builds nothing. */
export type LintMode = (typeof lintModes)[number];

/** What a configuration says about a rule. */
export type LintRuleConfig =
  { readonly severity: LintSeverity } | { readonly off: true; readonly reason: string };

/** The settings of the rules for Dockerfiles. */
export interface LintConfig {
  /** What `build` does. */
  readonly build: LintMode;
  /** The version of the rules. Newer rules only inform. */
  readonly ruleSet: number;
  /** Keyed by the id of the rule. */
  readonly rules: ReadonlyMap<string, LintRuleConfig>;
}

export const plainLint: LintConfig = { build: 'warn', ruleSet, rules: new Map() };

const ruleName = z
  .string()
  .regex(/^(?:(?:hadolint|buildkit)\/\w{1,60}|[a-z][a-z-]{1,60})$/, {
    error: 'must be the id of a rule such as user-root, or hadolint/DL3059',
  })
  .superRefine((name, context) => {
    if (name.includes('/') || (ruleIds as readonly string[]).includes(name)) return;
    context.issues.push({
      code: 'custom',
      input: name,
      message: `is not a rule of lint. ${suggest(name, ruleIds)}`,
    });
  });

const off =
  'off needs a reason. Write { severity: off, reason: … }, so that others know why the rule does not apply';

const rule = z.union(
  [
    z.enum(lintSeverities).transform((severity): LintRuleConfig => ({ severity })),
    z
      .strictObject({ severity: z.enum([...lintSeverities, 'off']), reason: filled.optional() })
      .transform(({ severity, reason }, context): LintRuleConfig => {
        if (severity !== 'off') return { severity };
        if (reason !== undefined) return { off: true, reason };
        context.issues.push({ code: 'custom', input: severity, message: off });
        return z.NEVER;
      }),
  ],
  { error: ({ input }) => (input === 'off' || input === false ? off : undefined) },
);

const written = z.strictObject({
  build: z.enum(lintModes).optional(),
  'rule-set': z
    .int()
    .min(1, { error: 'must be the version of the rules, 1 or more' })
    .max(ruleSet, { error: `may be ${ruleSet} at most, the newest version of the rules` })
    .optional(),
  rules: mapOf(ruleName, rule).optional(),
});

export const lintSchema = z.union([
  z.enum(lintModes).transform((build): LintConfig => ({ ...plainLint, build })),
  written.transform((given): LintConfig => ({
    build: given.build ?? plainLint.build,
    ruleSet: given['rule-set'] ?? plainLint.ruleSet,
    rules: given.rules ?? plainLint.rules,
  })),
]);
