import type { Readers } from '@towpath/config';
import { partitionOf, type EcrHost } from '@towpath/reference';
import * as z from 'zod';

/** A statement of a repository policy. Statements of others can have any form. */
export type Statement = Readonly<Record<string, unknown>> & { readonly Sid?: unknown };

const document = z.looseObject({
  Statement: z.union([
    z.array(z.looseObject({ Sid: z.unknown().optional() })),
    z.looseObject({ Sid: z.unknown().optional() }),
  ]),
});

/** Towpath owns the statements with these names, and changes no others. */
const sids = {
  accounts: 'TowpathReaders',
  organization: 'TowpathOrganization',
  lambda: 'TowpathLambda',
} as const;

/**
 * The actions of a pull. `ecr:GetAuthorizationToken` is not one of them: it has no resource, so a repository policy
 * cannot grant it. The policy of the reader must (Service Authorization Reference, ECR).
 */
const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** Lambda checks no layers (Lambda developer guide, "Amazon ECR permissions"). */
const pullOfLambda = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** Returns the statements that let the readers pull, and nothing else. */
export function readerStatements(
  readers: Readers,
  { region }: Pick<EcrHost, 'region'>,
): readonly Statement[] {
  const partition = partitionOf(region).id;
  const { accounts, roles, organization, lambda } = readers;
  const principals = [...accounts.map((id) => `arn:${partition}:iam::${id}:root`), ...roles];
  return [
    ...(principals.length === 0
      ? []
      : [{ Sid: sids.accounts, Effect: 'Allow', Principal: { AWS: principals }, Action: pull }]),
    ...(organization === undefined
      ? []
      : [
          {
            Sid: sids.organization,
            Effect: 'Allow',
            Principal: '*',
            Action: pull,
            Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } },
          },
        ]),
    ...(lambda.length === 0
      ? []
      : [
          {
            Sid: sids.lambda,
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: pullOfLambda,
            Condition: {
              StringLike: {
                'aws:SourceArn': lambda.map((one) =>
                  one.startsWith('arn:') ? one : `arn:${partition}:lambda:${region}:${one}:function:*`,
                ),
              },
            },
          },
        ]),
  ];
}

/**
 * Returns a policy with these statements of Towpath. The statements of others stay as they are, in their order.
 *
 * @param text the policy that the repository has
 * @returns undefined if no statement is left, so that the repository needs no policy
 * @throws SyntaxError if the text is not a policy
 */
export function withReaders(text: string | undefined, own: readonly Statement[]): string | undefined {
  return withStatements(text, own, isOwn);
}

/**
 * Replaces some of the statements of a policy.
 *
 * @param isReplaced returns whether a statement is one of those
 * @returns undefined if no statement is left
 */
export function withStatements(
  text: string | undefined,
  own: readonly Statement[],
  isReplaced: (statement: Statement) => boolean,
): string | undefined {
  const policy: Readonly<Record<string, unknown>> =
    text === undefined ? { Version: '2012-10-17' } : parse(text);
  const others = statementsOf(text).filter((one) => !isReplaced(one));
  const statements = [...others, ...own];
  return statements.length === 0 ? undefined : JSON.stringify({ ...policy, Statement: statements });
}

/** Returns the statements of Towpath in a policy. */
export function ownStatements(text: string | undefined): readonly Statement[] {
  return statementsOf(text).filter(isOwn);
}

/** Returns whether two lists of statements allow the same. Order, case and single values in lists make no difference. */
export function sameStatements(one: readonly Statement[], other: readonly Statement[]): boolean {
  const meaning = (list: readonly Statement[]) =>
    JSON.stringify(
      list
        .map(normal)
        .map((text) => JSON.stringify(text))
        .sort(),
    );
  return meaning(one) === meaning(other);
}

/** Returns all statements of a policy. */
export function statementsOf(text: string | undefined): readonly Statement[] {
  if (text === undefined) return [];
  const { Statement: list } = parse(text);
  return Array.isArray(list) ? list : [list];
}

function parse(text: string): z.output<typeof document> {
  const parsed = document.safeParse(JSON.parse(text));
  if (!parsed.success) throw new SyntaxError('the text is not a policy');
  return parsed.data;
}

function isOwn({ Sid }: Statement): boolean {
  return Object.values(sids).some((sid) => sid === Sid);
}

function normal({ Sid, Effect, Principal, Action, Condition, ...rest }: Statement): unknown {
  return [Sid, Effect, principals(Principal), lower(texts(Action)).sort(), conditions(Condition), rest];
}

function principals(principal: unknown): unknown {
  if (principal === '*' || typeof principal !== 'object' || principal === null) return principal;
  const entries = Object.entries(principal).map(
    ([kind, values]) => [kind, texts(values).map(asArn).sort()] as const,
  );
  const [[kind, values] = ['', []]] = entries;
  return entries.length === 1 && kind === 'AWS' && values.length === 1 && values[0] === '*'
    ? '*'
    : entries.sort();
}

/** ECR returns an account as the ARN of its root user. */
function asArn(principal: string): string {
  return principal
    .replace(/^(\d{12})$/, 'arn:aws:iam::$1:root')
    .replace(/^arn:aws[a-z-]*:iam::(\d{12}):root$/, '$1');
}

/** Operators are written exactly, the keys of a condition in any case. */
function conditions(condition: unknown): unknown {
  if (typeof condition !== 'object' || condition === null) return [];
  return Object.entries(condition as Readonly<Record<string, Readonly<Record<string, unknown>>>>)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => [operator, key.toLowerCase(), texts(values).sort()]),
    )
    .sort();
}

function texts(values: unknown): string[] {
  return [values].flat().map(String);
}

function lower(values: readonly string[]): string[] {
  return values.map((value) => value.toLowerCase());
}
