import { expect, test } from '@jest/globals';
import { readDockerfile } from './instructions.ts';

test.each<{ name: string; text: string; expected: readonly string[] }>([
  {
    name: 'removes the quotes of flags and keeps those of words',
    text: `RUN --mount=type=bind,"from=a b" --network=none echo "a b" 'c' d\\ e`,
    expected: [`1-1 RUN [--mount=type=bind,from=a b|--network=none] echo|"a b"|'c'|d\\ e`],
  },
  {
    name: 'ends the flags at two dashes',
    text: 'COPY --link -- --from=a b',
    expected: ['1-1 COPY [--link] --from=a|b'],
  },
  {
    name: 'continues a line over comments and empty lines',
    text: 'ARG A=1 \\\n# not\n\n  B=2\nARG C',
    expected: ['1-4 ARG [] A=1|B=2', '5-5 ARG [] C'],
  },
  {
    name: 'does not continue a line after an escaped escape character',
    text: 'ARG A=a\\\\\nARG B',
    expected: ['1-1 ARG [] A=a\\\\', '2-2 ARG [] B'],
  },
  {
    name: 'continues a line with the character of the escape directive',
    text: '# escape=`\nARG A=a\\\nARG B `\n C',
    expected: ['2-2 ARG [] A=a\\', '3-4 ARG [] B|C'],
  },
  {
    name: 'ends a heredoc at its delimiter, and ignores tabs before it only after a dash',
    text: 'RUN <<A cat && <<-"B" cat\nRUN x\n\tA\nA\n\tB\nCOPY a b',
    expected: ['1-5 RUN [] <<A|cat|&&|<<-"B"|cat', '6-6 COPY [] a|b'],
  },
  {
    name: 'starts no heredoc in quotes, JSON lists and other instructions',
    text: 'RUN echo "<<A"\nRUN ["<<A"]\nENV X=<<A\nCOPY a b',
    expected: ['1-1 RUN [] echo|"<<A"', '2-2 RUN [] ["<<A"]', '3-3 ENV [] X=<<A', '4-4 COPY [] a|b'],
  },
  {
    name: 'reads an unterminated heredoc to the end of the file, for BuildKit to reject',
    text: 'FROM a\nRUN <<A\nRUN b',
    expected: ['1-1 FROM [] a', '2-3 RUN [] <<A'],
  },
])('$name', ({ text, expected }) => {
  const read = readDockerfile(text).instructions.map(
    ({ line, lastLine, keyword, flags, words }) =>
      `${line}-${lastLine} ${keyword} [${flags.join('|')}] ${words.map((word) => word.text).join('|')}`,
  );
  expect(read).toEqual(expected);
});

test('keeps the lines of each heredoc with their position', () => {
  const [run] = readDockerfile('RUN <<A cat && <<-B cat\nx\n# y\nA\n\tz\n\tB\n').instructions;
  expect(run?.heredocs).toEqual([
    { line: 2, lines: ['x', '# y'] },
    { line: 5, lines: ['\tz'] },
  ]);
});
