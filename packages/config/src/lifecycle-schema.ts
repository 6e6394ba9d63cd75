import {
  ruleProblems,
  ruleSchema,
  type Expiry,
  type LifecyclePreset,
  type LifecycleRule,
} from '@towpath/lifecycle';
import * as z from 'zod';
import { parseDuration } from './duration.ts';
import { recordOf, refuse } from './schema-parts.ts';

/** How images of a repository expire: by a preset, by ECR's own rules, or never. */
export type LifecycleConfig =
  | ({ readonly kind: 'preset' } & LifecyclePreset)
  | { readonly kind: 'rules'; readonly rules: readonly LifecycleRule[] }
  | { readonly kind: 'none' };

const oneDay = 24 * 60 * 60 * 1000;

/** Returns the days of a duration such as `7d` or `2w`, or undefined if it is not a whole number of days. */
function daysOf(text: string): number | undefined {
  const days = (parseDuration(text) ?? 0) / oneDay;
  return Number.isInteger(days) && days > 0 ? days : undefined;
}

const days = z
  .string()
  .transform(
    (text, context) => daysOf(text) ?? refuse(context, text, 'a number of whole days such as 7d or 2w'),
  );

const expiry = z.string().transform((text, context): Expiry => {
  const { count } = /^keep (?<count>[1-9]\d{0,4})$/.exec(text)?.groups ?? {};
  if (count !== undefined) return { keep: Number(count) };
  const age = daysOf(text);
  return age === undefined
    ? refuse(context, text, 'whole days such as 7d, or keep and a number such as keep 5')
    : { days: age };
});

/** At most four wildcards (ECR user guide, "Lifecycle policy properties"). */
const expiryKey = z
  .string()
  .regex(/^[\w.*-]{1,128}$/, { error: 'must be untagged, a prefix of tags, or a pattern with *' })
  .refine((key) => key.split('*').length <= 5, { error: 'may have at most four *' });

const count = z
  .int()
  .min(1, { error: 'must be 1 or more' })
  .max(99_999, { error: 'must be less than 100000' });

const map = z
  .strictObject({
    keep: count.optional(),
    expire: recordOf(expiryKey, expiry).optional(),
    environments: z.record(z.string(), count).optional(),
    archive: z.strictObject({ after: days, delete: days.optional() }).optional(),
    rules: z.array(ruleSchema).superRefine(checkRules).optional(),
  })
  .transform(({ rules, keep, expire, environments, archive }, context): LifecycleConfig => {
    const preset = { keep, expire, environments, archive };
    const [used] = Object.entries(preset).find(([, value]) => value !== undefined) ?? [];
    if (rules === undefined) {
      if (used === undefined && context.issues.length === 0)
        context.issues.push({
          code: 'custom',
          input: {},
          message:
            'needs keep, expire, environments, archive or rules. To expire nothing, write lifecycle: none',
        });
      return { kind: 'preset', keep, expire: expire ?? {}, environments: environments ?? {}, archive };
    }
    if (used !== undefined)
      context.issues.push({
        code: 'custom',
        input: used,
        path: [used],
        message: 'cannot be combined with rules. Remove one of them',
      });
    return { kind: 'rules', rules };
  });

/** The key `lifecycle` of a repository's settings. */
export const lifecycleSchema = z.union([
  z.literal('none').transform((): LifecycleConfig => ({ kind: 'none' })),
  map,
]);

function checkRules(rules: readonly LifecycleRule[], { issues }: z.core.$RefinementCtx): void {
  for (const { index, message } of ruleProblems(rules))
    issues.push({ code: 'custom', input: rules, path: index === undefined ? [] : [index], message });
}
