import { expect, test } from '@jest/globals';
import { openConsole, type Presentation } from './console.ts';

/** Prints a diff and returns what is written. */
function printed(presentation: Partial<Presentation>): string {
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  const plain = { json: false, quiet: false, verbose: false, progress: false, colour: false };
  using opened = openConsole('provision', { stdout: stream, stderr: stream }, { ...plain, ...presentation });
  opened.log.diff('Plan', ['~ web', '  + new', '  - old', '= same']);
  return text;
}

test('a diff has colours if the log has them', () => {
  expect(printed({})).toBe('Plan\n  ~ web\n    + new\n    - old\n  = same\n');
  const colours = printed({ colour: true });
  for (const line of [
    '\u001b[33m~ web\u001b[39m',
    '  \u001b[32m+ new\u001b[39m',
    '  \u001b[31m- old\u001b[39m',
  ])
    expect(colours).toContain(`  ${line}\n`);
  expect(colours).toContain('\n  = same\n');
  expect(printed({ quiet: true })).toBe('');
});
