import type { Caller } from './caller.ts';
import { parseRoleArn, roleOfSession } from './arn.ts';
import { holds, isLike, parseOperator, type Condition } from './condition.ts';

/** A policy document in the part of IAM's grammar that ECR and its callers use. */
export interface Policy {
  readonly statements: readonly Statement[];
}

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** `*`, account ids and ARNs. The policy of a role has no principals and gets `*`. Services are never callers here. */
  readonly principals: Selection;
  readonly actions: Selection;
  /** The policies of repositories and trust policies have no resources and get `*`. */
  readonly resources: Selection;
  readonly conditions: readonly Condition[];
}

/** The patterns of an element such as `Action`, or the excluded patterns of its opposite, such as `NotAction`. */
interface Selection {
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

/** The kinds of policies, and the elements of their statements. */
const kinds = {
  // Repository policies have no resources (awsdocs/amazon-ecr-user-guide#20), registry policies need them (pulumi/pulumi-aws#2326).
  repository: { principal: true, resource: false, actions: /^ecr:/i },
  'public repository': { principal: true, resource: false, actions: /^ecr-public:/i },
  registry: { principal: true, resource: true, actions: /^ecr:/i },
  // A role has an identity policy and a trust policy (IAM User Guide, "Policies and permissions").
  identity: { principal: false, resource: true, actions: /^[a-z0-9-]+:/i },
  trust: { principal: true, resource: false, actions: /^sts:/i },
} as const;

type PolicyKind = keyof typeof kinds;

/** @throws SyntaxError with the first error */
export function parsePolicy(text: string, kind: PolicyKind): Policy {
  const document = membersOf(JSON.parse(text), 'the policy');
  const statements = document.Statement;
  const list = Array.isArray(statements) ? (statements as unknown[]) : [statements];
  return { statements: list.map((one) => parseStatement(membersOf(one, 'Statement'), kind)) };
}

function parseStatement(statement: Members, kind: PolicyKind): Statement {
  const rules = kinds[kind];
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw new SyntaxError('Effect is Allow or Deny');
  const actions = selectionOf(statement, 'Action', stringsOf);
  if (actions.patterns.some((action) => action !== '*' && !rules.actions.test(action))) {
    throw new SyntaxError('Action belongs to another service');
  }
  return {
    effect,
    principals: elementOf(statement, 'Principal', principalsOf, rules.principal),
    actions,
    resources: elementOf(statement, 'Resource', stringsOf, rules.resource),
    conditions: conditionsOf(statement.Condition),
  };
}

/** Parses an element. If policies of this kind must not have it, returns a selection of everything. */
function elementOf(
  statement: Members,
  name: 'Principal' | 'Resource',
  parse: (value: unknown, name: string) => string[],
  expected: boolean,
): Selection {
  if (expected) return selectionOf(statement, name, parse);
  if (statement[name] === undefined && statement[`Not${name}`] === undefined) {
    return { negated: false, patterns: ['*'] };
  }
  throw new SyntaxError(`${name} is not allowed in this kind of policy`);
}

/** Parses an element of a statement or its opposite. Exactly one of the two must exist. */
function selectionOf(
  statement: Members,
  name: 'Principal' | 'Action' | 'Resource',
  parse: (value: unknown, name: string) => string[],
): Selection {
  const negated = statement[name] === undefined;
  if (!negated && statement[`Not${name}`] !== undefined)
    throw new SyntaxError(`${name} and Not${name} exclude each other`);
  const element = negated ? `Not${name}` : name;
  return { negated, patterns: parse(statement[element], element) };
}

function principalsOf(principal: unknown, name: string): string[] {
  if (principal === '*') return ['*'];
  const members = membersOf(principal, name);
  const unknown = Object.keys(members).filter((kind) => !['AWS', 'Service', 'Federated'].includes(kind));
  if (unknown.length > 0) throw new SyntaxError(`${name} has an unknown key ${unknown.join(', ')}`);
  const principals = members.AWS === undefined ? [] : stringsOf(members.AWS, name);
  if (!principals.every((one) => principalPattern.test(one))) throw new SyntaxError(`${name} does not exist`);
  return [...principals, ...(members.Federated === undefined ? [] : stringsOf(members.Federated, name))];
}

const principalPattern =
  /^(?:\*|\d{12}|arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role)\/.+))$/;

function conditionsOf(condition: unknown): Condition[] {
  if (condition === undefined) return [];
  return Object.entries(membersOf(condition, 'Condition')).flatMap(([name, keys]) => {
    const operator = parseOperator(name);
    if (operator === undefined) throw new SyntaxError(`Condition has an unknown operator ${name}`);
    return Object.entries(membersOf(keys, name)).map(([key, values]) => ({
      operator,
      key: key.toLowerCase(),
      values: stringsOf(
        typeof values === 'boolean' || typeof values === 'number' ? String(values) : values,
        key,
      ),
    }));
  });
}

function membersOf(value: unknown, name: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new SyntaxError(`${name} must be an object`);
}

function stringsOf(value: unknown, name: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((one) => typeof one === 'string')) return list;
  throw new SyntaxError(`${name} must be a string or a list of strings`);
}

/** A request to evaluate policies for. */
export interface Question {
  readonly caller: Caller;
  /** E.g. `ecr:BatchGetImage`. */
  readonly action: string;
  /** The ARN of the resource. */
  readonly resource: string;
  /** Further condition keys of the request, in lower case. */
  readonly context?: ReadonlyMap<string, string>;
  /**
   * Whether a principal that is the caller's account matches the caller. Within the same account such a principal grants
   * nothing by itself and leaves it to the account's identity policies (IAM User Guide, "Principal").
   */
  readonly byAccount: boolean;
}

/** Evaluates policies. An explicit Deny wins, and `silent` means that no statement applies (IAM User Guide, evaluation logic). */
export function decide(policies: readonly Policy[], question: Question): 'allow' | 'deny' | 'silent' {
  const matching = policies.flatMap(({ statements }) => statements.filter((one) => applies(one, question)));
  if (matching.some(({ effect }) => effect === 'Deny')) return 'deny';
  return matching.length > 0 ? 'allow' : 'silent';
}

function applies(statement: Statement, { action, resource, caller, context, byAccount }: Question): boolean {
  const { principals, actions, resources, conditions } = statement;
  const present = new Map([
    ['aws:principalaccount', caller.account],
    ['aws:principalarn', caller.arn],
    // The real registry accepts only TLS.
    ['aws:securetransport', 'true'],
    ...(context ?? []),
  ]);
  return (
    selects(principals, (principal) => isPrincipal(principal, caller, byAccount)) &&
    selects(actions, (pattern) => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
    selects(resources, (pattern) => isLike(resource, pattern)) &&
    conditions.every((condition) => holds(condition, present))
  );
}

function selects({ negated, patterns }: Selection, matches: (pattern: string) => boolean): boolean {
  return patterns.some(matches) !== negated;
}

function isPrincipal(principal: string, { account, arn }: Caller, byAccount: boolean): boolean {
  if (principal === '*' || principal === arn) return true;
  if (principal === account || principal.endsWith(`:iam::${account}:root`)) return byAccount;
  // A session has the principal of its role.
  const [session, role] = [roleOfSession(arn), parseRoleArn(principal)];
  return session !== undefined && session.account === role?.account && session.name === role.name;
}
