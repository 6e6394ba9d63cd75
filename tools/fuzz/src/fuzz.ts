import { CodedError } from '@towpath/errors';
import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Text as somebody would write it who wants a step to hang. Whatever reads text of others ends within {@link budget}:
 * with a result, or with a CodedError. Each `hostile.test.ts` shows it.
 */

/** `npm run test:fuzz` does more. */
export const { fuzzFactor = 1 } = globalThis as { fuzzFactor?: number };

/** Milliseconds of processor time for a text of {@link maxLength}. Quadratic work takes minutes. */
const budget = 1500;

/** Characters. */
const maxLength = 400_000;

/** Characters of a run of one piece, and milliseconds for it: quadratic work takes several times as long. */
const attackLength = 40_000;
const attackBudget = 500;

/** A piece of text, and how many times it is repeated. Several make a text. */
export type Pieces = readonly (readonly [piece: string, times: number])[];

/** What many grammars treat in a way of its own. */
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

/** What stands before and after a run: matchers fail late, and try again from every place. */
const frames = [
  ['', ''],
  ['', 'a'],
  ['a', '\n'],
  ['a', '!'],
] as const;

/**
 * Runs a parser on long runs of each piece, with something else at their ends.
 *
 * @param pieces of the parser's own grammar
 * @throws Error that names the text, if the parser takes too long or throws something other than a CodedError
 */
export function survivesAttacks(parse: (text: string) => unknown, pieces: readonly string[] = []): void {
  for (const piece of [...pieces, ...commonPieces])
    for (const [start, end] of frames) {
      const run = [piece, Math.ceil(attackLength / piece.length)] as const;
      survives(parse, [[start, 1], run, [end, 1]], attackBudget);
    }
}

/** Where counterexamples are kept: the JSON file beside a test, by name. */
export interface Corpus {
  readonly file: URL;
  readonly name: string;
  /** Characters of a text at most, for a parser that is slow. Default: 400,000. */
  readonly longest?: number;
}

/**
 * Runs a parser on texts made of pieces, those of the corpus first. A failure prints its seed and its path: give them
 * as `FUZZ_SEED` and `FUZZ_PATH` to see it again, and add the counterexample to the corpus.
 *
 * @param pieces of the parser's own grammar
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
  try {
    inTime(() => parse(text.slice(0, longest)), limit);
  } catch (error) {
    if (error instanceof CodedError) return;
    throw new Error(`${JSON.stringify(pieces)}: ${String(error)}`, { cause: error });
  }
}

/**
 * The result of some work.
 *
 * @throws Error if the work takes more processor time than the budget
 */
export function inTime<T>(work: () => T, limit = budget): T {
  const started = process.cpuUsage();
  try {
    return work();
  } finally {
    requireInTime(started, limit);
  }
}

function requireInTime(started: NodeJS.CpuUsage, limit: number): void {
  const { user, system } = process.cpuUsage(started);
  const milliseconds = Math.round((user + system) / 1000);
  if (milliseconds > limit) throw new Error(`took ${milliseconds} ms; the budget is ${limit} ms`);
}
