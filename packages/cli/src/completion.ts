import { commonFlags } from './common-flags.ts';
import { allCommands } from './own-commands.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** Returns the script that completes commands and flags in a shell. */
export function completionScript(shell: Shell): string {
  const commands = allCommands().map(({ name, flags }) => ({
    words: name,
    flags: [...flags, ...commonFlags].map((flag) => `--${flag.name}`),
  }));
  const first = [...new Set(commands.map(({ words }) => words.split(' ')[0] ?? '')), 'completion'];
  if (shell === 'fish')
    return [
      `complete -c towpath -f -n __fish_use_subcommand -a '${first.join(' ')}'`,
      ...commands.flatMap(({ words, flags }) =>
        flags.map(
          (flag) =>
            `complete -c towpath -n '__fish_seen_subcommand_from ${words.split(' ')[0] ?? ''}' -l ${flag.slice(2)}`,
        ),
      ),
      '',
    ].join('\n');
  const cases = commands.map(
    ({ words, flags }) => `    ${words.split(' ')[0] ?? ''}) words="${flags.join(' ')}" ;;`,
  );
  const bash = [
    '_towpath() {',
    '  local words',
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    `    *) words="${first.join(' ')}" ;;`,
    '  esac',
    `  [ "$COMP_CWORD" = 1 ] && words="${first.join(' ')}"`,
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _towpath towpath',
    '',
  ];
  return (shell === 'zsh' ? ['autoload -Uz bashcompinit && bashcompinit', ...bash] : bash).join('\n');
}
