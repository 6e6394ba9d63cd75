import { linearExpression } from './linear-expression.ts';

/**
 * Translates a regular expression of Go (regexp/syntax, with its Perl flags) to JavaScript. Supports the syntax that
 * patterns of ignore files can contain, because the builder matches them with Go.
 *
 * JavaScript backtracks over the possible lengths of each star. A pattern with more than two stars is matched in linear
 * time instead, as in Go.
 *
 * @returns undefined if Go rejects the expression
 */
export function goExpression(source: string): Pick<RegExp, 'test'> | undefined {
  try {
    const pieces = new Translation(source).read();
    const stars = pieces.filter((piece) => piece === '*').length;
    return stars <= maxStars ? new RegExp(pieces.join(''), 'u') : linearExpression(pieces);
  } catch (error) {
    if (error instanceof Rejected) return undefined;
    throw error;
  }
}

/** The maximum number of stars for backtracking. The time grows at most with the square of the path's length. */
const maxStars = 2;

/** Go rejects the expression. */
class Rejected extends Error {}

const word = '0-9A-Za-z_';
const classes: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
  w: `[${word}]`,
  W: `[^${word}]`,
};

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word,
  xdigit: '0-9A-Fa-f',
};

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Translates one expression, from start to end. */
class Translation {
  #rest: string;

  constructor(source: string) {
    this.#rest = source;
  }

  read(): readonly string[] {
    const pieces: string[] = [];
    while (this.#rest !== '') {
      const quoted = this.#take(/^\\Q(.*?)(?:\\E|$)/su);
      if (quoted === undefined) pieces.push(this.#piece());
      else pieces.push(...Array.from(quoted[1] ?? '', literal));
    }
    return pieces;
  }

  #piece(): string {
    const anchor = this.#take(/^\\([AzbB])/u)?.[1];
    if (anchor !== undefined) return { A: '^', z: '$' }[anchor] ?? `\\${anchor}`;
    const kind = this.#kind();
    if (kind !== undefined) return kind;
    if (this.#take(/^\[/u) !== undefined) return this.#class();
    if (this.#take(/^\./u) !== undefined) return '[^\\n]';
    return this.#take(/^[\^$()*?]/u)?.[0] ?? literal(this.#character());
  }

  /** Translates a class with a letter, such as `\d`, which may also be inside brackets. */
  #kind(): string | undefined {
    const letter = this.#take(/^\\([dDsSwW])/u)?.[1];
    if (letter !== undefined) return classes[letter];
    const [, sign, category] = this.#take(/^\\([pP])([CLMNPSZ])/u) ?? [];
    return category === undefined ? undefined : `\\${sign}{${category}}`;
  }

  /** Translates a bracket expression after its `[`. Each nested class becomes an alternative. */
  #class(): string {
    const isNegated = this.#take(/^\^/u) !== undefined;
    const members: string[] = [];
    do members.push(this.#member());
    while (this.#take(/^\]/u) === undefined);
    const some = members.join('|');
    return isNegated ? `(?:(?!${some})[^])` : `(?:${some})`;
  }

  #member(): string {
    const posix = this.#take(/^\[:(\^?)(.*?):\]/su);
    if (posix !== undefined) {
      const members = posixClasses[posix[2] ?? ''];
      if (members === undefined) throw new Rejected();
      return `[${posix[1]}${members}]`;
    }
    const kind = this.#kind();
    if (kind !== undefined) return kind;
    const low = this.#character();
    const high = this.#take(/^-(?=[^\]])/u) === undefined ? low : this.#character();
    if (high < low) throw new Rejected();
    return `[${literal(low)}-${literal(high)}]`;
  }

  /** Returns the code point of one character, plain or escaped. */
  #character(): number {
    const plain = this.#take(/^[^\\]/su)?.[0].codePointAt(0);
    if (plain !== undefined) return plain;
    const octal = this.#take(/^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/u)?.[1];
    if (octal !== undefined) return Number.parseInt(octal, 8);
    const hex = this.#take(/^\\x([0-9A-Fa-f]{2})/u)?.[1];
    if (hex !== undefined) return Number.parseInt(hex, 16);
    const control = controls[this.#take(/^\\([afnrtv])/u)?.[1] ?? ''];
    if (control !== undefined) return control;
    const escaped = this.#take(/^\\(\p{ASCII})/u)?.[1];
    if (escaped === undefined || /[0-9A-Za-z]/.test(escaped)) throw new Rejected();
    return escaped.charCodeAt(0);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.#rest) ?? undefined;
    if (found !== undefined) this.#rest = this.#rest.slice(found[0].length);
    return found;
  }
}

function literal(character: string | number): string {
  const point = typeof character === 'number' ? character : (character.codePointAt(0) ?? 0);
  return `\\u{${point.toString(16)}}`;
}
