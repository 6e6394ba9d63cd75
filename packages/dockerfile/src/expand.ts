/** The value of a variable, or undefined when it is not set. */
export type LookUp = (name: string) => string | undefined;

/**
 * A word of a Dockerfile as BuildKit reads it (Dockerfile reference, "Environment replacement"): `$NAME` and
 * `${NAME}` are replaced, also with an alternative after `:-`, `-`, `:+` or `+`, which is a word itself; `:?` and `?`
 * demand a value. Quotes go; what is in single ones stands as it is. An unknown variable is empty.
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
  readonly #characters: string[];
  readonly #lookUp: LookUp;
  readonly #escape: string;

  constructor(text: string, lookUp: LookUp, escape: string) {
    this.#characters = Array.from(text);
    this.#lookUp = lookUp;
    this.#escape = escape;
  }

  /** @param end the character that ends a word within a word; without it the word ends with the text */
  read(end?: string): string {
    let result = '';
    for (let next = this.#take(); next !== end; next = this.#take()) {
      if (next === undefined) throw new Refused();
      if (next === this.#escape) result += this.#take() ?? '';
      else if (next === "'") result += this.#readSingleQuoted();
      else if (next === '"') result += this.#readDoubleQuoted();
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
  #readDoubleQuoted(): string {
    let result = '';
    for (let next = this.#take(); next !== '"'; next = this.#take()) {
      if (next === undefined) throw new Refused();
      if (next === this.#escape && ['"', '$', this.#escape].includes(this.#characters[0] ?? '')) {
        result += this.#take() ?? '';
      } else if (next === '$') result += this.#readVariable();
      else result += next;
    }
    return result;
  }

  #readVariable(): string {
    if (this.#characters[0] !== '{') {
      const name = this.#takeName();
      return name === '' ? '$' : (this.#lookUp(name) ?? '');
    }
    this.#take();
    const name = this.#takeName();
    if (name === '') throw new Refused();
    const value = this.#lookUp(name);
    const next = this.#take();
    if (next === '}') return value ?? '';
    const isSet = value !== undefined && (next !== ':' || value !== '');
    return this.#choose(next === ':' ? this.#take() : next, isSet ? value : undefined);
  }

  /** The value, when it counts as set, or the word after the operator. */
  #choose(operator: string | undefined, value: string | undefined): string {
    const alternative = this.read('}');
    if (operator === '-') return value ?? alternative;
    if (operator === '+') return value === undefined ? '' : alternative;
    if (operator === '?' && value !== undefined) return value;
    throw new Refused();
  }

  #take(): string | undefined {
    return this.#characters.shift();
  }

  #takeName(): string {
    const [name = ''] = /^(?:\d+|\w+)/.exec(this.#characters.join('')) ?? [];
    this.#characters.splice(0, name.length);
    return name;
  }
}
