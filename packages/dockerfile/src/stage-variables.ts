import { expand, type LookUp } from './expand.ts';
import type { Instruction } from './instructions.ts';

/** The variables that all stages can use. */
export interface Scope {
  /** The build args. */
  readonly args: ReadonlyMap<string, string>;
  /** The arguments declared before the first stage and the predefined ones. */
  readonly globals: ReadonlyMap<string, string>;
  readonly escape: string;
}

/** A word with its variables expanded. */
export interface Expanded {
  readonly text: string;
  /** Whether the base image may set a variable of the word. */
  readonly isUncertain: boolean;
}

/**
 * Tracks the variables of a stage, instruction by instruction, by BuildKit's rules: an `ENV` wins over an `ARG` of the
 * same name, and a stage inherits the variables of its base stage.
 */
export class StageVariables {
  readonly #scope: Scope;
  readonly #env: Map<string, Expanded>;
  readonly #args: Map<string, Expanded>;
  /** Whether a base image may set further variables. */
  readonly #isOpen: boolean;

  /** @param base the variables of the base stage, or the kind of the base */
  constructor(scope: Scope, base: StageVariables | 'image' | 'scratch') {
    this.#scope = scope;
    const isStage = base instanceof StageVariables;
    this.#env = new Map(isStage ? base.#env : []);
    this.#args = new Map(isStage ? base.#args : []);
    this.#isOpen = isStage ? base.#isOpen : base === 'image';
  }

  /** Applies an `ARG` or an `ENV`. Ignores other instructions. */
  take({ keyword, words }: Instruction): void {
    const texts = words.map(({ text }) => text);
    if (keyword === 'ARG') {
      for (const [name, value] of texts.map((text) => this.#argument(text)))
        if (value !== undefined) this.#args.set(name, value);
    } else if (keyword === 'ENV') {
      const pairs =
        texts[0]?.includes('=') === true ? texts.map(split) : [[texts[0], texts.slice(1).join(' ')]];
      // Variables of one instruction are expanded with the values from before it.
      const values = pairs.map(
        ([name = '', value = '']) => [this.expand(name).text, this.expand(value)] as const,
      );
      for (const [name, value] of values) this.#env.set(name, value);
    }
  }

  /**
   * Expands the variables of a word. A variable that is not set is empty, and uncertain if the base image may set it.
   * An `ARG` with a value counts as certain: the digest of the base image fixes its `ENV` of that name.
   */
  expand(word: string): Expanded {
    const uncertain: string[] = [];
    const lookUp: LookUp = (name) => {
      const known = this.#env.get(name) ?? this.#args.get(name);
      if (known === undefined ? this.#isOpen : known.isUncertain) uncertain.push(name);
      return known?.text;
    };
    const text = expand(word, lookUp, this.#scope.escape);
    // `expand` returns an invalid word unchanged.
    return { text, isUncertain: uncertain.length > 0 || (text === word && word.includes('$')) };
  }

  #argument(text: string): readonly [string, Expanded | undefined] {
    const [written, byDefault] = split(text);
    const name = this.expand(written).text;
    const given = this.#scope.args.get(name);
    if (given !== undefined) return [name, { text: given, isUncertain: false }];
    if (byDefault !== undefined) return [name, this.expand(byDefault)];
    const global = this.#scope.globals.get(name);
    return [name, global === undefined ? undefined : { text: global, isUncertain: false }];
  }
}

function split(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
