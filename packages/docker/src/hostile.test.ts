import { test } from '@jest/globals';
import { fuzz, survivesAttacks } from '@towpath/fuzz';
import { lastLine } from './last-line.ts';

const file = new URL('./hostile.corpus.json', import.meta.url);

test('finds the last line in time', () => {
  survivesAttacks(lastLine, [' \n']);
  fuzz(lastLine, [' \n'], { file, name: 'the last line' });
});
