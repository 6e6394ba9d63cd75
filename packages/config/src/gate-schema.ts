import { severities } from '@towpath/findings/severity';
import { graceStarts, parsePackagePattern } from '@towpath/scan-policy';
import * as z from 'zod';
import { duration } from './build-schema.ts';
import { filled, isObject, path, refuse } from './schema-parts.ts';

/** The keys of a gate: in `gate` of the file, in `gate` of an environment, and in a policy file. */

/** The maximum number of days until an ignore expires. A leap year has 366 days. */
const maxIgnoreDays = 366;

/** The maximum number of OpenVEX documents of a policy. */
const maxVexFiles = 50;

const millisecondsPerDay = 86_400_000;

/** YAML reads `7.0` as a text, because it is no usual form of a number. */
function score(highest: number, example: string): z.ZodType<number, number | string> {
  const error = `must be a score from 0 to ${highest}, e.g. ${example}`;
  const decimal = z.string().regex(/^\d{1,2}(?:\.\d{1,10})?$/, { error });
  return z
    .union([z.number({ error }).min(0, { error }).max(highest, { error }), decimal], { error })
    .transform(Number)
    .refine((value) => value <= highest, { error });
}

/** A whole number for each severity. */
function bySeverity(highest: number, error: string) {
  const number = z.int({ error }).min(0, { error }).max(highest, { error }).optional();
  return z.strictObject({
    critical: number,
    high: number,
    medium: number,
    low: number,
    informational: number,
    undefined: number,
  });
}

const ruleKeys = {
  'fail-on': z.enum([...severities, 'none']).optional(),
  max: bySeverity(1_000_000, 'must be a number of findings such as 5').optional(),
  'only-fixable': z.boolean().optional(),
  'unknown-fix': z.enum(['fixable', 'unfixable']).optional(),
  cvss: score(10, '7.5').optional(),
  epss: score(1, '0.1').optional(),
  kev: z.boolean().optional(),
  'unknown-exploitability': z.enum(['fail', 'allow']).optional(),
  grace: bySeverity(3650, 'must be a number of days such as 30').optional(),
  'grace-since': z.enum(graceStarts).optional(),
};

const rulesSchema = z.strictObject(ruleKeys);

const packagePattern = z
  .string()
  .transform(
    (text, context) =>
      parsePackagePattern(text) ??
      refuse(context, text, 'the name of a package, or a package URL such as pkg:deb/debian/openssl@3.0.1'),
  );

const ignoreSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[^\s*]{1,200}$/, { error: 'must be the id of a vulnerability such as CVE-2026-1234' })
      .optional(),
    package: packagePattern.optional(),
    path: filled.optional(),
    image: filled.optional(),
    severity: z.enum(severities).optional(),
    'when-fixed': z.enum(['end', 'keep']).optional(),
    reason: filled,
    owner: filled,
    expires: z.string().superRefine(checkExpires),
  })
  .superRefine(requireMatcher, { when: () => true });

/** The schema of the keys of a gate. */
const gateKeys = {
  ...ruleKeys,
  base: rulesSchema.optional(),
  baseline: filled.optional(),
  ignore: z.array(ignoreSchema).optional(),
  'stale-ignores': z.enum(['warn', 'fail']).optional(),
  vex: z
    .array(path)
    .max(maxVexFiles, { error: `may have at most ${maxVexFiles} files` })
    .optional(),
  'attached-vex': z.boolean().optional(),
  'on-unsupported': z.enum(['fail', 'warn', 'report']).optional(),
  'max-age': duration.optional(),
};

export const gateSchema = z.strictObject({ policy: path.optional(), ...gateKeys });

/** The schema of a policy file. It names no other one. */
export const gatePolicySchema = z.strictObject({ $schema: z.string().optional(), ...gateKeys });

export type WrittenGate = z.output<typeof gateSchema>;
export type WrittenRules = z.output<typeof rulesSchema>;

/** Reports a date that does not exist, and one that is too far away. A date in the past is a stale ignore. */
function checkExpires(text: string, { issues }: z.core.$RefinementCtx): void {
  const report = (message: string) => issues.push({ code: 'custom', input: text, message });
  const day = dayOf(text);
  if (day === undefined) {
    report(
      `must be a date such as ${isoDay(Date.now() + 90 * millisecondsPerDay)}, not ${JSON.stringify(text)}`,
    );
    return;
  }
  const latest = Date.now() + maxIgnoreDays * millisecondsPerDay;
  if (day > latest) report(`is ${text}, more than a year away. The latest date is ${isoDay(latest)}`);
}

/** Returns the start of a day such as `2026-12-31` in milliseconds, or undefined if the day does not exist. */
function dayOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const day = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(day) && isoDay(day) === text ? day : undefined;
}

function isoDay(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** Reports an ignore for all findings. It runs even if the ignore has other errors. */
function requireMatcher(ignore: unknown, { issues }: z.core.$RefinementCtx): void {
  if (!isObject(ignore) || ['id', 'package', 'path'].some((key) => key in ignore)) return;
  issues.push({
    code: 'custom',
    input: ignore,
    message: 'would ignore all findings. Add an id such as id: CVE-2026-1234, a package or a path',
  });
}
