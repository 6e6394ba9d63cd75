import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import {
  bullets,
  code,
  details,
  heading,
  link,
  Markdown,
  md,
  page,
  table,
  type Content,
} from './markdown.ts';

/** The parts of a syntax tree node that these tests use. */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly Node[];
}

/** Parses the source as GitHub Flavored Markdown, including e-mail addresses, which are detected after parsing. */
function parse(source: Content): Node {
  return fromMarkdown(source.toString(), { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

function nodes(root: Node): Node[] {
  return [root, ...(root.children ?? []).flatMap(nodes)];
}

/** Returns the elements of a tree, from the outside in, without comments. */
function elements(root: Node): string[] {
  return nodes(root)
    .filter(({ type, value }) => type !== 'text' && value !== '<!-- -->')
    .map(({ type, value }) => (type === 'html' ? String(value) : type));
}

function visibleText(root: Node): string {
  return nodes(root)
    .map(({ type, value = '' }) => (type === 'text' ? value : ''))
    .join('')
    .trim();
}

/** Normalises white space as a browser does. */
function shown(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

const pieces = [
  ...['http://evil.io', 'https://', 'www.', 'evil.io', 'a@b.io', '@', 'mailto:', 'xmpp:', 'javascript:'],
  ...['<b>', '<', '>', '</code>', '</td>', '<!--', '-->', '<img src=x>', '&amp;', '&#64;', '&', ';'],
  ...['[', ']', '](', ')', '(', '![', '[^1]', '[x]', '*', '**', '_', '__', '~', '~~', '`', '```', '\\', '$'],
  ...[
    '|',
    '| a |',
    '---',
    '===',
    '-',
    '+',
    '#',
    '##',
    '1.',
    '1)',
    '!',
    ':',
    '.',
    '=',
    '>',
    '"',
    "'",
    '{',
    '}',
  ],
  ...['\n', '\r\n', '\n\n', '\t', ' ', '    ', '\u2028', '\u0000', '\u001b[31m', 'é', '🚢', 'word'],
];
const untrusted = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme', maxLength: 3 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((some) => some.join(''));

describe('untrusted text is shown unchanged and creates no element', () => {
  test.each<{ name: string; around: (text: string) => Content; expected: readonly string[] }>([
    { name: 'in a block', around: (text) => page(text), expected: ['root', 'paragraph'] },
    { name: 'in a sentence', around: (text) => md`x${text}x`, expected: ['root', 'paragraph'] },
    { name: 'in a heading', around: (text) => heading(3, md`x${text}x`), expected: ['root', 'heading'] },
    {
      name: 'in a list',
      around: (text) => bullets([md`x${text}x`]),
      expected: ['root', 'list', 'listItem', 'paragraph'],
    },
    {
      name: 'in a table',
      around: (text) =>
        table(['h'], [[md`x${text}x`]])
          .toString()
          .replace('| h |', '| |'),
      expected: ['root', 'table', 'tableRow', 'tableCell', 'tableRow', 'tableCell'],
    },
    {
      name: 'in monospace',
      around: (text) => code(`x${text}x`),
      expected: ['root', 'paragraph', '<code>', '</code>'],
    },
    {
      name: 'in the label of a link',
      around: (text) => link(`x${text}x`, 'https://towpath.io/'),
      expected: ['root', 'paragraph', 'link'],
    },
  ])('$name', ({ around, expected }) => {
    fc.assert(
      fc.property(untrusted, (text) => {
        const tree = parse(around(text));
        fc.pre(shown(text) !== '');
        expect(elements(tree)).toEqual(expected);
        const framed = around('').toString() === '\n' ? shown(text) : shown(`x${text}x`);
        expect(visibleText(tree)).toBe(framed);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    { name: 'an address with a scheme', text: 'see https://evil.io' },
    { name: 'an address without a scheme', text: 'see www.evil.io' },
    { name: 'an e-mail address', text: 'ask a@evil.io' },
  ])('does not turn $name into a link', ({ text }) => {
    expect(elements(parse(md`${text}`))).toEqual(['root', 'paragraph']);
    expect(elements(parse(code(text)))).toEqual(['root', 'paragraph', '<code>', '</code>']);
  });

  test('does not turn text between dollar signs into a formula', () => {
    expect(md`${'$x$'}`.toString()).toBe('\\$x\\$');
    expect(code('$x$').toString()).toBe('<code>&#36;x&#36;</code>');
  });
});

test('a mention and the number of an issue are split, so that GitHub links neither', () => {
  expect(md`${'@octocat fixed #12, not C#'}`.toString()).toBe(
    '@<!-- -->octocat fixed \\#<!-- -->12, not C\\#',
  );
});

describe('link', () => {
  test.each([
    {
      name: 'a query',
      url: 'https://towpath.io/a?b=1&copy;=2',
      expected: 'https://towpath.io/a?b=1&copy;=2',
    },
    {
      name: 'a backslash at its end',
      url: 'https://towpath.io/?a=\\',
      expected: 'https://towpath.io/?a=%5C',
    },
    { name: 'angle brackets', url: 'https://towpath.io/<b>', expected: 'https://towpath.io/%3Cb%3E' },
    { name: 'a pipe', url: 'https://towpath.io/a|b', expected: 'https://towpath.io/a%7Cb' },
    { name: 'a backtick', url: 'https://towpath.io/?`', expected: 'https://towpath.io/?%60' },
    { name: 'parentheses', url: 'https://towpath.io/a)(b', expected: 'https://towpath.io/a)(b' },
  ])('has the correct target with $name, also in a table', ({ url, expected }) => {
    const tree = parse(table(['page'], [[link('`here`', url)]]));
    expect(nodes(tree).flatMap((node) => node.url ?? [])).toEqual([expected]);
    expect(visibleText(tree)).toBe('page`here`');
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'towpath', '/actions/1'])(
    'rejects %s',
    (url) => {
      expect(() => link('here', url)).toThrow(`${JSON.stringify(url)} is not a web address`);
    },
  );
});

describe('trusted Markdown stays unchanged', () => {
  test('in a template', () => {
    expect(md`**${md`${1} of`} ${'2*'}**`.toString()).toBe('**1 of 2\\***');
  });

  test('in a heading of each level', () => {
    expect(heading(2, new Markdown('*x*')).toString()).toBe('## *x*');
    expect(heading(4, 'x').toString()).toBe('#### x');
  });

  test('in a list, with one item per line', () => {
    expect(bullets(['one', new Markdown('*two*')]).toString()).toBe('- one\n- *two*');
  });

  test('in a table, whose rows have as many cells as the header', () => {
    expect(table(['image', 'bytes'], [['a', 1], [new Markdown('*b*')]]).toString()).toBe(
      ['| image | bytes |', '| --- | --- |', '| a | 1 |', '| *b* |  |'].join('\n'),
    );
  });

  test('in a folded block, whose title is plain text', () => {
    const source = details('<b> *4* other', bullets(['one'])).toString();
    expect(source).toBe('<details><summary>&#60;b&#62; &#42;4&#42; other</summary>\n\n- one\n</details>');
    expect(elements(parse(source))).toContain('listItem');
  });

  test('on a page, with blocks as paragraphs and no gap for absent blocks', () => {
    expect(page(heading(2, 'x'), undefined, 'y').toString()).toBe('## x\n\ny\n');
  });
});
