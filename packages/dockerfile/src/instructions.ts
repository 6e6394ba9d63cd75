/** One instruction of a Dockerfile, as BuildKit parses it. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** The flags before the arguments, without their quotes: `--from=build`. */
  readonly flags: readonly string[];
  /** The words after the flags, on all lines of the instruction, without its heredocs. */
  readonly words: readonly Word[];
  /** The first line, from 1. */
  readonly line: number;
  /** The last line, heredocs included. */
  readonly lastLine: number;
  /** All lines, heredocs included. */
  readonly source: string;
  /** The heredocs, in order. */
  readonly heredocs: readonly Heredoc[];
}

/** A text on the lines after an instruction: `<<END`. */
export interface Heredoc {
  /** The first line of its text, from 1. */
  readonly line: number;
  /** Without the line that ends it. */
  readonly lines: readonly string[];
}

/** One argument of an instruction. */
export interface Word {
  /** The text as written, quotes included. */
  readonly text: string;
  /** The line, from 1. */
  readonly line: number;
}

export interface Dockerfile {
  readonly escape: string;
  readonly instructions: readonly Instruction[];
}

/** Returns all values of a flag, which may be repeated. */
export function flagValues({ flags }: Instruction, name: string): readonly string[] {
  return flags.flatMap((flag) => (flag.startsWith(`--${name}=`) ? flag.slice(name.length + 3) : []));
}

/**
 * Parses a Dockerfile as BuildKit does (moby/buildkit, frontend/dockerfile/parser), down to its quirks: fingerprints
 * depend on the same result. Accepts invalid Dockerfiles as well, because BuildKit reports them itself.
 */
export function readDockerfile(text: string): Dockerfile {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const read = new Parser(text).read();
  const [oldest] = recent.keys();
  if (recent.size >= maxRecent && oldest !== undefined) recent.delete(oldest);
  recent.set(text, read);
  return read;
}

/** Rules, stages and copies of the same Dockerfile are read one after the other. */
const recent = new Map<string, Dockerfile>();
const maxRecent = 32;

/** Returns the parser directives at the top of a Dockerfile, by name in lower case. */
export function directives(text: string, comment = '#'): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of headOf(text)) {
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

/** Returns the lines that start with white space or what starts a directive, up to the first other one. */
function headOf(text: string): readonly string[] {
  const [head = ''] = /^\uFEFF?(?:[^\S\n]*(?:#|\/\/)[^\n]*(?:\n|$))*/.exec(text) ?? [];
  return linesOf(head);
}

function linesOf(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(withoutReturns);
}

/** Removes carriage returns from the end of a line. */
function withoutReturns(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return line.slice(0, end);
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

/** An instruction joined to one line, with the source line of each character. */
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

/** Parses one Dockerfile, from start to end. */
class Parser {
  readonly #lines: readonly string[];
  readonly #escape: string;
  readonly #word: RegExp;
  readonly #lastEscape: RegExp;
  /** The number of lines consumed. */
  #next = 0;

  constructor(text: string) {
    this.#lines = linesOf(text);
    this.#escape = directives(text).get('escape') === '`' ? '`' : '\\';
    const escape = RegExp.escape(this.#escape);
    const quoted = `"(?:${escape}[^]|[^"${escape}])*(?:"|$)|'[^']*(?:'|$)`;
    this.#word = new RegExp(`(?:${quoted}|${escape}[^]|[^\\s${escape}"']|${escape}$)+`, 'gu');
    this.#lastEscape = new RegExp(`(?<!${escape})${escape}$`, 'u');
  }

  read(): Dockerfile {
    const instructions: Instruction[] = [];
    while (this.#next < this.#lines.length) {
      const first = this.#next;
      const joined = this.#join();
      if (joined.text.trim() !== '') instructions.push(this.#parse(joined, first));
    }
    return { escape: this.#escape, instructions };
  }

  /** Joins the lines of the next instruction. Comments and empty lines within an instruction do not end it. */
  #join(): Joined {
    const joined = new Joined();
    let isContinued = true;
    for (let isFirst = true; isContinued && this.#next < this.#lines.length; isFirst = false) {
      const raw = this.#lines[this.#next] ?? '';
      this.#next += 1;
      const line = isComment(raw) ? '' : isFirst ? raw.trimStart() : raw;
      if (!isFirst && line.trim() === '') continue;
      const end = this.#continuedAt(line);
      isContinued = end >= 0;
      joined.add(isContinued ? line.slice(0, end) : line, this.#next);
    }
    return joined;
  }

  /** Returns the index of the escape character that continues a line, or -1. An escaped one continues no line. */
  #continuedAt(line: string): number {
    let last = line.length - 1;
    while (line[last] === ' ' || line[last] === '\t') last -= 1;
    return line[last] === this.#escape && line[last - 1] !== this.#escape ? last : -1;
  }

  #parse(joined: Joined, first: number): Instruction {
    const [head = '', keyword = ''] = /^\s*(\S+)\s*/.exec(joined.text) ?? [];
    const { flags, rest } = this.#flags(joined.text, head.length);
    const words = this.#words(joined, rest);
    const heredocs = this.#heredocs(keyword.toUpperCase(), joined.text.slice(rest).trim(), words);
    return {
      keyword: keyword.toUpperCase(),
      flags,
      words,
      line: first + 1,
      lastLine: this.#next,
      source: this.#lines.slice(first, this.#next).join('\n'),
      heredocs,
    };
  }

  /** Returns the flags, which begin with two dashes, and the offset after them. */
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

  /** Splits the text at white space outside of quotes and escapes. Keeps quotes and escapes. */
  #words(joined: Joined, start: number): readonly Word[] {
    const found = joined.text.slice(start).matchAll(this.#word);
    return Array.from(found, ({ 0: text, index }) => ({
      // An escape character at the very end escapes nothing and is dropped.
      text: text.endsWith(this.#escape) ? text.replace(this.#lastEscape, '') : text,
      line: joined.lineAt(start + index),
    }));
  }

  #heredocs(keyword: string, rest: string, words: readonly Word[]): readonly Heredoc[] {
    const instruction = keyword === 'ONBUILD' ? (words[0]?.text.toUpperCase() ?? '') : keyword;
    if (!['ADD', 'COPY', 'RUN'].includes(instruction) || isJson(rest.replace(/^onbuild\s+/i, ''))) return [];
    return heredocsOf(rest).map(({ isChomped, end }) => {
      const isEnd = (line: string) => (isChomped ? line.replace(/^\t+/, '') : line) === end;
      const lines: string[] = [];
      const first = this.#next + 1;
      while (this.#next < this.#lines.length) {
        const line = this.#lines[this.#next] ?? '';
        this.#next += 1;
        if (isEnd(line)) break;
        lines.push(line);
      }
      return { line: first, lines };
    });
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

/** Returns the heredocs that start on a line: `<<NAME`, optionally with a number before and a dash after `<<`. */
function heredocsOf(text: string): readonly { readonly isChomped: boolean; readonly end: string }[] {
  const word = /(?:<<[\t\r ]*|"(?:\\[^]|[^"\\])*(?:"|$)|'[^']*(?:'|$)|\\[^]|[^\s\\"'])+/g;
  return Array.from(text.matchAll(word), ([one]) => one).flatMap((one) => {
    const { dash = '', name = '' } = /^\d*<<(?<dash>-?)\s*(?<name>[^<\s][^<]*)$/.exec(one)?.groups ?? {};
    const end = name.replaceAll(/\\([^])|["']/g, '$1');
    return end === '' ? [] : [{ isChomped: dash !== '', end }];
  });
}
