import { nearest } from '@towpath/errors';
import type { Environment } from '@towpath/flow';
import { commonFlags } from './common-flags.ts';
import { variableOf, type Flag } from './flag.ts';

/** A variable with the prefix of Towpath that no command reads. */
export interface UnreadVariable {
  readonly name: string;
  /** The variable that it probably means. */
  readonly near: string | undefined;
}

const prefix = variableOf('');

/** Other variables with the prefix that Towpath or its examples read. */
const otherVariables = ['TOWPATH_REGISTRY_ENDPOINTS', 'TOWPATH_PACKAGE'];

/** Returns the variables with the prefix that no command reads. A typo in a name would otherwise have no effect. */
export function unreadVariables(
  env: Environment,
  commands: readonly { readonly flags: readonly Flag[] }[],
): readonly UnreadVariable[] {
  const flags = [...commands.flatMap((command) => command.flags), ...commonFlags];
  const known = new Set([...flags.map(({ name }) => variableOf(name)), ...otherVariables]);
  const names = [...known].map((name) => name.slice(prefix.length));
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !known.has(name))
    .map((name) => {
      const near = nearest(name.slice(prefix.length), names);
      return { name, near: near === undefined ? undefined : `${prefix}${near}` };
    });
}

/** Returns the warning about a variable that no command reads. */
export function describeUnread({ name, near }: UnreadVariable): string {
  return `No command reads the variable ${name}.${near === undefined ? '' : ` Did you mean ${near}?`}`;
}
