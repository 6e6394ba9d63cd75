/** The maximum number of the user's items that an example repeats. */
const maxItems = 3;
const maxLength = 60;

/**
 * Returns an example that rewrites the user's value as the expected map or list, or undefined if none can be
 * made.
 *
 * @param expected the type that zod expects
 * @param path of the value in the file
 */
export function exampleOf(
  expected: string,
  path: readonly PropertyKey[],
  input: unknown,
): string | undefined {
  const [parent, key] = [path.at(-2), path.at(-1)];
  if (key === undefined && input === null) return 'a map: images: { web: { context: . } }';
  if (typeof key !== 'string') return undefined;
  if (expected === 'array') return listOf(key, input);
  if (expected !== 'record' && expected !== 'object') return undefined;
  const items = Array.isArray(input) ? input.slice(0, maxItems) : [input];
  if (parent === 'environments') return `a map: ${key}: { from: ${wordOf(input) ?? 'build'} }`;
  if (parent === 'images') return `a map: ${key}: { context: ${wordOf(input) ?? '.'} }`;
  const names = items.flatMap((item) => nameOf(item, valueOf[key]));
  if (key === 'environments') return environments(names.map(([name]) => name));
  const entries = names.map(([name, value]) => `${name}: ${value}`);
  if (entries.length > 0) return `a map: ${key}: { ${entries.join(', ')} }`;
  return key === 'images' ? 'a map: images: { web: { context: . } }' : undefined;
}

/** Example values for maps whose entries need a value. */
const valueOf: Readonly<Record<string, ((name: string) => string) | undefined>> = {
  secrets: (name) => `{ env: ${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')} }`,
  contexts: (name) => `path/to/${name}`,
  args: () => '""',
  labels: () => '""',
  annotations: () => '""',
};

/** Returns the value as a text that YAML accepts without quotes. */
function wordOf(input: unknown): string | undefined {
  return typeof input === 'string' && input.length <= maxLength && /^[\w./-]+$/.test(input)
    ? input
    : undefined;
}

function listOf(key: string, input: unknown): string | undefined {
  if (typeof input !== 'string' || input.length > maxLength) return undefined;
  const items = input.split(',').map((item) => item.trim());
  const written = items
    .filter((item) => item !== '')
    .map((item) => (/^[\w./-]+$/.test(item) ? item : JSON.stringify(item)));
  return `a list: ${key}: [${written.join(', ')}]`;
}

/** Returns the name of an item and its entry in a map. Accepts `web`, `A=1`, `{ name: web }` and `{ web: … }`. */
function nameOf(
  item: unknown,
  value: (name: string) => string = () => '{}',
): readonly (readonly [name: string, value: string])[] {
  if (typeof item === 'string' && item.length <= maxLength) {
    const { name, written } = /^(?<name>[\w.-]+)(?:=(?<written>.*))?$/s.exec(item)?.groups ?? {};
    return name === undefined ? [] : [[name, written === undefined ? value(name) : JSON.stringify(written)]];
  }
  if (typeof item !== 'object' || item === null) return [];
  const named: unknown = 'name' in item ? item.name : Object.keys(item)[0];
  return typeof named === 'string' && named.length <= maxLength ? [[named, '{ … }']] : [];
}

function environments(names: readonly string[]): string {
  const all = names.length === 0 ? ['dev', 'prod'] : names;
  const entries = all.map((name, index) => `${name}: { from: ${all[index - 1] ?? 'build'} }`);
  return `a map: environments: { ${entries.join(', ')} }`;
}
