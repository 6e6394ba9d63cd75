import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path/posix';

const rows = readFileSync('docs/security.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:Promise|-)/.test(line));

test('every promise of the security model has a test', () => {
  expect(rows.length).toBeGreaterThan(20);
});

test.each(rows)('the test of "%s" exists', (row) => {
  const { file = '', name = '' } = /\]\((?<file>[^)]+)\): "(?<name>[^"]+)" *\|$/.exec(row)?.groups ?? {};
  expect(readFileSync(join('docs', file), 'utf8')).toContain(name);
});
