import { describe, expect, test } from '@jest/globals';
import { creationSettings, loadConfig, type Config } from '@towpath/config';
import { policyDigest } from '@towpath/scan-policy';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { parse, stringify } from 'yaml';
import { keyDescriptions } from './key-descriptions.ts';
import { describeFile, keyRows, type KeyRow } from './key-table.ts';
import { generateSchemas } from './schemas.ts';
import type { JsonSchema } from './json-schema.ts';

const schema = (await generateSchemas()).get('schemas/towpath.schema.json') ?? {};

function entryOf(name: string): JsonSchema {
  const entry = schema.properties?.[name]?.additionalProperties;
  if (typeof entry !== 'object') throw new Error(`${name} is not a map`);
  return entry;
}

/** Reads a configuration in the same way as a step. */
function read(config: object): Promise<Config> {
  const workspace = temporaryFolder();
  writeFiles(workspace, { 'towpath.yaml': stringify(config) });
  const printBake = (): never => {
    throw new Error('there is no bake file');
  };
  return loadConfig({ workspace, defaultName: 'web', printBake });
}

/** Returns a configuration with all defaults. A gate and repositories contain only the keys that are written. */
function effective({ gate, repositories, environments, ...others }: Config): object {
  return {
    ...others,
    environments: environments.map((one) => ({ via: 'copy', ...one })),
    gate: policyDigest(gate),
    repositories: creationSettings(repositories.common),
  };
}

/** Returns the configuration with a key, given as `a.b`, below a path. */
function withKey(place: readonly string[], key: string, value: unknown): object {
  const path = [...place, ...key.split('.')];
  const added = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
  const image = 'images' in added ? {} : { images: { web: {} } };
  const environments = { environments: { dev: { from: 'build' } } };
  if (!('environments' in added)) return { ...image, ...added, ...(key !== 'environments' && environments) };
  const { dev = {} } = added.environments as { dev?: object };
  return { ...image, environments: { dev: { from: 'build', ...dev } } };
}

/**
 * Returns the rows with a single default value. The compression gzip is the builder's own default, so the
 * configuration omits it.
 */
function literals(rows: readonly KeyRow[]): { key: string; value: string }[] {
  return rows.flatMap(({ key, default: fallback }) => {
    const value = /^`([^`]+)`(?: \(.*\))?$/.exec(fallback)?.[1];
    const isOfOtherKey = key.startsWith('cache.') || key.startsWith('compression') || key.includes('[]');
    return value === undefined || isOfOtherKey ? [] : [{ key, value }];
  });
}

const tables: readonly (readonly [string, readonly string[], readonly KeyRow[]])[] = [
  ['the file', [], keyRows(schema)],
  ['an image', ['images', 'web'], keyRows(entryOf('images'), 'images.*')],
  ['an environment', ['environments', 'dev'], keyRows(entryOf('environments'), 'environments.*')],
  ['a gate', ['gate'], keyRows(schema.properties?.gate ?? {}, 'gate')],
];

describe.each(tables)('the table of the keys of %s', (_, place, rows) => {
  test.each(literals(rows))(
    'has the default of $key that the code applies: $value',
    async ({ key, value }) => {
      // Flow sequences such as [build-{version}] need quotes in YAML.
      const parsed: unknown = /^\[[^\]]+\]$/.test(value) ? [value.slice(1, -1)] : parse(value);
      const others = await read(withKey(place, 'unused', undefined));
      expect(effective(await read(withKey(place, key, parsed)))).toEqual(effective(others));
    },
  );

  test('has the type, the allowed values and the meaning of every key', () => {
    for (const { key, type, allowed, meaning } of rows) {
      expect([key, type]).toEqual([key, expect.stringMatching(/^[a-z ]+$/)]);
      expect([key, allowed]).toEqual([key, expect.stringMatching(/./)]);
      expect([key, meaning]).toEqual([key, expect.stringMatching(/\.$/)]);
    }
  });
});

test('the tables show the keys with the values of the schema', () => {
  const rows = tables.flatMap(([, , some]) => some);
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.find(({ key }) => key === 'fail-on')?.allowed).toContain('`critical`, `high`');
});

test('a description of a key that does not exist is an error', () => {
  const others = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'ledger');
  expect(() => describeFile({ ...schema, properties: Object.fromEntries(others) })).toThrow(
    /describes ledger\./,
  );
  expect(keyDescriptions.ledger).toBeDefined();
});
