import { CodedError } from '@towpath/errors';
import { expand, type LookUp } from './expand.ts';
import type { Instruction } from './instructions.ts';

/** The variables that all stages can use. */
export interface Scope {
  /** The build args. */
  readonly args: ReadonlyMap<string, string>;
  /** The arguments declared before the first stage and the predefined ones. */
  readonly globals: ReadonlyMap<string, string>;
  readonly escape: string;
  /** The variables that stages have inherited so far. */
  copied: number;
}

/** The variables that all stages of a Dockerfile inherit, together. */
const maxCopied = 1_000_000;

/** A word with its variables expanded. */
export interface Expanded {
  readonly text: string;
  /** Whether the base image may set a variable of the word. */
  readonly isUncertain: boolean;
}

/** BuildKit sets it if the base image does not (moby/buildkit, util/system, `DefaultPathEnvUnix`). */
const usualPath: Expanded = {
  text: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  isUncertain: false,
};

/**
 * Tracks the variables of a stage, instruction by instruction, by BuildKit's rules: the last `ARG` or `ENV` of a name
 * wins, also over the base image, and a stage inherits the variables of its base stage (moby/buildkit, dockerfile2llb).
 */
export class StageVariables {
  readonly #scope: Scope;
  readonly #values: Map<string, Expanded>;
  /** Whether a base image may set further variables. */
  readonly #isOpen: boolean;

  /**
   * @param base the variables of the base stage, or the kind of the base
   * @throws CodedError `dockerfile-invalid` if the stages inherit too many variables
   */
  constructor(scope: Scope, base: StageVariables | 'image' | 'scratch') {
    this.#scope = scope;
    const isStage = base instanceof StageVariables;
    this.#isOpen = isStage ? base.#isOpen : base === 'image';
    this.#values = new Map(isStage ? base.#values : base === 'scratch' ? [['PATH', usualPath]] : []);
    scope.copied += this.#values.size;
    if (scope.copied > maxCopied)
      throw new CodedError(
        'dockerfile-invalid',
        `The stages of the Dockerfile inherit more than ${maxCopied} variables.`,
        { hint: 'Use fewer stages, or set fewer variables in the stages that others are based on.' },
      );
  }

  /** Applies an `ARG` or an `ENV`. Ignores other instructions. */
  take({ keyword, words }: Instruction): void {
    const texts = words.map(({ text }) => text);
    if (keyword === 'ARG') {
      // Each sees those before it, also those of the same instruction.
      for (const text of texts) this.#declare(text);
    } else if (keyword === 'ENV') {
      const pairs =
        texts[0]?.includes('=') === true ? texts.map(split) : [[texts[0], texts.slice(1).join(' ')]];
      // Variables of one instruction are expanded with the values from before it.
      const values = pairs.map(
        ([name = '', value = '']) => [this.expand(name).text, this.expand(value)] as const,
      );
      for (const [name, value] of values) this.#values.set(name, value);
    }
  }

  /** Expands the variables of a word. A variable that is not set is empty, and uncertain if the base image may set it. */
  expand(word: string): Expanded {
    const uncertain: string[] = [];
    const lookUp: LookUp = (name) => {
      const known = this.#values.get(name);
      if (known === undefined ? this.#isOpen : known.isUncertain) uncertain.push(name);
      return known?.text;
    };
    const text = expand(word, lookUp, this.#scope.escape);
    // `expand` returns an invalid word unchanged.
    return { text, isUncertain: uncertain.length > 0 || (text === word && word.includes('$')) };
  }

  /** Declares an `ARG`. Without a value it stays what it was. */
  #declare(text: string): void {
    const [name, byDefault] = split(text);
    const { args, globals } = this.#scope;
    const given = args.get(name) ?? (byDefault === undefined ? globals.get(name) : undefined);
    if (given !== undefined) this.#values.set(name, { text: given, isUncertain: false });
    else if (byDefault !== undefined) this.#values.set(name, this.expand(byDefault));
  }
}

function split(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
