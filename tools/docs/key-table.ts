import { keyDescriptions } from './key-descriptions.ts';
import type { JsonSchema } from './json-schema.ts';

/** A row of a table of keys. The texts are Markdown. */
export interface KeyRow {
  /** The key and the keys above it, for example `gate.fail-on`. */
  readonly key: string;
  readonly required: boolean;
  readonly type: string;
  readonly allowed: string;
  readonly default: string;
  readonly meaning: string;
}

/** Maps whose keys the description of the map lists. */
const described: ReadonlySet<string> = new Set([
  'images.*.ulimits',
  'gate.max',
  'gate.grace',
  // The same keys as those of the gate.
  'gate.base',
  'lint.rules',
  'repositories.encryption',
  'repositories.images',
  'repositories.environments',
  'repositories.matching',
  'repositories.registry.templates.*.encryption',
  'repositories.registry.templates.*.lifecycle',
  'repositories.registry.templates.*.readers',
  'repositories.registry.policy.*.condition',
  'repositories.lifecycle.rules',
]);

/** Maps with a table of their own. */
const ownTables: ReadonlySet<string> = new Set(['images', 'environments', 'gate', 'environments.*.gate']);

/**
 * Returns the rows of the keys below a path.
 *
 * @param path of the map, for example `images.*`; empty for the whole file
 * @throws Error if a key has no description or no list of allowed values
 */
export function keyRows(schema: JsonSchema, path = '', prefix = ''): readonly KeyRow[] {
  const branches = branchesOf(schema).filter(({ properties }) => properties !== undefined);
  const names = new Set(branches.flatMap(({ properties = {} }) => Object.keys(properties)));
  return [...names].flatMap((name) => {
    const found = branches.flatMap(({ properties = {} }) => properties[name] ?? []);
    const key = join(path, name);
    const required = branches.every(({ required: all = [] }) => all.includes(name));
    const row = rowOf({ anyOf: found }, key, `${prefix}${name}`, required);
    return [row, ...rowsBelow({ anyOf: found }, key, `${prefix}${name}`)];
  });
}

function rowsBelow(schema: JsonSchema, key: string, shown: string): readonly KeyRow[] {
  if (described.has(key) || ownTables.has(key)) return [];
  const entries = branchesOf(schema).flatMap(({ additionalProperties: entry }) =>
    typeof entry === 'object' && entry.properties !== undefined ? [entry] : [],
  );
  const [entry] = entries;
  if (entry !== undefined) return keyRows(entry, `${key}.*`, `${shown}.<id>.`);
  const item = branchesOf(schema).find(({ items }) => items?.properties !== undefined)?.items;
  if (item !== undefined) return keyRows(item, `${key}.*`, `${shown}[].`);
  return keyRows(schema, key, `${shown}.`);
}

function rowOf(schema: JsonSchema, path: string, key: string, required: boolean): KeyRow {
  const { meaning, allowed, fallback } = partsOf(path);
  const branches = branchesOf(schema);
  const defaults = branches.flatMap((branch) => (branch.default === undefined ? [] : [code(branch.default)]));
  const [written] = defaults;
  const values = allowed ?? listValues(branches);
  if (values === '') throw new Error(`The description of ${path} must say which values are allowed.`);
  return {
    key,
    required,
    type: [...new Set(branches.map(typeOf).flat())].join(' or '),
    allowed: values,
    default: fallback ?? written ?? '',
    meaning,
  };
}

/** Splits the description of a key into its columns. */
function partsOf(path: string): {
  meaning: string;
  allowed: string | undefined;
  fallback: string | undefined;
} {
  const text = keyDescriptions[path];
  if (text === undefined) throw new Error(`tools/docs/key-descriptions.ts has no description of ${path}.`);
  const {
    meaning = '',
    allowed,
    fallback,
  } = /^(?<meaning>.*?)(?: Allowed: (?<allowed>.*?)\.)?(?: Default: (?<fallback>.*)\.)?$/s.exec(text)
    ?.groups ?? {};
  return { meaning, allowed, fallback };
}

function branchesOf(schema: JsonSchema): readonly JsonSchema[] {
  const { anyOf, oneOf } = schema;
  return [anyOf, oneOf].every((one) => one === undefined)
    ? [schema]
    : [...(anyOf ?? []), ...(oneOf ?? [])].flatMap(branchesOf);
}

function typeOf({ type, items, const: only }: JsonSchema): readonly string[] {
  if (only !== undefined) return ['string'];
  return [type ?? []].flat().map((one) => {
    if (one === 'array')
      return `list of ${[...new Set(items === undefined ? [] : branchesOf(items).flatMap(typeOf))].join(' or ')}s`;
    return one === 'object' ? 'map' : one;
  });
}

function listValues(branches: readonly JsonSchema[]): string {
  const values = branches.flatMap(({ type, enum: some = [], const: only }) => [
    ...some.map(code),
    ...(only === undefined ? [] : [code(only)]),
    ...(type === 'boolean' ? ['`true`, `false`'] : []),
  ]);
  const hasKeys = branches.some(
    ({ properties, items, additionalProperties: entry }) =>
      properties !== undefined ||
      items?.properties !== undefined ||
      (typeof entry === 'object' && entry.properties !== undefined),
  );
  return [[...new Set(values)].join(', '), hasKeys ? 'the keys below' : ''].filter(Boolean).join(', or ');
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/**
 * Returns a schema with the description of each key.
 *
 * @param path of the schema in `towpath.yaml`; empty for the whole file
 */
export function describeKeys(schema: JsonSchema, path: string): JsonSchema {
  return { ...describeBelow(schema, path, new Set()), description: undefined };
}

/**
 * Returns the schema of `towpath.yaml` with the description of each key.
 *
 * @throws Error if there is a description of a key that does not exist
 */
export function describeFile(schema: JsonSchema): JsonSchema {
  const used = new Set<string>();
  const result = describeBelow(schema, '', used);
  const unused = Object.keys(keyDescriptions).filter((path) => !used.has(path));
  if (unused.length > 0) throw new Error(`tools/docs/key-descriptions.ts describes ${unused.join(', ')}.`);
  return result;
}

function describeBelow(schema: JsonSchema, path: string, used: Set<string>): JsonSchema {
  const { properties, items, additionalProperties: entry, anyOf, oneOf } = schema;
  const text = keyDescriptions[path]?.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1');
  if (text !== undefined) used.add(path);
  const within = (one: JsonSchema, name: string) => describeBelow(one, join(path, name), used);
  // The description belongs to the key, not to each of its forms.
  const inBranch = (branch: JsonSchema): JsonSchema => ({
    ...describeBelow(branch, path, used),
    description: undefined,
  });
  return {
    description: text,
    ...schema,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name, within(one, name)]),
      ),
    }),
    ...(typeof entry === 'object' && { additionalProperties: within(entry, '*') }),
    ...(items?.properties !== undefined && { items: within(items, '*') }),
    ...(anyOf !== undefined && { anyOf: anyOf.map(inBranch) }),
    ...(oneOf !== undefined && { oneOf: oneOf.map(inBranch) }),
  };
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
