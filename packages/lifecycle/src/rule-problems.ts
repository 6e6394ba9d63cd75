import { maxRules, maxText, patternsOf, policyText, type LifecycleRule } from './rule.ts';

/** A rule that ECR rejects, or that does something else than it seems to. */
export interface RuleProblem {
  /** The index of the rule. Undefined: the list as a whole. */
  readonly index?: number;
  readonly message: string;
}

/** Archived images cost at least 90 days, and no rule can delete them earlier (ECR user guide, "Archiving an image"). */
export const minArchiveDays = 90;

const maxWildcards = 4;

/** Returns all problems of a list of rules (ECR user guide, "Lifecycle policy properties"). */
export function ruleProblems(rules: readonly LifecycleRule[]): readonly RuleProblem[] {
  return [
    ...listProblems(rules),
    ...rules.flatMap((rule, index) =>
      [...selectionProblems(rule), ...actionProblems(rule)].map((message) => ({ index, message })),
    ),
  ];
}

function listProblems(rules: readonly LifecycleRule[]): RuleProblem[] {
  if (rules.length === 0) return [{ message: 'must have a rule' }];
  const problems: RuleProblem[] = [];
  if (rules.length > maxRules)
    problems.push({ message: `has ${rules.length} rules: ECR allows ${maxRules}` });
  const { length } = policyText(rules);
  if (length > maxText) problems.push({ message: `has ${length} characters as JSON: ECR allows ${maxText}` });
  for (const storageClass of ['standard', 'archive'] as const) {
    const own = rules.flatMap(({ selection }, index) =>
      (selection.storageClass ?? 'standard') === storageClass ? [{ index, status: selection.tagStatus }] : [],
    );
    for (const status of ['untagged', 'any'] as const) {
      const [, second] = own.filter((one) => one.status === status);
      if (second !== undefined)
        problems.push({ index: second.index, message: `is the second rule with tagStatus: ${status}` });
    }
    const any = own.slice(0, -1).find(({ status }) => status === 'any');
    if (any !== undefined)
      problems.push({ index: any.index, message: 'has tagStatus: any and must be the last rule' });
  }
  return problems;
}

function selectionProblems({ selection }: LifecycleRule): string[] {
  const { tagStatus, tagPrefixList, tagPatternList, match } = selection;
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined);
  const problems: string[] = [];
  if (tagStatus === 'tagged' && lists.length !== 1)
    problems.push('needs either tagPatternList or tagPrefixList, because its tagStatus is tagged');
  if (tagStatus !== 'tagged' && lists.length > 0)
    problems.push(`cannot select tags, because its tagStatus is ${tagStatus}`);
  const patterns = patternsOf({ selection });
  if (patterns.length > 1 && match !== 'all')
    problems.push(
      `selects only images that match every entry of [${patterns.join(', ')}]. Write one rule for each entry, or match: all if this is what you want`,
    );
  for (const pattern of tagPatternList ?? [])
    if (pattern.split('*').length - 1 > maxWildcards)
      problems.push(`has the pattern ${pattern} with more than ${maxWildcards} wildcards`);
  return problems;
}

function actionProblems({ selection, action }: LifecycleRule): string[] {
  const { countType, countUnit, countNumber, storageClass } = selection;
  const { type, targetStorageClass } = action;
  const problems: string[] = [];
  if (countType === 'imageCountMoreThan' && countUnit !== undefined)
    problems.push('counts images, so it cannot have a countUnit');
  if (countType !== 'imageCountMoreThan' && countUnit === undefined)
    problems.push(`needs countUnit: days, because it counts ${countType}`);
  if (type === 'transition' && targetStorageClass !== 'archive')
    problems.push('needs targetStorageClass: archive, because its action is transition');
  if (type === 'expire' && targetStorageClass !== undefined)
    problems.push('cannot have a targetStorageClass, because its action is expire');
  if (countType === 'sinceImagePulled' && type === 'expire')
    problems.push('cannot expire images by sinceImagePulled: it can only archive them');
  if (countType === 'sinceImageTransitioned' && (type !== 'expire' || storageClass !== 'archive'))
    problems.push('must expire images of storageClass: archive, because it counts sinceImageTransitioned');
  if (countType === 'sinceImageTransitioned' && countNumber < minArchiveDays)
    problems.push(`must keep archived images for at least ${minArchiveDays} days`);
  if (countType !== 'sinceImageTransitioned' && storageClass === 'archive')
    problems.push('can select archived images only by sinceImageTransitioned');
  return problems;
}
