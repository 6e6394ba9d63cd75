import { describe, expect, test } from '@jest/globals';
import { openConsole, type Presentation } from './console.ts';
import { Masks } from './masks.ts';

describe('masks', () => {
  test.each([
    { name: 'every occurrence', secrets: ['hush'], text: 'hush, hush', expected: '***, ***' },
    { name: 'each line of a secret', secrets: ['one\r\ntwo'], text: 'two and one', expected: '*** and ***' },
    { name: 'a longer secret first', secrets: ['abc', 'abcdef'], text: 'abcdef abc', expected: '*** ***' },
    { name: 'a secret as it is, no pattern', secrets: ['a.c$&'], text: 'abc a.c$&', expected: 'abc ***' },
    { name: 'nothing for an empty secret', secrets: ['', ' ', '\n'], text: 'a b\nc', expected: 'a b\nc' },
  ])('replace $name', ({ secrets, text, expected }) => {
    const masks = new Masks();
    for (const secret of secrets) masks.add(secret);
    expect(masks.apply(text)).toBe(expected);
  });

  test('replace the texts in data, and leave the rest', () => {
    const masks = new Masks();
    masks.add('hush');
    const data = { list: ['hush', 1, null, { deep: 'a hush' }], yes: true };
    expect(masks.applyTo(data)).toEqual({ list: ['***', 1, null, { deep: 'a ***' }], yes: true });
  });
});

// These words are renamed for the command line. A secret that contains them must be found before that.
const secret = 'hush the job 0123';

function printing(presentation: Partial<Presentation> = {}) {
  let printed = '';
  const stream = {
    write: (text: string) => {
      printed += text;
    },
  };
  const plain = { json: false, quiet: false, verbose: true, progress: false, colour: false };
  const opened = openConsole('build', { stdout: stream, stderr: stream }, { ...plain, ...presentation });
  opened.log.mask(secret);
  return { opened, printed: () => printed };
}

test.each<{ name: string; print: (opened: ReturnType<typeof openConsole>) => void }>([
  {
    name: 'the log',
    print: (opened) => {
      opened.log.info(`is ${secret}`);
    },
  },
  {
    name: 'details',
    print: (opened) => {
      opened.log.debug(`is ${secret}`);
    },
  },
  {
    name: 'a group',
    print: (opened) => {
      opened.log.group(secret, [`is ${secret}`]);
    },
  },
  {
    name: 'a diff',
    print: (opened) => {
      opened.log.diff(secret, [`+ is ${secret}`]);
    },
  },
  {
    name: 'a problem',
    print: (opened) => {
      opened.log.annotate({ level: 'error', message: `is ${secret}` });
    },
  },
  {
    name: 'the summary',
    print: (opened) => {
      opened.page(`### is ${secret}`);
    },
  },
  {
    name: 'a document as it is',
    print: (opened) => {
      opened.raw(`is ${secret}`);
    },
  },
  {
    name: 'JSON',
    print: (opened) => {
      opened.document({ deep: [`is ${secret}`] });
    },
  },
  {
    name: 'a problem in JSON',
    print: (opened) => {
      opened.document({ message: opened.shown(`is ${secret}`) });
    },
  },
  {
    name: 'an annotation in JSON',
    print: (opened) => {
      opened.log.annotate({ level: 'error', message: `is ${secret}` });
      opened.document({ annotations: opened.annotations });
    },
  },
])('$name shows no secret', ({ print }) => {
  const { opened, printed } = printing();
  print(opened);
  expect(printed()).toContain('is ***');
  expect(printed()).not.toContain('0123');
});
