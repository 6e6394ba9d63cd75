import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseYaml, type YamlFile } from './yaml-file.ts';

function parse(text: string): YamlFile {
  const yaml = parseYaml('f.yaml', text);
  if ('problems' in yaml) throw new Error(yaml.problems.map(({ message }) => message).join('; '));
  return yaml;
}

/** Returns each problem as `line:column message`. */
function problemsOf(text: string): string[] {
  const yaml = parseYaml('f.yaml', text);
  if (!('problems' in yaml)) return [];
  return yaml.problems.map(
    ({ message, position }) => `${position?.line ?? ''}:${position?.column ?? ''} ${message}`,
  );
}

function positionOf(text: string, path: readonly PropertyKey[]): string {
  const { line, column } = parse(text).positionOf(path);
  return `${line ?? ''}:${column ?? ''}`;
}

describe('a scalar', () => {
  test.each([
    { written: '1.10', value: '1.10' },
    { written: 'True', value: 'True' },
    { written: 'TRUE', value: 'TRUE' },
    { written: '0o17', value: '0o17' },
    { written: '0x1F', value: '0x1F' },
    { written: '1e3', value: '1e3' },
    { written: '+1', value: '+1' },
    { written: '-0', value: '-0' },
    { written: '.inf', value: '.inf' },
    { written: '007', value: '007' },
    { written: '12345678901234567890', value: '12345678901234567890' },
    { written: '2026-01-31', value: '2026-01-31' },
    { written: 'yes', value: 'yes' },
    { written: '"1"', value: '1' },
    { written: '8080', value: 8080 },
    { written: '1.5', value: 1.5 },
    { written: 'true', value: true },
    { written: '~', value: null },
  ])('$written is read as $value: an unusual form is a text', ({ written, value }) => {
    expect(parse(`key: ${written}`).value).toEqual({ key: value });
  });

  test('is kept as written as a key too', () => {
    expect(parse('1.10: x\nTrue: y').value).toEqual({ '1.10': 'x', True: 'y' });
  });
});

describe('a value that other tools evaluate', () => {
  test.each([
    { name: 'a function on a text', text: '!Sub ${Name}', expected: '!Sub' },
    {
      name: 'a function on a list',
      text: '!FindInMap [A, B, C, { DefaultValue: !Ref D }]',
      expected: '!FindInMap',
    },
    { name: 'a function on a map', text: '!Transform { Name: x }', expected: '!Transform' },
    { name: 'a function on a block scalar', text: '!Sub |\n  one\n  two', expected: '!Sub' },
    { name: 'a function in its long form', text: '{ Fn::Sub: x }', expected: 'Fn::Sub' },
    { name: 'a tag of another tool', text: '!Rain::Embed x.txt', expected: '!Rain::Embed' },
    { name: 'a YAML tag outside the core schema', text: '!!binary aGVsbG8=', expected: '!!binary' },
    { name: 'a set', text: '!!set { a, b }', expected: '!!set' },
  ])('is a symbol: $name', ({ text, expected }) => {
    expect(parse(`a: ${text}\nb: 1`).value).toEqual({ a: Symbol.for(expected), b: 1 });
  });

  test('is not a tag that only states the type of a value', () => {
    expect(parse('a: !!str 1\nb: !!map { c: !!seq [x] }').value).toEqual({ a: '1', b: { c: ['x'] } });
  });

  test('may contain names that are defined elsewhere', () => {
    expect(parse('a: !If [A, &x { b: 1 }, *x]\nc: *x').value).toEqual({ a: Symbol.for('!If'), c: { b: 1 } });
  });
});

describe('a merge key', () => {
  test.each([
    { name: 'a map', text: '<<: *x', expected: { a: 1, b: 2 } },
    { name: 'a map whose values are overridden', text: '<<: *x\n  a: 3', expected: { a: 3, b: 2 } },
    {
      name: 'several maps, with precedence for the first',
      text: '<<: [{ a: 4 }, *x]',
      expected: { a: 4, b: 2 },
    },
  ])('merges $name', ({ text, expected }) => {
    expect(parse(`x: &x { a: 1, b: 2 }\ny:\n  ${text}`).value).toMatchObject({ y: expected });
  });

  test.each(['<<: 1', '<<: [1]', '<<: !Sub x'])('cannot merge %s', (text) => {
    expect(problemsOf(text)).toEqual(['1:1 The value of << must be a map, or a list of maps.']);
  });
});

describe('an unreadable file', () => {
  test.each([
    {
      name: 'UTF-16 with a byte order mark',
      text: '\uFFFD\uFFFDa\0',
      expected: ['1:1 The file is not UTF-8.'],
    },
    { name: 'UTF-16 without one', text: 'a\0:\0 \x001\0', expected: ['1:1 The file is not UTF-8.'] },
    {
      name: 'a duplicate key',
      text: 'a: 1\nb: 2\na: 3\n',
      expected: ['3:1 The key a exists twice in this map.'],
    },
    {
      name: 'a duplicate key in a nested map',
      text: 'a:\n  b: 1\n  b: 2\n',
      expected: ['3:3 The key b exists twice in this map.'],
    },
    {
      name: 'a tab',
      text: 'a:\n\tb: 1\n',
      expected: ['2:1 Tabs are not allowed as indentation.'],
    },
    {
      name: 'two documents',
      text: 'a: 1\n---\nb: 2\n',
      expected: ['2:1 The file contains several documents. Write one.'],
    },
    {
      name: 'an alias without an anchor',
      text: 'a: 1\nb: *x\n',
      expected: ['2:4 The alias *x has no anchor &x above it.'],
    },
    {
      name: 'an alias of a later anchor',
      text: 'a: *x\nb: &x 1\n',
      expected: ['1:4 The alias *x has no anchor &x above it.'],
    },
    {
      name: 'a key that JavaScript reserves',
      text: 'a:\n  __proto__: 1\n',
      expected: ['2:3 The key __proto__ is not allowed.'],
    },
    {
      name: 'an unclosed value, reported once',
      text: 'a: {b: {\n',
      expected: ['2:1 Flow map in block collection must be sufficiently indented and end with a }.'],
    },
    {
      name: 'several errors, all of them',
      text: 'a: 1\na: 2\nb: *x\nc: ]\n',
      expected: [
        '2:1 The key a exists twice in this map.',
        '3:4 The alias *x has no anchor &x above it.',
        '4:4 Unexpected flow-seq-end token in YAML stream: "]".',
      ],
    },
  ])('is rejected: $name', ({ text, expected }) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test.each([
    { name: 'lists', write: (inner: string) => `[${inner}]` },
    { name: 'merged maps', write: (inner: string) => `{ <<: [${inner}] }` },
  ])('is rejected with aliases that multiply: $name', ({ write }) => {
    const levels = 'abcdefghi'.replace(/./g, (name, index: number) => {
      const inner = index === 0 ? '{}' : `*${'abcdefghi'[index - 1] ?? ''}`;
      return `${name}: &${name} ${write(Array.from({ length: 9 }, () => inner).join())}\n`;
    });
    expect(problemsOf(levels)).toEqual(['1:1 The aliases of the file expand to too many values.']);
  });

  test.each(['a: &x [*x]', 'a: &x { b: { <<: *x } }'])(
    'is rejected with an alias of a node that contains it: %s',
    (text) => {
      expect(problemsOf(text)).toEqual(['1:1 The aliases of the file expand to too many values.']);
    },
  );

  test('is rejected with many aliases of a large value, but not of a small one', () => {
    const many = (size: number) =>
      `a: &x [${'x,'.repeat(size)}]\n${Array.from({ length: 500 }, (_, index) => `b${index}: *x\n`).join('')}`;
    expect(problemsOf(many(10_000))).toEqual(['1:1 The aliases of the file expand to too many values.']);
    expect(problemsOf(many(10))).toEqual([]);
  });

  test.each([
    { name: 'flow lists', open: '[', close: ']' },
    { name: 'flow maps', open: '{a: ', close: '}' },
    { name: 'block lists', open: '- ', close: '' },
  ])('is rejected with endless $name', ({ open, close }) => {
    for (const depth of [3000, 50_000]) {
      const text = `${open.repeat(depth)}x${close.repeat(depth)}`;
      expect(problemsOf(text)).toEqual(['1:1 The file nests too deeply.']);
    }
  });

  test('is never a text that a user might write', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-c:&*!|>{}[\]#,\n\t "'-]{0,30}$/), (text) => {
        expect(() => parseYaml('f.yaml', text)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the position of a value', () => {
  const text = ['a:', '  b: [x, y]', '  "c d":', '    - e: 1', '      f: 2', '1.10: z', ''].join('\n');

  test.each([
    { path: [], expected: '1:1' },
    { path: ['a'], expected: '1:1' },
    { path: ['a', 'b'], expected: '2:3' },
    { path: ['a', 'b', 1], expected: '2:10' },
    { path: ['a', 'c d'], expected: '3:3' },
    { path: ['a', 'c d', 0], expected: '4:7' },
    { path: ['a', 'c d', 0, 'f'], expected: '5:7' },
    { path: ['1.10'], expected: '6:1' },
  ])('at $path is $expected', ({ path, expected }) => {
    expect(positionOf(text, path)).toBe(expected);
  });

  test.each([
    { path: ['a', 'x'], expected: '1:1' },
    { path: ['a', 'b', 7, 'x'], expected: '2:3' },
    { path: ['x', 'y'], expected: '1:1' },
  ])('at the missing path $path is that of the nearest parent', ({ path, expected }) => {
    expect(positionOf(text, path)).toBe(expected);
  });

  test('of an alias is the alias’s, also for the values inside', () => {
    const aliased = 'a: &x\n  b: 1\nc: *x\n';
    expect(positionOf(aliased, ['c'])).toBe('3:1');
    expect(positionOf(aliased, ['c', 'b'])).toBe('3:1');
  });

  test('in an empty file is its start', () => {
    expect(positionOf('', [])).toBe('1:1');
    expect(positionOf('# a comment\n', ['a'])).toBe('1:1');
  });

  test('is the same with a byte order mark and other line endings', () => {
    expect(positionOf('\uFEFFa: 1', ['a'])).toBe('1:1');
    expect(positionOf('\uFEFF{a: 1, b: 2}', ['b'])).toBe('1:8');
    expect(positionOf('a: 1\r\nb:\r\n  c: 2\r\n', ['b', 'c'])).toBe('3:3');
  });

  const key = fc.stringMatching(/^[a-z]{1,5}$/);
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('text', 7, true),
      fc.dictionary(key, tie('tree'), { noNullPrototype: true }),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }));

  test.each([
    { name: 'blocks', write: (value: unknown) => stringify(value, { aliasDuplicateObjects: false }) },
    { name: 'one line', write: (value: unknown) => JSON.stringify(value) },
    { name: 'JSON', write: (value: unknown) => JSON.stringify(value, null, 3) },
  ])('is the position of its key, in any file of $name', ({ write }) => {
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1, noNullPrototype: true }), (value) => {
        const written = write(value);
        const yaml = parse(written);
        for (const path of keyPaths(value)) {
          const { line = 0, column = 0 } = yaml.positionOf(path);
          const found = written.split('\n')[line - 1]?.slice(column - 1) ?? '';
          expect(found.replace(/^"/, '')).toMatch(new RegExp(`^${String(path.at(-1))}"?:`));
        }
      }),
    );
  });
});

/** Returns the paths of all entries of maps. */
function keyPaths(value: unknown): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, inner]) => {
    const step = isList ? Number(key) : key;
    return [...(isList ? [] : [[step]]), ...keyPaths(inner).map((path) => [step, ...path])];
  });
}
