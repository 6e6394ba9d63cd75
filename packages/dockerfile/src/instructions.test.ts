import { expect, test } from '@jest/globals';
import { readDockerfile } from './instructions.ts';

test.each<{ name: string; text: string; expected: readonly string[] }>([
  {
    name: 'flags lose their quotes, words keep them',
    text: `RUN --mount=type=bind,"from=a b" --network=none echo "a b" 'c' d\\ e`,
    expected: [`1-1 RUN [--mount=type=bind,from=a b|--network=none] echo|"a b"|'c'|d\\ e`],
  },
  {
    name: 'two dashes end the flags',
    text: 'COPY --link -- --from=a b',
    expected: ['1-1 COPY [--link] --from=a|b'],
  },
  {
    name: 'comments and empty lines do not end what is continued',
    text: 'ARG A=1 \\\n# not\n\n  B=2\nARG C',
    expected: ['1-4 ARG [] A=1|B=2', '5-5 ARG [] C'],
  },
  {
    name: 'an escaped escape character continues nothing',
    text: 'ARG A=a\\\\\nARG B',
    expected: ['1-1 ARG [] A=a\\\\', '2-2 ARG [] B'],
  },
  {
    name: 'another escape character may continue lines',
    text: '# escape=`\nARG A=a\\\nARG B `\n C',
    expected: ['2-2 ARG [] A=a\\', '3-4 ARG [] B|C'],
  },
  {
    name: 'heredocs end where they say, tabs aside only after a dash',
    text: 'RUN <<A cat && <<-"B" cat\nRUN x\n\tA\nA\n\tB\nCOPY a b',
    expected: ['1-5 RUN [] <<A|cat|&&|<<-"B"|cat', '6-6 COPY [] a|b'],
  },
  {
    name: 'quotes, lists and other instructions begin no heredoc',
    text: 'RUN echo "<<A"\nRUN ["<<A"]\nENV X=<<A\nCOPY a b',
    expected: ['1-1 RUN [] echo|"<<A"', '2-2 RUN [] ["<<A"]', '3-3 ENV [] X=<<A', '4-4 COPY [] a|b'],
  },
  {
    name: 'what is not ended is read to the end, for BuildKit to refuse it',
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
