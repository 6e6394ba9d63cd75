import { commonFlags } from './common-flags.ts';
import { placeholderOf, type Flag } from './flag.ts';
import { allCommands } from './own-commands.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What can follow the first word of a command. */
interface Completed {
  readonly first: string;
  /** The second words, for example `show` of `release show`. */
  readonly second: readonly string[];
  readonly flags: readonly Flag[];
}

/** Returns the script that completes commands, flags and their values in a shell. */
export function completionScript(shell: Shell): string {
  const completed = [...describeCommands(), { first: 'completion', second: shells, flags: [] }];
  if (shell === 'fish') return fish(completed);
  const script = bash(completed);
  return shell === 'zsh' ? `autoload -Uz bashcompinit && bashcompinit\n${script}` : script;
}

function describeCommands(): readonly Completed[] {
  const groups = new Map<string, Completed>();
  for (const { name, flags } of allCommands()) {
    const [first = '', ...rest] = name.split(' ');
    const known = groups.get(first);
    groups.set(first, {
      first,
      second: [...(known?.second ?? []), ...rest],
      flags: known?.flags ?? [...flags, ...commonFlags],
    });
  }
  return [...groups.values()];
}

function bash(completed: readonly Completed[]): string {
  const choices = completed.flatMap(({ first, flags }) =>
    flags.flatMap(({ name, form }) =>
      typeof form === 'string' ? [] : [`    '${first} --${name}') words='${form.join(' ')}' ;;`],
    ),
  );
  const words = completed.map(
    ({ first, flags }) => `    ${first}) words='${flags.map(({ name }) => `--${name}`).join(' ')}' ;;`,
  );
  const seconds = completed.flatMap(({ first, second }) =>
    second.length === 0 ? [] : [`    '2 ${first}') words='${second.join(' ')}' ;;`],
  );
  return [
    '_towpath() {',
    '  local words="" command="${COMP_WORDS[1]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
    '  case "$command" in',
    ...words,
    '  esac',
    '  case "$command $previous" in',
    ...choices,
    '  esac',
    '  case "$COMP_CWORD $command" in',
    ...seconds,
    `    '1 '*) words='${completed.map(({ first }) => first).join(' ')}' ;;`,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _towpath towpath',
    '',
  ].join('\n');
}

function fish(completed: readonly Completed[]): string {
  const after = (first: string) => `complete -c towpath -n '__fish_seen_subcommand_from ${first}'`;
  return [
    `complete -c towpath -f -n __fish_use_subcommand -a '${completed.map(({ first }) => first).join(' ')}'`,
    ...completed.flatMap(({ first, second, flags }) => [
      ...(second.length === 0 ? [] : [`${after(first)} -f -a '${second.join(' ')}'`]),
      ...flags.map(({ name, form }) => {
        const values = typeof form === 'string' ? '' : ` -a '${form.join(' ')}'`;
        const required = placeholderOf(form) === undefined ? '' : values === '' ? ' -r' : ' -x';
        return `${after(first)} -l ${name}${required}${values}`;
      }),
    ]),
    '',
  ].join('\n');
}
