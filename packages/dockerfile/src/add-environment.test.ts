import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addEnvironment } from './add-environment.ts';
import { expand } from './expand.ts';
import { readDockerfile } from './instructions.ts';

const variables = new Map([['NO_PROXY', '.corp.test,10.0.0.0/8']]);
const added = 'ENV NO_PROXY=".corp.test,10.0.0.0/8"';

describe('addEnvironment', () => {
  test.each([
    {
      name: 'sets variables at the end of the last stage',
      target: undefined,
      text: 'FROM a\nFROM b',
      expected: `FROM a\nFROM b\n\n${added}`,
    },
    {
      name: 'finds a stage by name',
      target: 'One',
      text: 'FROM a AS one\nFROM b',
      expected: `FROM a AS one\n${added}\nFROM b`,
    },
    {
      name: 'finds a stage by number',
      target: '0',
      text: 'FROM a\nFROM b',
      expected: `FROM a\n${added}\nFROM b`,
    },
    {
      name: 'finds the end of a stage after a heredoc',
      target: 'one',
      text: 'FROM a AS one\nRUN <<EOF\nFROM x\nEOF\nFROM b',
      expected: `FROM a AS one\nRUN <<EOF\nFROM x\nEOF\n${added}\nFROM b`,
    },
    {
      name: 'drops an escape at the end of the last line',
      target: undefined,
      text: 'FROM a\nRUN x \\\n\n',
      expected: `FROM a\nRUN x \n\n${added}`,
    },
    {
      name: 'drops an escape before comments',
      target: undefined,
      text: 'FROM a\nRUN x \\\n  # one\n\n# two \\\n',
      expected: `FROM a\nRUN x \n  # one\n\n# two \\\n\n${added}`,
    },
    {
      name: 'drops an escape before blanks and a carriage return',
      target: undefined,
      text: 'FROM a\nRUN x \\ \t\r\n',
      expected: `FROM a\nRUN x \n\n${added}`,
    },
    {
      name: 'drops the escape of a directive',
      target: undefined,
      text: '# escape=`\nFROM a\nRUN x `\n# y',
      expected: `# escape=\`\nFROM a\nRUN x \n# y\n\n${added}`,
    },
    {
      name: 'keeps an escape at the end of a heredoc',
      target: undefined,
      text: 'FROM a\nRUN <<EOF\nx \\\nEOF',
      expected: `FROM a\nRUN <<EOF\nx \\\nEOF\n\n${added}`,
    },
    {
      name: 'keeps an escaped escape character at the end of the last line',
      target: undefined,
      text: 'FROM a\nRUN x \\\\',
      expected: `FROM a\nRUN x \\\\\n\n${added}`,
    },
    {
      name: 'keeps a last line that is a comment',
      target: undefined,
      text: 'FROM a\n# x \\',
      expected: `FROM a\n# x \\\n\n${added}`,
    },
    { name: 'changes nothing if the stage is missing', target: 'none', text: 'FROM a', expected: 'FROM a' },
    { name: 'changes nothing in an empty file', target: undefined, text: '', expected: '' },
  ])('$name', ({ text, target, expected }) => {
    expect(addEnvironment(text, target, variables)).toBe(expected);
  });

  test('sets all variables in one instruction', () => {
    expect(addEnvironment('FROM a', undefined, new Map([...variables, ['http_proxy', 'http://p']]))).toBe(
      `FROM a\n\n${added} http_proxy="http://p"`,
    );
  });

  test('adds an instruction of its own after any last lines', () => {
    const line = fc.constantFrom(
      'RUN x \\',
      '# y',
      '# y \\',
      '',
      '  ',
      'RUN x',
      'RUN x \\\\',
      'RUN <<E\nx \\\nE',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = addEnvironment(['FROM a', ...lines].join('\n'), undefined, variables);
        const last = readDockerfile(text).instructions.at(-1);
        expect(last?.source).toBe(added);
      }),
    );
  });

  test('changes nothing without variables', () => {
    expect(addEnvironment('FROM a', undefined, new Map())).toBe('FROM a');
  });

  test.each(['', '# escape=`\n'])(
    'quotes values so that they expand to themselves, after %j',
    (directive) => {
      fc.assert(
        fc.property(fc.string(), (value) => {
          const text = addEnvironment(`${directive}FROM a`, undefined, new Map([['X', value]]));
          const word = text.slice(text.indexOf('ENV X=') + 'ENV X='.length);
          expect(expand(word, () => 'expanded', directive === '' ? '\\' : '`')).toBe(value);
        }),
      );
    },
  );
});
