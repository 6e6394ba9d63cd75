import { expect, test } from '@jest/globals';
import { argumentsOf, exampleLines, examples } from './examples.ts';
import { towpath } from './harness/towpath.ts';
import { allCommands } from './own-commands.ts';

const all = Object.entries(examples).flatMap(([command, list]) =>
  list.map((example) => ({ command, example })),
);

test('every command has an example', () => {
  expect(Object.keys(examples).sort()).toEqual(
    allCommands()
      .map(({ name }) => name)
      .sort(),
  );
});

test.each(all)('the example "$example.line" has the flags of its command', async ({ command, example }) => {
  expect(example.line).toMatch(new RegExp(`^${command}(?: |$)`));
  const { stderr } = await towpath([...argumentsOf(example), '--no-such-flag']);
  expect(stderr).toBe(
    `error: unknown option '--no-such-flag'\nTo list the flags, run towpath ${command} --help.\n`,
  );
});

test('the help of a command ends with its examples', async () => {
  const { stdout } = await towpath(['diff', '--help']);
  expect(stdout).toMatch(/\nExamples:\n {2}# Compare two environments\n {2}towpath diff test prod\n$/);
  expect(exampleLines('diff')).toEqual(['# Compare two environments', 'towpath diff test prod']);
});
