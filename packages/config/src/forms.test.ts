import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Config } from './config.ts';
import { readTowpathYaml } from './towpath-yaml.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

/** A configuration is read the same way from every YAML form. */

function parse(text: string): YamlFile {
  const yaml = parseYaml('towpath.yaml', text);
  if ('problems' in yaml) throw new Error(yaml.problems.map(({ message }) => message).join('; '));
  return yaml;
}

function read(text: string): Config {
  return readTowpathYaml(parse(text));
}

const block = (value: unknown) => stringify(value, { aliasDuplicateObjects: false });
const forms: readonly { readonly name: string; readonly write: (value: unknown) => string }[] = [
  {
    name: 'flow',
    write: (value) => stringify(value, { collectionStyle: 'flow', aliasDuplicateObjects: false }),
  },
  {
    name: 'quoted texts',
    write: (value) => stringify(value, { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 }),
  },
  { name: 'JSON', write: (value) => JSON.stringify(value) },
  { name: 'Windows line endings', write: (value) => block(value).replaceAll('\n', '\r\n') },
];

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const text = fc.stringMatching(/^[\w ,:"'#&*!{}[\]|>%@-]{0,12}$/);
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const map = <T>(value: fc.Arbitrary<T>) => fc.dictionary(word, value, { maxKeys: 3, noNullPrototype: true });

const image = fc.record(
  {
    context: fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    target: word,
    platforms: fc.uniqueArray(fc.constantFrom('linux/amd64', 'linux/arm64', 'linux/arm/v7'), {
      minLength: 1,
    }),
    args: map(text),
    labels: map(text),
    secrets: map(fc.oneof(fc.record({ env: word }), fc.record({ file: word }))),
    cache: fc.oneof(
      fc.constantFrom('gha', 'registry', 'local', 'none'),
      fc.record({ type: fc.constant('gha'), scope: word, mode: fc.constantFrom('min', 'max') }),
    ),
    pull: fc.boolean(),
    'no-cache': fc.oneof(fc.boolean(), fc.array(word, { minLength: 1, maxLength: 2 })),
    'shm-size': fc.oneof(
      fc.integer({ min: 1, max: 1e9 }),
      fc.nat({ max: 99 }).map((count) => `${count + 1}m`),
    ),
    ulimits: fc.record({ nofile: fc.nat({ max: 9999 }) }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const configuration = fc.record({
  images: fc.dictionary(word, image, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  tags: some(
    fc.array(fc.constantFrom('{version}', 'build-{version}', '{sha:12}', 'latest'), { minLength: 1 }),
  ),
  'source-date-epoch': some(fc.oneof(fc.constantFrom('commit', 'now'), fc.nat())),
});

/** Removes absent keys, as people write it. */
const written = configuration.map((value) => JSON.parse(JSON.stringify(value)) as typeof value);

describe('a random configuration', () => {
  test('is read exactly as written', () => {
    fc.assert(
      fc.property(written, (value) => {
        const { images } = read(block(value));
        expect(images.map(({ name }) => name)).toEqual(Object.keys(value.images));
        for (const [name, said] of Object.entries(value.images)) {
          const found = images.find((one) => one.name === name);
          expect(found).toMatchObject({
            context: said.context ?? '.',
            dockerfile: said.context === undefined ? 'Dockerfile' : `${said.context}/Dockerfile`,
            args: new Map(Object.entries(said.args ?? {})),
            labels: new Map(Object.entries(said.labels ?? {})),
            secrets: new Map(Object.entries(said.secrets ?? {})),
            pull: said.pull ?? false,
            noCache: said['no-cache'] ?? false,
          });
          expect(found?.target).toBe(said.target);
        }
      }),
    );
  });

  test.each(forms)('is read the same way in $name', ({ write }) => {
    fc.assert(
      fc.property(written, (value) => {
        expect(read(write(value))).toEqual(read(block(value)));
      }),
      { numRuns: 40 },
    );
  });

  test('is valid according to the JSON Schema of editors', () => {
    const schema = JSON.parse(readFileSync('schemas/towpath.schema.json', 'utf8')) as object;
    const isValid = new Ajv2020({ allowUnionTypes: true }).compile(schema);
    fc.assert(
      fc.property(written, (value) => {
        expect([isValid(parse(block(value)).value), isValid.errors]).toEqual([true, null]);
      }),
    );
  });

  test('with an unknown key is rejected at the position of that key', () => {
    fc.assert(
      fc.property(written, fc.nat(), fc.constantFrom('contxt', 'colour', 'x-y'), (value, pick, key) => {
        const names = Object.keys(value.images);
        const name = names[pick % names.length] ?? '';
        const images = { ...value.images, [name]: { ...value.images[name], [key]: 1 } };
        const lines = block({ ...value, images });
        const error = thrown(() => read(lines));
        expect(error.problems).toHaveLength(1);
        const { line = 0, column = 0 } = error.problems[0]?.position ?? {};
        expect(lines.split('\n')[line - 1]?.slice(column - 1)).toMatch(new RegExp(`^${key}:`));
      }),
    );
  });
});

function thrown(action: () => unknown): CodedError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A value that contains functions, as written and as read. */
interface Written {
  readonly text: string;
  readonly read: unknown;
}

const quoted = text.map((value): Written => ({ text: JSON.stringify(value), read: value }));
const { tree } = fc.letrec<{ tree: Written }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    quoted,
    fc
      .tuple(fc.constantFrom('Ref', 'Sub', 'ImportValue', 'GetAtt', 'Base64', 'Condition'), quoted)
      .map(([name, operand]) => applied(name, operand)),
    fc
      .tuple(
        fc.constantFrom('Join', 'Select', 'Split', 'FindInMap', 'If', 'Sub', 'GetAtt', 'Equals', 'Cidr'),
        fc.array(tie('tree'), { maxLength: 3 }).map(listOf),
      )
      .map(([name, operand]) => applied(name, operand)),
    fc
      .tuple(
        fc.constantFrom('Transform', 'ToJsonString', 'Base64'),
        fc.dictionary(word, tie('tree')).map(mapOf),
      )
      .map(([name, operand]) => applied(name, operand)),
    fc.array(tie('tree'), { maxLength: 3 }).map(listOf),
    fc.dictionary(word, tie('tree'), { maxKeys: 3, noNullPrototype: true }).map(mapOf),
  ),
}));

function applied(name: string, { text: operand }: Written): Written {
  return { text: `!${name} ${operand}`, read: Symbol.for(`!${name}`) };
}

function listOf(items: readonly Written[]): Written {
  return { text: `[${items.map((item) => item.text).join(', ')}]`, read: items.map((item) => item.read) };
}

function mapOf(map: Readonly<Record<string, Written>>): Written {
  const entries = Object.entries(map);
  return {
    text: `{${entries.map(([key, value]) => `${key}: ${value.text}`).join(', ')}}`,
    read: Object.fromEntries(entries.map(([key, value]) => [key, value.read])),
  };
}

test('CloudFormation short forms do not change the values around them', () => {
  fc.assert(
    fc.property(tree, ({ text, read }) => {
      expect(parse(`Resources: ${text}\n`).value).toEqual({ Resources: read });
      expect(parse(`Resources:\n  - ${text}\n  - Key: ${text}\n`).value).toEqual({
        Resources: [read, { Key: read }],
      });
    }),
    { numRuns: 300 },
  );
});
