import * as z from 'zod';

/** At most 50 rules, in at most 30,720 characters (ECR user guide, "Service quotas"). */
export const maxRules = 50;
export const maxText = 30_720;

/** The default quota of images in a repository. A rule that keeps so many images keeps all of them. */
export const everyImage = 100_000;

const tags = z.array(z.string().min(1).max(128)).min(1);

/**
 * One rule of a lifecycle policy (ECR user guide, "Lifecycle policy properties"). `match: all` is Towpath's own key: it
 * confirms that an image must match every entry of a list. ECR never gets it.
 */
export const ruleSchema = z.strictObject({
  rulePriority: z.int().min(1).optional(),
  description: z.string().max(256).optional(),
  selection: z.strictObject({
    tagStatus: z.enum(['tagged', 'untagged', 'any']),
    tagPrefixList: tags.optional(),
    tagPatternList: tags.optional(),
    match: z.literal('all').optional(),
    storageClass: z.enum(['standard', 'archive']).optional(),
    countType: z.enum([
      'imageCountMoreThan',
      'sinceImagePushed',
      'sinceImagePulled',
      'sinceImageTransitioned',
    ]),
    countUnit: z.literal('days').optional(),
    countNumber: z.int().min(1),
  }),
  action: z.strictObject({
    type: z.enum(['expire', 'transition']),
    targetStorageClass: z.literal('archive').optional(),
  }),
});

export type LifecycleRule = z.infer<typeof ruleSchema>;

/**
 * Returns the text of a policy. Priorities count from 1 in the order of the rules. Members that ECR rejects or that mean
 * nothing are left out: nulls, and `storageClass: standard`.
 */
export function policyText(rules: readonly LifecycleRule[]): string {
  const written = rules.map(({ description, selection, action }, index) => {
    const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit, countNumber } = selection;
    const storageClass = selection.storageClass === 'archive' ? 'archive' : undefined;
    return {
      rulePriority: index + 1,
      description,
      selection: {
        tagStatus,
        tagPrefixList,
        tagPatternList,
        storageClass,
        countType,
        countUnit,
        countNumber,
      },
      action,
    };
  });
  return JSON.stringify({ rules: written });
}

/** Reads the text of a policy. Returns undefined if it has a form that Towpath does not know. */
export function readPolicy(text: string): readonly LifecycleRule[] | undefined {
  const document = z.object({ rules: z.array(ruleSchema) }).safeParse(withoutNulls(text));
  if (!document.success) return undefined;
  return document.data.rules.toSorted((a, b) => (a.rulePriority ?? 0) - (b.rulePriority ?? 0));
}

/**
 * Returns whether two policies do the same. White space, the order of keys, descriptions, gaps between priorities and
 * the order within a list make no difference, and neither does a prefix that is written as a pattern.
 */
export function samePolicy(one: string, other: string): boolean {
  if (one === other) return true;
  const [first, second] = [readPolicy(one), readPolicy(other)];
  if (first === undefined || second === undefined) return false;
  return JSON.stringify(first.map(meaningOf)) === JSON.stringify(second.map(meaningOf));
}

function meaningOf({ selection, action }: LifecycleRule): unknown {
  const { tagStatus, countType, countNumber, storageClass } = selection;
  return [
    tagStatus,
    patternsOf({ selection }),
    countType,
    countNumber,
    storageClass ?? 'standard',
    action.type,
  ];
}

/** Returns the patterns of a rule. An image must match all of them. */
export function patternsOf({ selection }: Pick<LifecycleRule, 'selection'>): readonly string[] {
  const { tagPatternList = [], tagPrefixList = [] } = selection;
  return [...new Set([...tagPatternList, ...tagPrefixList.map((prefix) => `${prefix}*`)])].sort();
}

function withoutNulls(text: string): unknown {
  try {
    return JSON.parse(text, (_, value: unknown) => (value === null ? undefined : value));
  } catch {
    return undefined;
  }
}

/** Returns a rule as one line for people. */
export function ruleText(rule: LifecycleRule): string {
  const { selection, action } = rule;
  const { tagStatus, countType, countNumber, storageClass } = selection;
  const patterns = patternsOf(rule);
  const tagged = patterns.length === 0 ? tagStatus : `tagged ${patterns.join(' and ')}`;
  const which = `${storageClass === 'archive' ? 'archived ' : ''}images (${tagged})`;
  const verb = action.type === 'expire' ? 'expire' : 'archive';
  switch (countType) {
    case 'imageCountMoreThan':
      return countNumber >= everyImage
        ? `keep all ${which}`
        : `${verb} all but the last ${countNumber} ${which}`;
    case 'sinceImagePushed':
      return `${verb} ${which} ${countNumber} days after their push`;
    case 'sinceImagePulled':
      return `${verb} ${which} ${countNumber} days after their last pull`;
    case 'sinceImageTransitioned':
      return `${verb} ${which} ${countNumber} days after they were archived`;
  }
}
