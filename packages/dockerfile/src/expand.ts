import { CodedError } from '@towpath/errors';
import { matchEnds, type Piece } from './glob.ts';

/** The value of a variable, or undefined when it is not set. */
export type LookUp = (name: string) => string | undefined;

/**
 * A word of a Dockerfile as BuildKit reads it (Dockerfile reference, "Environment replacement"): `$NAME` and
 * `${NAME}` are replaced, also with an alternative after `:-`, `-`, `:+` or `+`, which is a word itself; `:?` and `?`
 * demand a value; `#`, `##`, `%`, `%%`, `/` and `//` take a pattern out of it. Quotes go; what is in single ones stands
 * as it is. An unknown variable is empty.
 *
 * @param escape the character that takes the next one's meaning away: the file's `escape` directive
 * @returns the text as it stands, when BuildKit would refuse it
 * @throws CodedError `dockerfile-invalid` if the result is too long, or the word too deeply nested
 */
export function expand(text: string, lookUp: LookUp, escape = '\\'): string {
  try {
    return new Word(text, lookUp, escape).read();
  } catch (error) {
    if (error instanceof Refused) return text;
    throw error;
  }
}

class Refused extends Error {}

/** In characters. Variables that repeat each other double with every line. */
const maxLength = 1024 * 1024;

/** Words within words. */
const maxDepth = 100;

/** Steps of all matches of one pattern. */
const maxSteps = 5_000_000;

function tooMuch(text: string, what: string): CodedError {
  return new CodedError('dockerfile-invalid', `${JSON.stringify(text.slice(0, 60))} ${what}.`, {
    hint: 'Write the value out in the Dockerfile, or shorten the variables in it.',
  });
}

/** A word that is read from its start to its end, once. */
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
   * @param end the character that ends a word within a word; without it the word ends with the text
   * @param isPattern whether what is escaped stays so, for the pattern to make something of it
   */
  read(end?: string, isPattern = false): string {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw tooMuch(this.#text, `nests more than ${maxDepth} variables`);
    let result = '';
    for (let next = this.#take(); next !== end; next = this.#take()) {
      if (next === undefined) throw new Refused();
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
      if (next === undefined) throw new Refused();
      result += next;
    }
    return result;
  }

  /** In double quotes only what means something there can be escaped. */
  #readDoubleQuoted(isPattern: boolean): string {
    let result = '';
    for (let next = this.#take(); next !== '"'; next = this.#take()) {
      if (next === undefined) throw new Refused();
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
    if (['{', '}', ':'].includes(this.#peek() ?? '}')) throw new Refused();
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

  /** The value, when it counts as set, or the word after the operator. */
  #choose(operator: string | undefined, value: string | undefined): string {
    const alternative = this.read('}');
    if (operator === '-') return value ?? alternative;
    if (operator === '+') return value === undefined ? '' : alternative;
    if (operator === '?' && value !== undefined) return value;
    throw new Refused();
  }

  /** The value with the first match of a pattern replaced, or with all of them after a second slash. */
  #replace(value: string): string {
    const isForAll = this.#peek() === '/';
    if (isForAll) this.#take();
    const pattern = this.read('/', true);
    const replacement = this.read('}', true);
    // Of all matches BuildKit has Go replace, to which a dollar means something.
    if (isForAll && replacement.includes('$')) throw new Refused();
    return this.#replaced(value, piecesOf(pattern), replacement, isForAll);
  }

  #replaced(value: string, pieces: readonly Piece[], replacement: string, isForAll: boolean): string {
    const characters = Array.from(value);
    const isDone = (count: number) => count > 0 && !isForAll;
    let result = '';
    let [count, steps, lastEnd] = [0, 0, -1];
    for (let at = 0; at <= characters.length;) {
      const match = isDone(count) ? undefined : matchEnds(pieces, characters, at, false);
      steps += (match?.looked ?? 0) + 1;
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

  /** The character that is taken next. */
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

/** The value without the part that a pattern matches at its start (`#`) or its end (`%`): the longest when doubled. */
function trim(value: string, operator: '#' | '%', text: string): string {
  const isLongest = text.startsWith(operator);
  const pieces = piecesOf(isLongest ? text.slice(1) : text);
  const characters = Array.from(value);
  if (characters.length * (pieces.length + 1) > maxSteps) throw tooMuch(text, 'has too many stars');
  // The shortest match at the end is found from there, as BuildKit does.
  const [from, by] = operator === '#' ? [characters, pieces] : [characters.toReversed(), pieces.toReversed()];
  const { shortest = 0, longest = 0 } = matchEnds(by, from, 0, !isLongest);
  const rest = from.slice(isLongest ? longest : shortest);
  return (operator === '#' ? rest : rest.reverse()).join('');
}

/** A shell's pattern: `*` and `?` mean something, unless they are escaped. */
function piecesOf(pattern: string): readonly Piece[] {
  return [...pattern.matchAll(/\\(?<escaped>[*?\\])|(?<gone>\\(?=[}/]))|./gsu)].flatMap(
    ({ 0: piece, groups: { escaped, gone } = {} }): Piece[] => {
      if (gone !== undefined) return [];
      if (piece === '*' || piece === '?')
        return [{ takes: (character) => character !== '\n', isMany: piece === '*' }];
      if (piece === '\\') throw new Refused();
      return [{ takes: (character) => character === (escaped ?? piece), isMany: false }];
    },
  );
}
