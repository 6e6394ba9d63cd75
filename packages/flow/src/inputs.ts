import { parseDuration, roleArn } from '@towpath/config';
import { nearest, suggest, type Problem } from '@towpath/errors';
import { readEntries } from './pair-list.ts';

/** Thrown by `parse` of a kind, with the expected form. `readInputs` converts it to a problem. */
class Unexpected extends Error {
  readonly hint: string | undefined;

  constructor(expected: string, hint?: string) {
    super(expected);
    this.hint = hint;
  }
}

/**
 * A kind of input, which converts text to a value. The text is not empty, and it is trimmed unless `exact` is set.
 */
export interface Kind<T> {
  readonly parse: (text: string) => T;
  /** The text may contain a secret, so errors do not repeat it. */
  readonly confidential?: true;
  /** Keeps white space at the start and end of the text. */
  readonly exact?: true;
  /** How the text is written. Default: `text`. */
  readonly form?: Form;
}

/** How the text of an input is written: the name of a form, or the values to choose from. */
export type Form = 'text' | 'flag' | 'list' | 'pairs' | 'duration' | 'count' | 'role' | readonly string[];

/** What a command line needs to know of an input. */
export interface InputForm {
  readonly form: Form;
  readonly isRequired: boolean;
  /** The text may contain a secret, so it is not shown. */
  readonly isConfidential?: true;
}

/**
 * An input of an action: its kind and its default. An empty input counts as absent. If the action's metadata contains
 * a default, an input can be empty only because an expression has no value.
 */
export interface Input<T> {
  readonly kind: Kind<T>;
  readonly absent: { readonly value: T } | 'required';
  /** An empty text is an error. */
  readonly refusesEmpty?: true;
}

/** The inputs of an action, by their names in a workflow. */
export type Inputs = Readonly<Record<string, Input<unknown>>>;

type Values<S extends Inputs> = { readonly [N in keyof S]: S[N] extends Input<infer T> ? T : never };

/** The inputs of an action, and the conversion of their values to one typed record. */
export interface InputsSpec<I> {
  readonly names: readonly string[];
  /** By the names of the inputs. */
  readonly forms: Readonly<Record<string, InputForm>>;
  /** Returns the given inputs without those that may contain a secret. */
  readonly shown: (given: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  readonly read: (given: Readonly<Record<string, string>>) => { value: I } | { problems: readonly Problem[] };
}

export const text: Kind<string> = { parse: (given) => given };

/** A text that is a secret, for example a token. */
export const secretText: Kind<string> = { confidential: true, parse: (given) => given };

/** Accepts `true` or `false` as in YAML 1.2. Anything else is an error, so that a typo does not mean false. */
export const flag: Kind<boolean> = {
  form: 'flag',
  parse: (given) => {
    if (/^(true|True|TRUE)$/.test(given)) return true;
    if (/^(false|False|FALSE)$/.test(given)) return false;
    throw new Unexpected('true or false');
  },
};

/** Reads items separated by commas or line ends, or a JSON list. Removes duplicates. */
export const list: Kind<readonly string[]> = {
  form: 'list',
  parse: (given) => {
    const items = given.startsWith('[') ? jsonTexts(given) : given.split(/[,\n]/);
    const ofYaml = items.flatMap((item) => /^\s*-\s+(?<name>\S+)/.exec(item)?.groups?.name ?? []);
    if (ofYaml.length > 0)
      throw new Unexpected(`items separated by commas or line ends such as ${ofYaml.slice(0, 3).join(',')}`);
    return [...new Set(items.map((item) => item.trim()))].filter((item) => item !== '');
  },
};

function jsonTexts(given: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(given);
    if (Array.isArray(parsed) && parsed.every((item) => typeof item === 'string')) return parsed;
  } catch {
    // The problem is reported below.
  }
  const inner = given.replace(/^\[|\]$/g, '').split(/[,\n]/, 3);
  const example = inner.map((item) => item.replace(/["'\s]/g, '')).filter((item) => item !== '');
  throw new Unexpected(
    `items separated by commas or line ends${example.length === 0 ? '' : ` such as ${example.join(',')}`}`,
  );
}

/**
 * A name as used for build args, variables and builder options. Anything that looks like an address does not match.
 */
const pairPattern = /^(?<name>[A-Za-z_][\w.-]*)=(?<value>.*)$/s;

/**
 * Reads one `NAME=value` per line, with the quotes of {@link readEntries}. The value keeps its white space, and may
 * be empty.
 */
export const pairs: Kind<ReadonlyMap<string, string>> = {
  form: 'pairs',
  confidential: true,
  exact: true,
  parse: (given) => toPairs(readEntries(given)),
};

/**
 * Reads the same form as {@link pairs}. A multi-line value with any content can be written between `NAME<<END` and
 * `END`.
 */
export const secretPairs: Kind<ReadonlyMap<string, string>> = {
  form: 'pairs',
  confidential: true,
  exact: true,
  parse: (given) =>
    toPairs(
      readEntries(given, { heredocs: true }),
      'For a value of several lines, write NAME<<END, the lines of the value, and a line END.',
    ),
};

function toPairs(entries: ReturnType<typeof readEntries>, more = ''): ReadonlyMap<string, string> {
  if ('reason' in entries) throw notPair(entries.line, entries.reason, more);
  return new Map(
    entries.map(({ text: entry, line }) => {
      const { name, value } = pairPattern.exec(entry)?.groups ?? {};
      if (name === undefined || value === undefined)
        throw notPair(line, 'it has no valid name, or no equals sign', more);
      return [name, value] as const;
    }),
  );
}

function notPair(line: number, reason: string, more: string): Unexpected {
  const hint =
    `Change line ${line}: ${reason}. A name has letters, digits, _ . and -, as in VERSION=1.2. Quotes go around a whole entry, as in "TAGS=a,b". ${more}`.trimEnd();
  return new Unexpected('one NAME=value a line', hint);
}

/** Reads a duration in the same form as the configuration, in milliseconds: `90s`, `15m`, `1h30m`, `1d`. */
export const duration: Kind<number> = {
  form: 'duration',
  parse: (given) => {
    const milliseconds = parseDuration(given);
    if (milliseconds === undefined) throw new Unexpected('a duration such as 90s, 15m, 1h30m or 1d');
    return milliseconds;
  },
};

/** Reads the ARN of an IAM role. */
export const role: Kind<string> = {
  form: 'role',
  parse: (given) => {
    if (roleArn.safeParse(given).success) return given;
    throw new Unexpected('the ARN of an IAM role such as arn:aws:iam::444455556666:role/deploy');
  },
};

/** Reads a whole number of 1 or more. */
export const count: Kind<number> = {
  form: 'count',
  parse: (given) => {
    if (!/^[1-9]\d{0,8}$/.test(given)) throw new Unexpected('a whole number of 1 or more');
    return Number(given);
  },
};

export function choice<const T extends string>(options: readonly T[]): Kind<T> {
  return {
    form: options,
    parse: (given) => {
      const option = options.find((one) => one === given.toLowerCase());
      if (option !== undefined) return option;
      const near = nearest(given, options);
      throw new Unexpected(
        `one of ${options.join(', ')}`,
        near === undefined ? undefined : `Did you mean ${near}?`,
      );
    },
  };
}

export function required<T>(kind: Kind<T>): Input<T> {
  return { kind, absent: 'required' };
}

export function optional<T>(kind: Kind<T>): Input<T | undefined> {
  return { kind, absent: { value: undefined } };
}

export function withDefault<T>(kind: Kind<T>, value: T): Input<T> {
  return { kind, absent: { value } };
}

/**
 * Declares an input whose default is in the action's metadata. An empty text is then an error instead of the default.
 */
export function withStatedDefault<T>(kind: Kind<T>, value: T): Input<T> {
  return { kind, absent: { value }, refusesEmpty: true };
}

/**
 * Declares the inputs of an action.
 *
 * @param inputs by their names in a workflow
 * @param assemble makes the typed record; it may add problems that concern several inputs
 */
export function readInputs<const S extends Inputs, I>(
  inputs: S,
  assemble: (values: Values<S>, problem: (message: string, hint?: string) => void) => I,
): InputsSpec<I> {
  return {
    names: Object.keys(inputs),
    forms: Object.fromEntries(
      Object.entries(inputs).map(([name, { kind, absent }]) => [
        name,
        {
          form: kind.form ?? 'text',
          isRequired: absent === 'required',
          ...(kind.confidential && { isConfidential: true as const }),
        },
      ]),
    ),
    shown: (given) =>
      Object.fromEntries(
        Object.entries(given).filter(
          ([name, text]) =>
            text.trim() !== '' && inputs[name] !== undefined && !inputs[name].kind.confidential,
        ),
      ),
    read: (given) => {
      const problems: Problem[] = unknownInputs(given, Object.keys(inputs));
      const values: Record<string, unknown> = {};
      for (const [name, input] of Object.entries(inputs)) {
        const reading = readInput(name, input, given[name]);
        if ('problem' in reading) problems.push(reading.problem);
        else values[name] = reading.value;
      }
      if (problems.length > 0) return { problems };
      const value = assemble(values as Values<S>, (message, hint) => {
        problems.push({ code: 'input-invalid', message, hint });
      });
      return problems.length > 0 ? { problems } : { value };
    },
  };
}

function readInput<T>(
  name: string,
  { kind, absent, refusesEmpty }: Input<T>,
  written: string | undefined,
): { value: T } | { problem: Problem } {
  const given = written?.trim();
  if (given === '' && refusesEmpty) {
    const message = `Input ${name} is empty: the expression that it comes from has no value.`;
    const hint = `Check the names of the step and of its output. GitHub drops a job output that contains a masked value. To use the default, remove ${name}.`;
    return { problem: { code: 'input-invalid', message, hint } };
  }
  if (given === undefined || given === '') {
    if (absent !== 'required') return absent;
    return { problem: { code: 'input-invalid', message: `Input ${name} is required and was not given.` } };
  }
  try {
    return { value: kind.parse(kind.exact && written !== undefined ? written : given) };
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const shown = kind.confidential ? 'wrong' : JSON.stringify(given);
    const message = `Input ${name} is ${shown}: it must be ${error.message}.`;
    return { problem: { code: 'input-invalid', message, hint: error.hint } };
  }
}

/**
 * Returns problems for unknown inputs. GitHub only warns about them, but a gate must not ignore a typo such as
 * `fail-onn`.
 */
function unknownInputs(given: Readonly<Record<string, string>>, names: readonly string[]): Problem[] {
  return Object.keys(given)
    .filter((name) => !names.includes(name) && given[name]?.trim() !== '')
    .map((name) => ({
      code: 'input-invalid',
      message: `Input ${name} does not exist.`,
      hint: suggest(name, names),
    }));
}
