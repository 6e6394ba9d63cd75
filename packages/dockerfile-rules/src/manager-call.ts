import type { Word } from '@towpath/dockerfile';
import { managers, type Manager } from './managers.ts';
import type { ShellCommand } from './shell.ts';

const byProgram = new Map(
  managers.flatMap((manager) => manager.programs.map((name) => [name, manager] as const)),
);

/** A command of a package manager. */
export interface ManagerCall {
  readonly manager: Manager;
  readonly program: string;
  readonly args: readonly Word[];
  /** Whether it installs packages. */
  readonly isInstall: boolean;
  /** The packages by name or Git repository, if it installs some. Files, other addresses and variables are left out. */
  readonly packages: readonly Word[];
  readonly line: number;
}

/** Reads a command of a package manager; undefined for other commands. */
export function managerCall({ words, line }: ShellCommand): ManagerCall | undefined {
  const [first, ...rest] = asProgram(words);
  if (first === undefined) return undefined;
  const program = first.text.slice(first.text.lastIndexOf('/') + 1).replace(/^(pip)3?\.\d+$/, '$1');
  const manager = byProgram.get(program);
  if (manager === undefined) return undefined;
  const args = withoutRedirections(rest);
  const plain = argumentsOf(args, manager.valued);
  const isOption = manager.verbs.some(([verb = '']) => verb.startsWith('-'));
  const heads = isOption ? args : plain;
  const isDry = args.some(({ text }) => text === '--dry-run' || manager.dry?.test(text) === true);
  const verb = isDry
    ? undefined
    : manager.verbs.find((one) => one.every((word, index) => heads[index]?.text === word));
  const packages =
    verb === undefined ? [] : plain.slice(isOption ? 0 : verb.length).filter(({ text }) => isPackage(text));
  return { manager, program, args, isInstall: verb !== undefined, packages, line };
}

/** `python -m pip` is pip. */
function asProgram(words: readonly Word[]): readonly Word[] {
  const [program, flag, name] = words;
  const isModule = flag?.text === '-m' && /(?:^|\/)python[\d.]*$/.test(program?.text ?? '');
  return isModule && name?.text === 'pip' ? words.slice(2) : words;
}

function withoutRedirections(words: readonly Word[]): readonly Word[] {
  const kept: Word[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (/^(?:\d?|&)(?:>>?|<)&?$/.test(word.text)) at += 1;
    else if (!/^(?:\d|&)?>|^\d*<[^=]/.test(word.text)) kept.push(word);
  }
  return kept;
}

/** Returns the arguments that are neither options nor values of options. */
function argumentsOf(args: readonly Word[], valued: readonly string[]): readonly Word[] {
  const kept: Word[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (word === undefined) break;
    if (valued.includes(word.text)) at += 1;
    else if (!word.text.startsWith('-')) kept.push(word);
  }
  return kept;
}

function isPackage(text: string): boolean {
  if (/^git\+[^$]+$/.test(text)) return true;
  if (text === '' || text === '.' || text.includes('$') || text.includes('*') || text.includes('\n'))
    return false;
  return (
    !/^(?:\.{0,2}\/|~|[a-z+]+:\/\/|git[@+]|file:|link:)/.test(text) &&
    !/\.(?:deb|rpm|apk|whl|tar\.gz|tgz|zip|gem)$/.test(text)
  );
}
