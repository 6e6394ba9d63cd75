import { expand, type LookUp } from './expand.ts';
import type { Instruction } from './instructions.ts';

/** What a stage starts with. */
export interface Surroundings {
  /** What the build is given. */
  readonly args: ReadonlyMap<string, string>;
  /** The arguments before the first stage, with those that BuildKit predefines. */
  readonly globals: ReadonlyMap<string, string>;
  readonly escape: string;
}

/** A word with its variables filled in. */
export interface Expanded {
  readonly text: string;
  /** Whether a variable has a value that the Dockerfile does not show. */
  readonly isUncertain: boolean;
}

/**
 * The variables of a stage, instruction by instruction, by BuildKit's rules: an `ENV` counts before an `ARG` of the same
 * name, and a stage has those of the stage that it starts from.
 */
export class StageVariables {
  readonly #surroundings: Surroundings;
  readonly #env: Map<string, Expanded>;
  readonly #args: Map<string, Expanded>;
  /** Whether the base image, which is not read here, may have variables of its own. */
  readonly #isOpen: boolean;

  /** @param above the stage that this one starts from, or whether it starts from an image */
  constructor(surroundings: Surroundings, above: StageVariables | 'image' | 'scratch') {
    this.#surroundings = surroundings;
    const isStage = above instanceof StageVariables;
    this.#env = new Map(isStage ? above.#env : []);
    this.#args = new Map(isStage ? above.#args : []);
    this.#isOpen = isStage ? above.#isOpen : above === 'image';
  }

  /** Takes in an `ARG` or an `ENV`. */
  take({ keyword, words }: Instruction): void {
    const texts = words.map(({ text }) => text);
    if (keyword === 'ARG') {
      for (const [name, value] of texts.map((text) => this.#argument(text)))
        if (value !== undefined) this.#args.set(name, value);
    } else if (keyword === 'ENV') {
      const pairs =
        texts[0]?.includes('=') === true ? texts.map(split) : [[texts[0], texts.slice(1).join(' ')]];
      // All of an instruction see the values before it.
      const values = pairs.map(
        ([name = '', value = '']) => [this.expand(name).text, this.expand(value)] as const,
      );
      for (const [name, value] of values) this.#env.set(name, value);
    }
  }

  /**
   * Fills in the variables of a word. One that is not set is empty, unless the base image may set it. An `ARG` with a
   * value counts as certain: a base image with an `ENV` of that name is fixed by its digest.
   */
  expand(word: string): Expanded {
    const uncertain: string[] = [];
    const lookUp: LookUp = (name) => {
      const known = this.#env.get(name) ?? this.#args.get(name);
      if (known === undefined ? this.#isOpen : known.isUncertain) uncertain.push(name);
      return known?.text;
    };
    const text = expand(word, lookUp, this.#surroundings.escape);
    // A word that cannot be read comes back as it was.
    return { text, isUncertain: uncertain.length > 0 || (text === word && word.includes('$')) };
  }

  #argument(text: string): readonly [string, Expanded | undefined] {
    const [written, byDefault] = split(text);
    const name = this.expand(written).text;
    const given = this.#surroundings.args.get(name);
    if (given !== undefined) return [name, { text: given, isUncertain: false }];
    if (byDefault !== undefined) return [name, this.expand(byDefault)];
    const global = this.#surroundings.globals.get(name);
    return [name, global === undefined ? undefined : { text: global, isUncertain: false }];
  }
}

function split(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
