import { describe, test } from '@jest/globals';
import { fuzz, survivesAttacks } from '@towpath/fuzz';
import { bullets, code, link, listing, md, table } from './markdown.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);

const writers: readonly { name: string; write: (text: string) => unknown; pieces: readonly string[] }[] = [
  { name: 'a sentence', write: (text) => md`${text}`, pieces: ['www.', 'http://', '@a', '<!--'] },
  { name: 'code', write: code, pieces: ['</code>', 'www.'] },
  { name: 'a listing', write: (text) => listing(text.split('\n')), pieces: ['\u001b[0m', '\u001b]0;'] },
  { name: 'a link', write: (text) => linkIfAddress(text), pieces: ['https://', 'javascript:', '%', '../'] },
  { name: 'bullets', write: (text) => bullets(text.split(' ')), pieces: ['- '] },
  {
    name: 'a table',
    write: (text) =>
      table(
        ['a'],
        text.split(' ').map((cell) => [cell]),
      ),
    pieces: ['| '],
  },
];

/** Calls `link` only with a valid address, as its callers do. */
function linkIfAddress(text: string): unknown {
  const url = URL.parse(text);
  return url?.protocol === 'https:' ? link(text, text) : undefined;
}

describe.each(writers)('$name', ({ name, write, pieces }) => {
  test('ends in time for any repeated input', () => {
    survivesAttacks(write, pieces);
  });

  test('ends in time for any mixed input', () => {
    fuzz(write, pieces, { file: corpus, name });
  });
});
