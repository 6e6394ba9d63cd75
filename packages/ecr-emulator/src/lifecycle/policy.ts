import type { Refusal } from '../refusal.ts';
import { invalidParameter } from '../registry/exceptions.ts';

/** A lifecycle policy (ECR User Guide, "Lifecycle policy properties"). */
export interface LifecyclePolicy {
  /** The rules, sorted by priority. */
  readonly rules: readonly LifecycleRule[];
}

export interface LifecycleRule {
  readonly rulePriority: number;
  readonly description?: string;
  readonly selection: LifecycleSelection;
  readonly action: { readonly type: 'expire' | 'transition'; readonly targetStorageClass?: 'archive' };
}

export interface LifecycleSelection {
  readonly tagStatus: 'tagged' | 'untagged' | 'any';
  readonly tagPrefixList?: readonly string[];
  /** Patterns in which `*` matches any characters. */
  readonly tagPatternList?: readonly string[];
  readonly storageClass?: 'standard' | 'archive';
  readonly countType:
    'imageCountMoreThan' | 'sinceImagePushed' | 'sinceImagePulled' | 'sinceImageTransitioned';
  readonly countUnit?: 'days';
  readonly countNumber: number;
}

const maxRules = 50;
const maxWildcards = 4;
const maxText = 30_720;

/** @throws Refusal InvalidParameterException */
export function checkLifecyclePolicy(text: string): void {
  parseLifecyclePolicy(text);
}

/** @throws Refusal InvalidParameterException, with the messages of ECR's schema validator as far as they are known */
export function parseLifecyclePolicy(text: string): LifecyclePolicy {
  if (text.length > maxText) throw failure(`a policy has at most ${maxText} characters`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw failure('Could not map policyString into LifecyclePolicy.');
  }
  const { rules } = membersOf(document, ['rules'], []);
  if (!Array.isArray(rules))
    throw failure('instance type does not match any allowed primitive type (allowed: ["array"])');
  if (rules.length < 1 || rules.length > maxRules) {
    throw failure(`array has ${rules.length} elements, from 1 to ${maxRules} are allowed`);
  }
  const parsed = rules.map(parseRule).sort((a, b) => a.rulePriority - b.rulePriority);
  checkRules(parsed);
  return { rules: parsed };
}

function failure(reason: string): Refusal {
  return invalidParameter('LifecyclePolicyText', `Lifecycle policy validation failure: ${reason}`);
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown, required: readonly string[], optional: readonly string[]): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw failure('instance type does not match any allowed primitive type (allowed: ["object"])');
  }
  const members = value as Members;
  const missing = required.filter((name) => members[name] === undefined);
  if (missing.length > 0) {
    throw failure(`object has missing required properties (${JSON.stringify(missing)})`);
  }
  const unknown = Object.keys(members).filter((name) => ![...required, ...optional].includes(name));
  if (unknown.length > 0) {
    throw failure(
      `object instance has properties which are not allowed by the schema: ${JSON.stringify(unknown)}`,
    );
  }
  return members;
}

function parseRule(value: unknown): LifecycleRule {
  const rule = membersOf(value, ['rulePriority', 'selection', 'action'], ['description']);
  const { description } = rule;
  if (description !== undefined && typeof description !== 'string')
    throw failure('description must be a string');
  const selection = parseSelection(rule.selection);
  const action = membersOf(rule.action, ['type'], ['targetStorageClass']);
  const type = oneOf(action.type, ['expire', 'transition'] as const);
  const { targetStorageClass } = action;
  if ((type === 'transition') !== (targetStorageClass !== undefined)) {
    throw failure('targetStorageClass belongs to an action of the type transition');
  }
  if (type === 'transition' && selection.storageClass === 'archive') {
    throw failure('an archived image cannot be transitioned');
  }
  checkAction(selection, type);
  return {
    rulePriority: positiveInteger(rule.rulePriority),
    ...(description !== undefined && { description }),
    selection,
    action: {
      type,
      ...(targetStorageClass !== undefined && {
        targetStorageClass: oneOf(targetStorageClass, ['archive'] as const),
      }),
    },
  };
}

/** ECR charges an archived image for this time at least (ECR User Guide, "Archiving an image"). */
const minArchiveDays = 90;

/** Checks which actions a count type allows. */
function checkAction(
  { countType, countNumber }: LifecycleSelection,
  type: LifecycleRule['action']['type'],
): void {
  if (countType === 'sinceImagePulled' && type !== 'transition')
    throw failure('sinceImagePulled allows only the action transition');
  if (countType === 'sinceImageTransitioned' && countNumber < minArchiveDays)
    throw failure(`archived images are kept for at least ${minArchiveDays} days`);
}

function parseSelection(value: unknown): LifecycleSelection {
  const selection = membersOf(
    value,
    ['tagStatus', 'countType', 'countNumber'],
    ['tagPrefixList', 'tagPatternList', 'storageClass', 'countUnit'],
  );
  const tagStatus = oneOf(selection.tagStatus, ['any', 'tagged', 'untagged'] as const);
  const countType = oneOf(selection.countType, countTypes);
  const { countUnit, storageClass } = selection;
  if ((countType === 'imageCountMoreThan') !== (countUnit === undefined)) {
    throw failure('instance failed to match exactly one schema (matched 0 out of 2)');
  }
  const transitioned = countType === 'sinceImageTransitioned';
  if (transitioned !== (storageClass === 'archive'))
    throw failure('sinceImageTransitioned and the storageClass archive belong together');
  const tagPrefixList = tagsOf(selection.tagPrefixList);
  const tagPatternList = tagsOf(selection.tagPatternList);
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined);
  if (lists.length !== (tagStatus === 'tagged' ? 1 : 0)) {
    throw failure('tagged images need either tagPrefixList or tagPatternList, others neither');
  }
  if (tagPatternList?.some((pattern) => pattern.split('*').length - 1 > maxWildcards)) {
    throw failure(`a tag pattern has at most ${maxWildcards} wildcards`);
  }
  return {
    tagStatus,
    countType,
    countNumber: positiveInteger(selection.countNumber),
    ...(countUnit !== undefined && { countUnit: oneOf(countUnit, ['days'] as const) }),
    ...(storageClass !== undefined && {
      storageClass: oneOf(storageClass, ['archive', 'standard'] as const),
    }),
    ...(tagPrefixList !== undefined && { tagPrefixList }),
    ...(tagPatternList !== undefined && { tagPatternList }),
  };
}

const countTypes = [
  'imageCountMoreThan',
  'sinceImagePulled',
  'sinceImagePushed',
  'sinceImageTransitioned',
] as const;

function oneOf<T extends string>(value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw failure(
    `instance value (${JSON.stringify(value)}) not found in enum (possible values: ${JSON.stringify(known)})`,
  );
}

function positiveInteger(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw failure('instance must be an integer');
  if (value < 1) {
    throw failure(`numeric instance is lower than the required minimum (minimum: 1, found: ${value})`);
  }
  return value;
}

function tagsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const isList = Array.isArray(value) && value.every((tag) => typeof tag === 'string' && tag !== '');
  if (!isList || value.length === 0) throw failure('a list of tags is a list of strings that are not empty');
  return value as readonly string[];
}

/** Checks the constraints between the rules of a policy. */
function checkRules(rules: readonly LifecycleRule[]): void {
  const priorities = new Set(rules.map(({ rulePriority }) => rulePriority));
  if (priorities.size < rules.length) throw failure('rulePriority is unique within a policy');
  for (const storageClass of ['standard', 'archive'] as const) {
    const statuses = rules
      .filter(({ selection }) => (selection.storageClass ?? 'standard') === storageClass)
      .map(({ selection }) => selection.tagStatus);
    checkPatterns(rules, storageClass);
    for (const once of ['untagged', 'any'] as const) {
      if (statuses.filter((status) => status === once).length > 1) {
        throw failure(`only one rule of a policy has the tagStatus ${once}`);
      }
    }
    if (statuses.slice(0, -1).includes('any'))
      throw failure('the rule for any images has the highest rulePriority');
  }
}

/** All rules for a storage class need different prefixes (ECR User Guide, "Lifecycle policy evaluation rules"). */
function checkPatterns(rules: readonly LifecycleRule[], storageClass: 'standard' | 'archive'): void {
  const lists = rules
    .filter(({ selection }) => (selection.storageClass ?? 'standard') === storageClass)
    .flatMap(({ selection: { tagPatternList, tagPrefixList } }) => {
      const list = tagPatternList ?? tagPrefixList?.map((prefix) => `${prefix}*`);
      return list === undefined ? [] : [JSON.stringify([...list].sort())];
    });
  if (new Set(lists).size < lists.length) throw failure('two rules of a policy have the same tags');
}
