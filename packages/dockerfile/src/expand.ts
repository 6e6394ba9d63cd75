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

/** A word that is read from its start to its end, once. */
class Word {
  readonly #text: string;
  #at = 0;
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
    let result = '';
    for (let next = this.#take(); next !== end; next = this.#take()) {
      if (next === undefined) throw new Refused();
      if (next === this.#escape) result += (isPattern ? next : '') + (this.#take() ?? '');
      else if (next === "'") result += this.#readSingleQuoted();
      else if (next === '"') result += this.#readDoubleQuoted(isPattern);
      else if (next === '$') result += this.#readVariable();
      else result += next;
    }
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
    const pattern = patternOf(this.read('/', true), true);
    const replacement = this.read('}', true);
    // Of all matches BuildKit has Go replace, to which a dollar means something.
    if (isForAll && replacement.includes('$')) throw new Refused();
    return value.replace(new RegExp(pattern, isForAll ? 'gu' : 'u'), () => replacement);
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
  const pattern = isLongest ? text.slice(1) : text;
  if (operator === '#') return value.replace(new RegExp(`^${patternOf(pattern, isLongest)}`, 'u'), '');
  // The shortest match at the end is found from there, as BuildKit does.
  const backwards = new RegExp(`^${patternOf(reversed(pattern), isLongest)}`, 'u');
  return Array.from(Array.from(value).reverse().join('').replace(backwards, '')).reverse().join('');
}

/** A pattern the other way round, what is escaped behind its backslash as before. */
function reversed(pattern: string): string {
  return [...pattern.matchAll(/\\.|./gsu)]
    .map(([piece]) => piece)
    .reverse()
    .join('');
}

/** A shell's pattern as an expression: `*` and `?` mean something, unless they are escaped. */
function patternOf(pattern: string, isGreedy: boolean): string {
  const pieces = [...pattern.matchAll(/\\(?<escaped>[*?\\])|(?<gone>\\(?=[}/]))|./gsu)];
  return pieces
    .map(({ 0: piece, groups: { escaped, gone } = {} }) => {
      if (gone !== undefined) return '';
      if (piece === '*') return isGreedy ? '[^\\n]*' : '[^\\n]*?';
      if (piece === '?') return '[^\\n]';
      if (piece === '\\') throw new Refused();
      return RegExp.escape(escaped ?? piece);
    })
    .join('');
}
