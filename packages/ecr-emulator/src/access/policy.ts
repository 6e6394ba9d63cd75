import { matchesWildcard } from '../registry/wildcard.ts';
import type { Caller } from './caller.ts';

/** A policy document of IAM's grammar, as far as resources of ECR use it. */
export interface Policy {
  readonly statements: readonly Statement[];
}

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** `*`, account ids and ARNs; principals of other kinds (services) are no callers here. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  /** Undefined in a repository's policy, which speaks of its repository alone. */
  readonly resources: readonly string[] | undefined;
  readonly conditions: readonly Condition[];
}

interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

/** @throws SyntaxError saying what is wrong */
export function parsePolicy(text: string): Policy {
  const document = membersOf(JSON.parse(text), 'the policy');
  const statements = document.Statement;
  const list = Array.isArray(statements) ? (statements as unknown[]) : [statements];
  return { statements: list.map((one) => parseStatement(membersOf(one, 'Statement'))) };
}

function parseStatement(statement: Members): Statement {
  const effect = statement.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') throw new SyntaxError('Effect is Allow or Deny');
  const actions = stringsOf(statement.Action, 'Action');
  if (actions.some((action) => action !== '*' && !action.startsWith('ecr:'))) {
    throw new SyntaxError('Action is of another service');
  }
  return {
    effect,
    principals: principalsOf(statement.Principal),
    actions,
    resources: statement.Resource === undefined ? undefined : stringsOf(statement.Resource, 'Resource'),
    conditions: conditionsOf(statement.Condition),
  };
}

function principalsOf(principal: unknown): string[] {
  if (principal === '*') return ['*'];
  const members = membersOf(principal, 'Principal');
  const unknown = Object.keys(members).filter((kind) => !['AWS', 'Service', 'Federated'].includes(kind));
  if (unknown.length > 0) throw new SyntaxError(`Principal knows no ${unknown.join(', ')}`);
  if (members.AWS === undefined) return [];
  const principals = stringsOf(members.AWS, 'Principal');
  if (principals.some((one) => !principalPattern.test(one)))
    throw new SyntaxError('Principal does not exist');
  return principals;
}

const principalPattern =
  /^(?:\*|\d{12}|arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role)\/.+))$/;

function conditionsOf(condition: unknown): Condition[] {
  if (condition === undefined) return [];
  return Object.entries(membersOf(condition, 'Condition')).flatMap(([operator, keys]) => {
    if (!Object.hasOwn(operators, operator)) throw new SyntaxError(`Condition knows no ${operator}`);
    return Object.entries(membersOf(keys, operator)).map(([key, values]) => ({
      operator,
      key: key.toLowerCase(),
      values: stringsOf(values, key),
    }));
  });
}

function membersOf(value: unknown, name: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new SyntaxError(`${name} is no object`);
}

function stringsOf(value: unknown, name: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((one) => typeof one === 'string')) return list;
  throw new SyntaxError(`${name} is no string and no list of strings`);
}

/** What a policy is asked. */
export interface Question {
  readonly caller: Caller;
  /** E.g. `ecr:BatchGetImage`. */
  readonly action: string;
  /** An ARN. */
  readonly resource: string;
}

/** What the policies together say; an explicit Deny wins, silence is neither (IAM User Guide, evaluation logic). */
export function decide(policies: readonly Policy[], question: Question): 'allow' | 'deny' | 'silent' {
  const matching = policies.flatMap(({ statements }) => statements.filter((one) => applies(one, question)));
  if (matching.some(({ effect }) => effect === 'Deny')) return 'deny';
  return matching.length > 0 ? 'allow' : 'silent';
}

function applies({ principals, actions, resources, conditions }: Statement, question: Question): boolean {
  const { action, resource, caller } = question;
  return (
    principals.some((principal) => isPrincipal(principal, caller)) &&
    actions.some((one) => matchesWildcard(one.toLowerCase(), action.toLowerCase())) &&
    (resources === undefined || resources.some((one) => matchesWildcard(one, resource))) &&
    conditions.every((condition) => holds(condition, caller))
  );
}

function isPrincipal(principal: string, { account, arn }: Caller): boolean {
  if (principal === '*' || principal === account || principal === arn) return true;
  if (principal.endsWith(`:iam::${account}:root`)) return true;
  // A session of a role is the role, whatever path the role has:
  // arn:aws:sts::1:assumed-role/NAME/SESSION acts as arn:aws:iam::1:role/PATH/NAME.
  const session = /^arn:[^:]+:sts::(?<account>\d+):assumed-role\/(?<name>[^/]+)\//.exec(arn)?.groups;
  const role = /^arn:[^:]+:iam::(?<account>\d+):role\/(?:.+\/)?(?<name>[^/]+)$/.exec(principal)?.groups;
  return session !== undefined && session.account === role?.account && session.name === role?.name;
}

/** The operators that are known; every value is compared as a text. */
const operators: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  StringEquals: (pattern, value) => pattern === value,
  StringEqualsIgnoreCase: (pattern, value) => pattern.toLowerCase() === value.toLowerCase(),
  StringLike: matchesWildcard,
  ArnEquals: matchesWildcard,
  ArnLike: matchesWildcard,
};

/** A key that the request does not have makes no condition true: an Allow then allows nobody. */
function holds({ operator, key, values }: Condition, { account, arn }: Caller): boolean {
  const present: Readonly<Record<string, string>> = {
    'aws:principalaccount': account,
    'aws:principalarn': arn,
  };
  const value = present[key];
  const test = operators[operator];
  return value !== undefined && test !== undefined && values.some((pattern) => test(pattern, value));
}
