import { CodedError } from '@towpath/errors';
import { matchEnds, type Piece } from './glob.ts';

/** Returns the value of a variable, or undefined if it is not set. */
export type LookUp = (name: string) => string | undefined;

/**
 * Expands a word of a Dockerfile as BuildKit does (Dockerfile reference, "Environment replacement").
 *
 * - `$NAME` and `${NAME}` become the value of the variable. A variable that is not set is empty.
 * - `:-`, `-`, `:+` and `+` choose between the value and an alternative word.
 * - `:?` and `?` require a value.
 * - `#`, `##`, `%`, `%%`, `/` and `//` remove or replace a pattern in the value.
 * - Quotes are removed. Text in single quotes is not expanded.
 *
 * @param escape the character of the file's `escape` directive
 * @returns the expanded word, or the text unchanged if BuildKit would reject it
 * @throws CodedError `dockerfile-invalid` if the result is too long, or the word too deeply nested
 */
export function expand(text: string, lookUp: LookUp, escape = '\\'): string {
  try {
    return new Word(text, lookUp, escape).read();
  } catch (error) {
    if (error instanceof Rejected) return text;
    throw error;
  }
}

/** BuildKit would reject the word. */
class Rejected extends Error {}

/** The maximum length of a result in characters. Variables that repeat each other double with every line. */
const maxLength = 1024 * 1024;

/** The maximum nesting of words. */
const maxDepth = 100;

/** The maximum number of steps to match one pattern. */
const maxSteps = 5_000_000;

function tooMuch(text: string, what: string): CodedError {
  return new CodedError('dockerfile-invalid', `${JSON.stringify(text.slice(0, 60))} ${what}.`, {
    hint: 'Write the value itself in the Dockerfile, or shorten its variables.',
  });
}

/** Parses one word, from start to end. */
class Word {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  readonly #lookUp: LookUp;
  readonly #escape: string;

  constructor(text: string, lookUp: LookUp, escape: string) {
    this.#text = text;
    this.#lookUp = lookUp;
    this.#escape = escape;
  }

  /**
   * Expands the text up to a character.
   *
   * @param end the character that ends a nested word. Default: the end of the text.
   * @param isPattern whether to keep escape characters, because the result is parsed as a pattern
   */
  read(end?: string, isPattern = false): string {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw tooMuch(this.#text, `nests more than ${maxDepth} variables`);
    let result = '';
    for (let next = this.#take(); next !== end; next = this.#take()) {
      if (next === undefined) throw new Rejected();
      if (result.length > maxLength)
        throw tooMuch(this.#text, `expands to more than ${maxLength} characters`);
      if (next === this.#escape) result += (isPattern ? next : '') + (this.#take() ?? '');
      else if (next === "'") result += this.#readSingleQuoted();
      else if (next === '"') result += this.#readDoubleQuoted(isPattern);
      else if (next === '$') result += this.#readVariable();
      else result += next;
    }
    if (result.length > maxLength) throw tooMuch(this.#text, `expands to more than ${maxLength} characters`);
    this.#depth -= 1;
    return result;
  }

  #readSingleQuoted(): string {
    let result = '';
    for (let next = this.#take(); next !== "'"; next = this.#take()) {
      if (next === undefined) throw new Rejected();
      result += next;
    }
    return result;
  }

  /** Expands text in double quotes, where only the quote, the dollar sign and the escape character can be escaped. */
  #readDoubleQuoted(isPattern: boolean): string {
    let result = '';
    for (let next = this.#take(); next !== '"'; next = this.#take()) {
      if (next === undefined) throw new Rejected();
      if (next === this.#escape) {
        const isEscaped = ['"', '$', next].includes(this.#peek() ?? '');
        result += (isPattern ? next : '') + (isEscaped ? (this.#take() ?? '') : next);
      } else if (next === '$') result += this.#readVariable();
      else result += next;
      if (result.length > maxLength)
        throw tooMuch(this.#text, `expands to more than ${maxLength} characters`);
    }
    return result;
  }

  #readVariable(): string {
    if (this.#peek() !== '{') {
      const name = this.#takeName();
      return name === '' ? '$' : (this.#lookUp(name) ?? '');
    }
    this.#take();
    if (['{', '}', ':'].includes(this.#peek() ?? '}')) throw new Rejected();
    const value = this.#lookUp(this.#takeName());
    const operator = this.#take();
    switch (operator) {
      case '}':
        return value ?? '';
      case ':':
        return this.#choose(this.#take(), value === '' ? undefined : value);
      case '#':
      case '%':
        return trim(value ?? '', operator, this.read('}', true));
      case '/':
        return this.#replace(value ?? '');
      default:
        return this.#choose(operator, value);
    }
  }

  /** Returns the value or the word after the operator, depending on whether the value is set. */
  #choose(operator: string | undefined, value: string | undefined): string {
    const alternative = this.read('}');
    if (operator === '-') return value ?? alternative;
    if (operator === '+') return value === undefined ? '' : alternative;
    if (operator === '?' && value !== undefined) return value;
    throw new Rejected();
  }

  /** Replaces the first match of a pattern in the value, or all matches after a second slash. */
  #replace(value: string): string {
    const isForAll = this.#peek() === '/';
    if (isForAll) this.#take();
    const pattern = this.read('/', true);
    const replacement = this.read('}', true);
    // BuildKit replaces all matches with Go's regexp package, which expands a dollar sign.
    if (isForAll && replacement.includes('$')) throw new Rejected();
    return this.#replaced(value, piecesOf(pattern), replacement, isForAll);
  }

  #replaced(value: string, pieces: readonly Piece[], replacement: string, isForAll: boolean): string {
    const characters = Array.from(value);
    const isDone = (count: number) => count > 0 && !isForAll;
    let result = '';
    let [count, steps, lastEnd] = [0, 0, -1];
    for (let at = 0; at <= characters.length;) {
      const match = isDone(count) ? undefined : matchEnds(pieces, characters, at, false);
      steps += (match?.examined ?? 0) + 1;
      if (steps * (pieces.length + 1) > maxSteps)
        throw tooMuch(this.#text, 'has a pattern with too many stars');
      const longest = match?.longest;
      const isMatch = longest !== undefined && !(longest === at && at === lastEnd);
      const end = isMatch ? longest : at;
      if (isMatch) {
        result += replacement;
        count += 1;
        lastEnd = end;
      }
      if (result.length > maxLength)
        throw tooMuch(this.#text, `expands to more than ${maxLength} characters`);
      if (end > at) at = end;
      else {
        result += characters[at] ?? '';
        at += 1;
      }
    }
    return result;
  }

  /** Returns the next character without consuming it. */
  #peek(): string | undefined {
    const point = this.#text.codePointAt(this.#at);
    return point === undefined ? undefined : String.fromCodePoint(point);
  }

  #take(): string | undefined {
    const next = this.#peek();
    this.#at += next?.length ?? 0;
    return next;
  }

  #takeName(): string {
    const pattern = /\p{Nd}+|[@*#?\-$!]|[\p{L}\p{Nd}_]+/uy;
    pattern.lastIndex = this.#at;
    const [name = ''] = pattern.exec(this.#text) ?? [];
    this.#at += name.length;
    return name;
  }
}

/** Removes a pattern from the start (`#`) or the end (`%`) of a value: the shortest match, or the longest if doubled. */
function trim(value: string, operator: '#' | '%', text: string): string {
  const isLongest = text.startsWith(operator);
  const pieces = piecesOf(isLongest ? text.slice(1) : text);
  const characters = Array.from(value);
  if (characters.length * (pieces.length + 1) > maxSteps) throw tooMuch(text, 'has too many stars');
  // BuildKit searches the shortest match at the end backwards.
  const [from, by] = operator === '#' ? [characters, pieces] : [characters.toReversed(), pieces.toReversed()];
  const { shortest = 0, longest = 0 } = matchEnds(by, from, 0, !isLongest);
  const rest = from.slice(isLongest ? longest : shortest);
  return (operator === '#' ? rest : rest.reverse()).join('');
}

/** Parses a shell pattern: `*` and `?` are wildcards unless escaped. */
function piecesOf(pattern: string): readonly Piece[] {
  return [...pattern.matchAll(/\\(?<escaped>[*?\\])|(?<gone>\\(?=[}/]))|./gsu)].flatMap(
    ({ 0: piece, groups: { escaped, gone } = {} }): Piece[] => {
      if (gone !== undefined) return [];
      if (piece === '*' || piece === '?')
        return [{ takes: (character) => character !== '\n', isMany: piece === '*' }];
      if (piece === '\\') throw new Rejected();
      return [{ takes: (character) => character === (escaped ?? piece), isMany: false }];
    },
  );
}
