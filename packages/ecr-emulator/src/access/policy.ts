import type { Caller } from './caller.ts';
import { holds, isLike, parseOperator, type Condition } from './condition.ts';

/** A policy document of IAM's grammar, as far as resources of ECR use it. */
export interface Policy {
  readonly statements: readonly Statement[];
}

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** `*`, account ids and ARNs; principals of other kinds (services) are no callers here. */
  readonly principals: Selection;
  readonly actions: Selection;
  /** A repository's policy has none: it speaks of its repository alone. */
  readonly resources: Selection;
  readonly conditions: readonly Condition[];
}

/** What a statement is for; or, by `NotAction` and the like, everything but that. */
interface Selection {
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Reads the policy of a repository, which has no resources (awsdocs/amazon-ecr-user-guide#20), or of a registry,
 * which has to have them (pulumi/pulumi-aws#2326).
 *
 * @throws SyntaxError saying what is wrong
 */
export function parsePolicy(text: string, kind: 'repository' | 'registry'): Policy {
  const document = membersOf(JSON.parse(text), 'the policy');
  const statements = document.Statement;
  const list = Array.isArray(statements) ? (statements as unknown[]) : [statements];
  return { statements: list.map((one) => parseStatement(membersOf(one, 'Statement'), kind)) };
}

function parseStatement(statement: Members, kind: 'repository' | 'registry'): Statement {
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw new SyntaxError('Effect is Allow or Deny');
  const actions = selectionOf(statement, 'Action', stringsOf);
  if (actions.patterns.some((action) => action !== '*' && !/^ecr:/i.test(action))) {
    throw new SyntaxError('Action is of another service');
  }
  const hasResource = statement.Resource !== undefined || statement.NotResource !== undefined;
  if (hasResource !== (kind === 'registry')) throw new SyntaxError(`Resource in the policy of a ${kind}`);
  return {
    effect,
    principals: selectionOf(statement, 'Principal', principalsOf),
    actions,
    resources: hasResource
      ? selectionOf(statement, 'Resource', stringsOf)
      : { negated: false, patterns: ['*'] },
    conditions: conditionsOf(statement.Condition),
  };
}

/** An element of a statement, or its opposite: exactly one of the two is there. */
function selectionOf(
  statement: Members,
  name: 'Principal' | 'Action' | 'Resource',
  parse: (value: unknown, name: string) => string[],
): Selection {
  const negated = statement[name] === undefined;
  if (!negated && statement[`Not${name}`] !== undefined) throw new SyntaxError(`${name} and Not${name}`);
  const element = negated ? `Not${name}` : name;
  return { negated, patterns: parse(statement[element], element) };
}

function principalsOf(principal: unknown, name: string): string[] {
  if (principal === '*') return ['*'];
  const members = membersOf(principal, name);
  const unknown = Object.keys(members).filter((kind) => !['AWS', 'Service', 'Federated'].includes(kind));
  if (unknown.length > 0) throw new SyntaxError(`${name} knows no ${unknown.join(', ')}`);
  if (members.AWS === undefined) return [];
  const principals = stringsOf(members.AWS, name);
  if (principals.every((one) => principalPattern.test(one))) return principals;
  throw new SyntaxError(`${name} does not exist`);
}

const principalPattern =
  /^(?:\*|\d{12}|arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role)\/.+))$/;

function conditionsOf(condition: unknown): Condition[] {
  if (condition === undefined) return [];
  return Object.entries(membersOf(condition, 'Condition')).flatMap(([name, keys]) => {
    const operator = parseOperator(name);
    if (operator === undefined) throw new SyntaxError(`Condition knows no ${name}`);
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

function applies(statement: Statement, { action, resource, caller }: Question): boolean {
  const { principals, actions, resources, conditions } = statement;
  const present = new Map([
    ['aws:principalaccount', caller.account],
    ['aws:principalarn', caller.arn],
    // The real registry knows nothing but TLS.
    ['aws:securetransport', 'true'],
  ]);
  return (
    selects(principals, (principal) => isPrincipal(principal, caller)) &&
    selects(actions, (pattern) => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
    selects(resources, (pattern) => isLike(resource, pattern)) &&
    conditions.every((condition) => holds(condition, present))
  );
}

function selects({ negated, patterns }: Selection, matches: (pattern: string) => boolean): boolean {
  return patterns.some(matches) !== negated;
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
