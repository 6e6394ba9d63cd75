import { execForm, type Instruction, type Word } from '@towpath/dockerfile';

/** A command of a `RUN`: the program and its arguments, without their quotes. */
export interface ShellCommand {
  readonly words: readonly Word[];
  readonly line: number;
}

/** A line of a script. */
interface Segment {
  readonly text: string;
  readonly line: number;
  /** Whether a `#` starts a comment. BuildKit joins the lines of an instruction to one, so there it must not. */
  readonly isLine: boolean;
}

/** How deep `sh -c` is followed. */
const maxDepth = 3;

const shells = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh']);

/** Programs that run the program after them. */
const wrappers = new Set([
  'sudo',
  'exec',
  'time',
  'ionice',
  'eatmydata',
  'command',
  'env',
  'then',
  'do',
  'else',
  'if',
  'while',
  'until',
  'elif',
  '!',
  '{',
]);

/**
 * Returns the commands of a `RUN` in the order of the text, those in substitutions and `sh -c` among them. Returns none
 * if another language than that of a POSIX shell runs.
 */
export function commandsOf(instruction: Instruction, shell: string): readonly ShellCommand[] {
  if (instruction.keyword !== 'RUN' || !isPosix(shell)) return [];
  const list = execForm(instruction);
  if (list !== undefined) {
    const words = list.map((text) => ({ text, line: instruction.line }));
    return words.length === 0 ? [] : nested({ words, line: instruction.line }, 0);
  }
  const outside = instruction.words.map(({ text, line }) => ({ text, line, isLine: false }));
  const commands = split(outside, 0);
  return [...commands, ...scriptsOf(instruction, commands)];
}

function isPosix(shell: string): boolean {
  return shells.has(basename(shell));
}

function basename(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

/** Returns the commands of the heredocs that a shell runs. */
function scriptsOf({ heredocs }: Instruction, commands: readonly ShellCommand[]): readonly ShellCommand[] {
  return heredocs.flatMap(({ line, lines }, index) => {
    const [, program = 'sh'] = /^#!\s*(?:\S*\/env\s+)?(\S+)/.exec(lines[0] ?? '') ?? [];
    const reader = commands.find(({ words }) => words.some(({ text }) => isHeredoc(text)));
    const [first] = reader?.words.filter(({ text }) => !isHeredoc(text)) ?? [];
    // Without a program, BuildKit runs the heredoc itself.
    const isScript = first === undefined ? index === 0 : shells.has(basename(first.text));
    if (!isScript || !shells.has(basename(program))) return [];
    return split(
      lines.map((text, at) => ({ text, line: line + at, isLine: true })),
      0,
    );
  });
}

function isHeredoc(word: string): boolean {
  return /^\d*<<-?[^<]/.test(word);
}

/** Splits a script into commands. Examines each character once. */
function split(segments: readonly Segment[], depth: number): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: Word[] = [];
  let word: string | undefined;
  let [wordLine, quote] = [0, ''];
  const endWord = () => {
    if (word !== undefined) words.push({ text: word, line: wordLine });
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    const [first] = words;
    if (first !== undefined) commands.push(...nested({ words, line: first.line }, depth));
    words = [];
  };
  for (const { text, line, isLine } of segments) {
    let isContinued = false;
    for (let at = 0; at < text.length; at += 1) {
      const character = text.charAt(at);
      if (word === undefined) wordLine = line;
      if (quote !== '') {
        if (character === quote) quote = '';
        else if (character === '\\' && quote === '"') word = `${word ?? ''}${text.charAt((at += 1))}`;
        else word = `${word ?? ''}${character}`;
      } else if (character === '\\') {
        isContinued = at === text.length - 1;
        if (!isContinued) word = `${word ?? ''}${text.charAt((at += 1))}`;
      } else if (character === '"' || character === "'") {
        quote = character;
        word ??= '';
      } else if (/\s/.test(character)) endWord();
      else if (character === '#' && word === undefined && isLine) break;
      else if (isEnd(text, at)) endCommand();
      else word = `${word ?? ''}${character}`;
    }
    if (quote !== '') word = `${word ?? ''}\n`;
    else if (isLine && !isContinued) endCommand();
    else endWord();
  }
  endCommand();
  return commands;
}

/** Whether a character ends a command. The `&` of a redirection such as `2>&1` does not. */
function isEnd(text: string, at: number): boolean {
  const character = text.charAt(at);
  if (character === '&') return text[at - 1] !== '>' && text[at + 1] !== '>';
  return ';|()`'.includes(character);
}

/** Removes what comes before the program, and adds the commands of `sh -c`. */
function nested({ words, line }: ShellCommand, depth: number): readonly ShellCommand[] {
  const start = programIn(words);
  if (start >= words.length) return [];
  const command = { words: words.slice(start), line: words[start]?.line ?? line };
  const [program, ...args] = command.words;
  if (program === undefined || !shells.has(basename(program.text)) || depth >= maxDepth) return [command];
  const flag = args.findIndex(({ text }) => /^-[a-z]*c$/.test(text));
  const script = flag < 0 ? undefined : args[flag + 1];
  if (script === undefined) return [command];
  const segments = script.text.split('\n').map((text) => ({ text, line: script.line, isLine: true }));
  return [command, ...split(segments, depth + 1)];
}

/** Programs that run the command after their options, with the options whose value is the next word. */
const starters: ReadonlyMap<string, readonly string[]> = new Map([
  ['xargs', ['-n', '-I', '-L', '-P', '-d', '-E', '-a', '-s']],
  ['timeout', ['-s', '--signal', '-k', '--kill-after']],
  ['nice', ['-n']],
  ['stdbuf', ['-i', '-o', '-e']],
  ['nohup', []],
]);

/** Returns the position of the program that a command runs in the end; the number of words if there is none. */
function programIn(words: readonly Word[]): number {
  let at = 0;
  while (at < words.length) {
    const text = words[at]?.text ?? '';
    const valued = starters.get(basename(text));
    if (valued === undefined && !isBefore(text)) return at;
    at += 1;
    if (valued === undefined) continue;
    let isOption = (words[at]?.text ?? '').startsWith('-');
    while (isOption) {
      at += valued.includes(words[at]?.text ?? '') ? 2 : 1;
      isOption = (words[at]?.text ?? '').startsWith('-');
    }
    // The duration.
    if (basename(text) === 'timeout') at += 1;
  }
  return at;
}

function isBefore(word: string): boolean {
  return /^\w+=/.test(word) || wrappers.has(word) || /^-[EHSniu]*$/.test(word);
}
