import { readFileSync } from 'node:fs';

/** The part of a policy that the tests read: its statements allow actions. */
export interface Policy {
  readonly Statement: readonly {
    readonly Action: string | readonly string[];
    readonly Resource?: string | readonly string[];
    readonly Sid?: string;
  }[];
}

/** Returns a policy of the exemplar by the name of its file. */
export function readPolicy(name: string): Policy {
  return JSON.parse(readFileSync(`examples/exemplar/iam/${name}.json`, 'utf8')) as Policy;
}

/** Returns one variant of the policy for every action, without that action. */
export function lesser({
  Statement,
  ...rest
}: Policy): { readonly lacks: string; readonly policy: Policy }[] {
  return Statement.flatMap((statement, index) =>
    [statement.Action].flat().map((action) => {
      const Action = [statement.Action].flat().filter((one) => one !== action);
      const others = Statement.filter((_, other) => other !== index);
      const left = Action.length === 0 ? [] : [{ ...statement, Action }];
      const lacks = `${action} to ${statement.Sid ?? ''}`;
      return { lacks, policy: { ...rest, Statement: [...others, ...left] } };
    }),
  );
}
