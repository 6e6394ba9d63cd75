import { CodedError } from '@towpath/errors';
import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Hostile text for parsers. Every parser of text from outside must finish within {@link budget}, with a result or with a
 * CodedError. Each `hostile.test.ts` tests this for one package.
 */

/** Multiplies the number of runs in `npm run test:fuzz`. */
export const { fuzzFactor = 1 } = globalThis as { fuzzFactor?: number };

/** Milliseconds of processor time for a text of {@link maxLength}. Quadratic work takes minutes. */
const budget = 2000;

/** Characters. */
const maxLength = 400_000;

/** The characters in a run of one piece, and the milliseconds for it. Quadratic work takes several times as long. */
const attackLength = 40_000;
const attackBudget = 500;

/**
 * A slow or busy machine exceeds a budget with linear work too. Then the growth decides: twice the text takes twice the
 * time if the work is linear, and four times if it is quadratic. Beyond the last factor the growth no longer matters.
 */
const maxGrowth = 3;
const maxExcess = 10;

/** Pieces of text, each with the number of its repetitions. Together they are one text. */
export type Pieces = readonly (readonly [piece: string, times: number])[];

/** Characters and fragments with a special meaning in many grammars. */
const commonPieces: readonly string[] = [
  ...[' ', '\t', '\n', '\r', '\r\n', '\0', '\u001b', 'a', 'A', '0', '1.', 'é', '𝒳', '\ud800', '\ufffd'],
  ...[
    '"',
    "'",
    '`',
    '\\',
    '/',
    '//',
    '.',
    '..',
    '-',
    '_',
    '--',
    ':',
    '::',
    ';',
    ',',
    '=',
    '@',
    '#',
    '%',
    '&',
  ],
  ...['{', '}', '{{', '}}', '[', ']', '(', ')', '<', '>', '|', '*', '**', '?', '!', '+', '~', '^', '$', '${'],
  ...['a ', 'a,', 'a=', 'a:', 'a/', 'a.', 'a-', '"a ', '"a",', '[a', '{a', '{a}', '- ', 'a: ', 'a-v1', '0-'],
];

/** The text before and after a run. With these ends a matcher fails late and tries again from every position. */
const frames = [
  ['', ''],
  ['', 'a'],
  ['a', '\n'],
  ['a', '!'],
] as const;

/**
 * Runs a parser on long repetitions of each fragment, with other text at their ends.
 *
 * @param pieces fragments of the parser's grammar
 * @throws Error that contains the text, if the parser takes too long or throws anything except a CodedError
 */
export function survivesAttacks(parse: (text: string) => unknown, pieces: readonly string[] = []): void {
  for (const piece of [...pieces, ...commonPieces])
    for (const [start, end] of frames) {
      const run = [piece, Math.ceil(attackLength / piece.length)] as const;
      survives(parse, [[start, 1], run, [end, 1]], attackBudget);
    }
}

/** The file of counterexamples next to a test. It is JSON, keyed by name. */
export interface Corpus {
  readonly file: URL;
  readonly name: string;
  /** The maximum number of characters of a text. Default: 400,000. */
  readonly longest?: number;
}

/**
 * Runs a parser on random mixtures of fragments, after the texts of the corpus. A failure prints its seed and path. To
 * reproduce it, set `FUZZ_SEED` and `FUZZ_PATH`. Then add the counterexample to the corpus.
 *
 * @param pieces fragments of the parser's grammar
 */
export function fuzz(parse: (text: string) => unknown, pieces: readonly string[], corpus: Corpus): void {
  const piece = fc.constantFrom(...pieces, ...pieces, ...commonPieces);
  const times = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 50_000 }));
  const text = fc.array(fc.tuple(piece, times), { minLength: 1, maxLength: 8 });
  const { FUZZ_SEED, FUZZ_PATH } = process.env;
  fc.assert(
    fc.property(text, (given) => {
      survives(parse, given, budget, corpus.longest);
    }),
    {
      numRuns: 25 * fuzzFactor,
      examples: readCorpus(corpus).map((one) => [one.map(([what, count]) => [what, count])]),
      ...(FUZZ_SEED !== undefined && { seed: Number(FUZZ_SEED), path: FUZZ_PATH ?? '' }),
    },
  );
}

function readCorpus({ file, name }: Corpus): readonly Pieces[] {
  if (!existsSync(file)) return [];
  const all = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, readonly Pieces[]>>;
  return all[name] ?? [];
}

function survives(
  parse: (text: string) => unknown,
  pieces: Pieces,
  limit = budget,
  longest = maxLength,
): void {
  const text = pieces.map(([piece, times]) => piece.repeat(times)).join('');
  const { length } = text.slice(0, longest);
  try {
    inTime(
      () => parse(text.slice(0, length)),
      limit,
      () => parse(text.slice(0, Math.ceil(length / 2))),
    );
  } catch (error) {
    if (error instanceof CodedError) return;
    throw new Error(`${JSON.stringify(pieces)}: ${String(error)}`, { cause: error });
  }
}

/**
 * Runs a function and returns its result. A run that takes too long is repeated, because a collection of garbage or a
 * busy machine can slow one run. Slow work is slow in every run.
 *
 * @param work is repeatable
 * @param limit in milliseconds of processor time
 * @param half the same work on half of the text. With it, work that grows linearly may exceed the limit
 * @throws Error if every run takes longer
 */
export function inTime<T>(work: () => T, limit = budget, half?: () => unknown): T {
  const { milliseconds, result } = fastest(work, limit);
  if (milliseconds <= limit) return result();
  const growth = half === undefined ? Infinity : milliseconds / fastest(half, limit / maxGrowth).milliseconds;
  if (growth <= maxGrowth && milliseconds <= limit * maxExcess) return result();
  throw new Error(`took ${milliseconds} ms; the budget is ${limit} ms`);
}

/** Returns the fastest of three runs, or the first one within a limit. */
function fastest<T>(work: () => T, limit: number): Run<T> {
  let best = measure(work);
  for (let run = 2; run <= 3 && best.milliseconds > limit; run += 1) {
    const next = measure(work);
    if (next.milliseconds < best.milliseconds) best = next;
  }
  return best;
}

interface Run<T> {
  readonly milliseconds: number;
  /** @throws what the work threw */
  readonly result: () => T;
}

function measure<T>(work: () => T): Run<T> {
  const started = process.cpuUsage();
  let result: () => T;
  try {
    const value = work();
    result = () => value;
  } catch (error) {
    result = () => {
      throw error;
    };
  }
  const { user, system } = process.cpuUsage(started);
  return { milliseconds: Math.round((user + system) / 1000), result };
}
