/** One instruction of a Dockerfile, as BuildKit takes it apart. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** The flags before its arguments, without their quotes: `--from=build`. */
  readonly flags: readonly string[];
  /** What follows the flags: over several lines it is one, and heredocs do not belong to it. */
  readonly words: readonly Word[];
  /** From 1: the first line, and the last one with the heredocs. */
  readonly line: number;
  readonly lastLine: number;
  /** All of its lines, with the heredocs. */
  readonly source: string;
}

/** An argument, with its quotes. */
export interface Word {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface Dockerfile {
  readonly escape: string;
  readonly instructions: readonly Instruction[];
}

/** The value of a flag, each time that it is given. */
export function flagValues({ flags }: Instruction, name: string): readonly string[] {
  return flags.flatMap((flag) => (flag.startsWith(`--${name}=`) ? flag.slice(name.length + 3) : []));
}

/**
 * Takes a Dockerfile apart as BuildKit does (moby/buildkit, frontend/dockerfile/parser), down to its quirks, for a
 * fingerprint is of the images that it takes. What BuildKit would refuse is read all the same: it says so itself.
 */
export function readDockerfile(text: string): Dockerfile {
  return new Reading(text).read();
}

/** The parser directives at the top of a Dockerfile, by their names in lower case. */
export function directives(text: string, comment = '#'): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of linesOf(text)) {
    const { name, value } = directive(line.trimStart(), comment) ?? {};
    if (name === undefined || value === undefined) break;
    found.set(name, value);
  }
  return found;
}

function directive(line: string, comment: string): { name: string; value: string } | undefined {
  if (!line.startsWith(comment)) return undefined;
  const { name = '', value = '' } =
    /^(?<name>[a-zA-Z][a-zA-Z0-9]*)\s*=\s*(?<value>\S.*)$/.exec(line.slice(comment.length).trim())?.groups ??
    {};
  return /^(?:syntax|escape|check)$/i.test(name) ? { name: name.toLowerCase(), value } : undefined;
}

function linesOf(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(withoutReturns);
}

/** The line without the carriage returns at its end, in one pass. */
function withoutReturns(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return line.slice(0, end);
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

/** An instruction on one line, with the lines that its characters come from. */
class Joined {
  text = '';
  readonly #starts: { readonly offset: number; readonly line: number }[] = [];

  add(text: string, line: number): void {
    this.#starts.push({ offset: this.text.length, line });
    this.text += text;
  }

  lineAt(offset: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#starts[low - 1]?.line ?? 0;
  }
}

/** A Dockerfile that is read from its start to its end, once. */
class Reading {
  readonly #lines: readonly string[];
  readonly #escape: string;
  readonly #continued: RegExp;
  /** How many lines are read. */
  #next = 0;

  constructor(text: string) {
    this.#lines = linesOf(text);
    this.#escape = directives(text).get('escape') === '`' ? '`' : '\\';
    const escape = RegExp.escape(this.#escape);
    // An escaped escape character does not continue a line.
    this.#continued = new RegExp(`(?<=^|[^${escape}])${escape}[ \\t]*$`);
  }

  read(): Dockerfile {
    const instructions: Instruction[] = [];
    while (this.#next < this.#lines.length) {
      const first = this.#next;
      const joined = this.#join();
      if (joined.text.trim() !== '') instructions.push(this.#takeApart(joined, first));
    }
    return { escape: this.#escape, instructions };
  }

  /** The next instruction: comments and empty lines between those of one instruction do not end it. */
  #join(): Joined {
    const joined = new Joined();
    let isContinued = true;
    for (let isFirst = true; isContinued && this.#next < this.#lines.length; isFirst = false) {
      const raw = this.#lines[this.#next] ?? '';
      this.#next += 1;
      const line = isComment(raw) ? '' : isFirst ? raw.trimStart() : raw;
      if (!isFirst && line.trim() === '') continue;
      isContinued = this.#continued.test(line);
      joined.add(line.replace(this.#continued, ''), this.#next);
    }
    return joined;
  }

  #takeApart(joined: Joined, first: number): Instruction {
    const [head = '', keyword = ''] = /^\s*(\S+)\s*/.exec(joined.text) ?? [];
    const { flags, rest } = this.#flags(joined.text, head.length);
    const words = this.#words(joined, rest);
    this.#skipHeredocs(keyword.toUpperCase(), joined.text.slice(rest).trim(), words);
    return {
      keyword: keyword.toUpperCase(),
      flags,
      words,
      line: first + 1,
      lastLine: this.#next,
      source: this.#lines.slice(first, this.#next).join('\n'),
    };
  }

  /** The words that begin with two dashes, and where the rest begins. */
  #flags(text: string, start: number): { readonly flags: readonly string[]; readonly rest: number } {
    const flags: string[] = [];
    let at = start;
    for (;;) {
      while (/\s/.test(text[at] ?? '')) at += 1;
      if (!text.startsWith('--', at)) return { flags, rest: at };
      const { end, unquoted } = this.#flag(text, at);
      at = end;
      if (unquoted === '--') return { flags, rest: at };
      flags.push(unquoted);
    }
  }

  #flag(text: string, start: number): { readonly end: number; readonly unquoted: string } {
    let unquoted = '';
    let quote: string | undefined;
    for (let at = start; ; at += 1) {
      const character = text[at];
      if (character === undefined || (quote === undefined && /\s/.test(character)))
        return { end: at, unquoted };
      if (character === quote) quote = undefined;
      else if (quote === undefined && (character === '"' || character === "'")) quote = character;
      else if (character === this.#escape) unquoted += text[(at += 1)] ?? '';
      else unquoted += character;
    }
  }

  /** White space within quotes, or escaped, does not part words; quotes and escapes stay. */
  #words(joined: Joined, start: number): readonly Word[] {
    const escape = RegExp.escape(this.#escape);
    const quoted = `"(?:${escape}[^]|[^"${escape}])*(?:"|$)|'[^']*(?:'|$)`;
    const word = new RegExp(`(?:${quoted}|${escape}[^]|[^\\s${escape}"']|${escape}$)+`, 'gu');
    const found = joined.text.slice(start).matchAll(word);
    return Array.from(found, ({ 0: text, index }) => ({
      // An escape character at the very end escapes nothing, and is left out.
      text: text.replace(new RegExp(`(?<!${escape})${escape}$`, 'u'), ''),
      line: joined.lineAt(start + index),
    }));
  }

  #skipHeredocs(keyword: string, rest: string, words: readonly Word[]): void {
    const instruction = keyword === 'ONBUILD' ? (words[0]?.text.toUpperCase() ?? '') : keyword;
    if (!['ADD', 'COPY', 'RUN'].includes(instruction) || isJson(rest.replace(/^onbuild\s+/i, ''))) return;
    for (const { isChomped, end } of heredocsOf(rest)) {
      const isEnd = (line: string) => (isChomped ? line.replace(/^\t+/, '') : line) === end;
      while (this.#next < this.#lines.length) {
        const line = this.#lines[this.#next] ?? '';
        this.#next += 1;
        if (isEnd(line)) break;
      }
    }
  }
}

function isJson(text: string): boolean {
  if (!text.startsWith('[')) return false;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((one) => typeof one === 'string');
  } catch {
    return false;
  }
}

/** The heredocs that a line begins: words of `<<`, perhaps with a number before and a dash behind. */
function heredocsOf(text: string): readonly { readonly isChomped: boolean; readonly end: string }[] {
  const word = /(?:<<[\t\r ]*|"(?:\\[^]|[^"\\])*(?:"|$)|'[^']*(?:'|$)|\\[^]|[^\s\\"'])+/g;
  return Array.from(text.matchAll(word), ([one]) => one).flatMap((one) => {
    const { dash = '', name = '' } = /^\d*<<(?<dash>-?)\s*(?<name>[^<]+)$/.exec(one)?.groups ?? {};
    const end = name.replaceAll(/\\([^])|["']/g, '$1');
    return end === '' ? [] : [{ isChomped: dash !== '', end }];
  });
}
