import { describe, expect, test } from '@jest/globals';
import { fuzz, inTime, survivesAttacks } from '@towpath/fuzz';
import * as kinds from './inputs.ts';
import { readEntries } from './pair-list.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);

function reading(kind: kinds.Kind<unknown>): (text: string) => unknown {
  const spec = kinds.readInputs({ given: kinds.optional(kind) }, ({ given }) => given);
  return (text) => spec.read({ given: text });
}

const readers: readonly { name: string; read: (text: string) => unknown; pieces: readonly string[] }[] = [
  { name: 'a flag', read: reading(kinds.flag), pieces: ['true'] },
  { name: 'a list', read: reading(kinds.list), pieces: ['web,', '["web",', '["'] },
  { name: 'pairs', read: reading(kinds.pairs), pieces: ['A=b,', '"A=b', 'A=""', 'A=b\n'] },
  { name: 'a duration', read: reading(kinds.duration), pieces: ['1h', '30m'] },
  { name: 'a count', read: reading(kinds.count), pieces: ['1'] },
  { name: 'a choice', read: reading(kinds.choice(['on', 'off'])), pieces: ['on'] },
  { name: 'entries', read: readEntries, pieces: ['""', '"A', ' \t', '",'] },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('ends in time for any repeated input', () => {
    survivesAttacks(read, pieces);
  });

  test('ends in time for any mixed input', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});

test('rejects 10,000 unknown inputs', () => {
  const given = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`inputs-${index}`, 'x']));
  const spec = kinds.readInputs({ input: kinds.optional(kinds.text) }, () => undefined);
  const read = inTime(() => spec.read(given));
  expect('problems' in read && read.problems).toHaveLength(10_000);
});
