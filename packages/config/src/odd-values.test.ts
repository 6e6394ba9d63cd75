import { expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import * as z from 'zod';
import { readImageBuildConfiguration } from './model-forms.ts';
import { towpathSchema, imageBuildConfigurationSchema } from './schema.ts';
import { readTowpathYaml } from './towpath-yaml.ts';
import { parseYaml } from './yaml-file.ts';

/** The parts of a JSON Schema that name keys. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Returns the path of every key of a configuration. `web` stands for the names that the user chooses. */
function pathsOf(schema: Schema, path: readonly string[] = []): (readonly string[])[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  return [
    path,
    ...Object.entries(properties).flatMap(([key, below]) => pathsOf(below, [...path, key])),
    ...(typeof additionalProperties === 'object' ? pathsOf(additionalProperties, [...path, 'web']) : []),
    ...(items === undefined ? [] : pathsOf(items, [...path, '0'])),
    ...anyOf.flatMap((one) => pathsOf(one, path)),
  ];
}

const odd: readonly unknown[] = [
  null,
  '',
  'text',
  0,
  -1.5,
  true,
  [],
  [null],
  [[]],
  {},
  { web: null },
  { web: [] },
  { dev: { from: null } },
  { __proto__: { from: 'build' }, constructor: null, toString: 1 },
];

const valid = { images: { web: {} } };

/** Returns the configuration with one value at a path. */
function withValue(path: readonly string[], value: unknown): unknown {
  const nested = path.reduceRight<unknown>((inner, key) => (key === '0' ? [inner] : { [key]: inner }), value);
  const isMap = typeof nested === 'object' && nested !== null && !Array.isArray(nested);
  return isMap && path[0] !== undefined ? { ...valid, ...nested } : nested;
}

const forms = [
  {
    form: 'towpath.yaml',
    schema: towpathSchema,
    read: readTowpathYaml,
    wrap: withValue,
  },
  {
    form: 'template.yaml',
    schema: imageBuildConfigurationSchema,
    read: readImageBuildConfiguration,
    wrap: (path: readonly string[], value: unknown) => ({
      Mappings: {
        ImageBuildConfiguration: path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value),
      },
    }),
  },
];

test.each(
  forms.flatMap((form) => {
    const schema = z.toJSONSchema(form.schema, { io: 'input', reused: 'inline', unrepresentable: 'any' });
    const paths = pathsOf(schema as Schema).map((path) => path.join('.'));
    return [...new Set(paths)].map((path) => ({ ...form, path }));
  }),
)('reads or rejects any value of $form at "$path"', ({ path, read, wrap }) => {
  for (const value of odd) {
    const text = JSON.stringify(wrap(path === '' ? [] : path.split('.'), value));
    const yaml = parseYaml('towpath.yaml', text);
    if ('problems' in yaml) continue;
    try {
      read(yaml);
    } catch (error) {
      if (!(error instanceof CodedError)) throw new Error(text, { cause: error });
      expect(error.code).toBe('config-invalid');
    }
  }
});
