/**
 * The facts that match the expressions of docker/metadata-action (its README, "tags input" and "Global
 * expressions").
 */
const expressions: Readonly<Record<string, string>> = {
  version: '{version}',
  raw: '{version}',
  major: '{major}',
  minor: '{minor}',
  sha: '{sha:7}',
  branch: '{branch}',
  base_ref: '{branch}',
  date: '{date}',
  tag: '{version}',
};

/** The templates for its rule types without a pattern or value. */
const types: Readonly<Record<string, string>> = {
  semver: '{version}',
  pep440: '{version}',
  match: '{version}',
  sha: 'sha-{sha:7}',
  edge: '{branch}',
  schedule: '{date}',
  ref: '{branch}',
  raw: 'latest',
};

const maxLength = 300;

/**
 * Returns the template for a rule of docker/metadata-action: `{version}` for
 * `type=semver,pattern={{version}}`. Also accepts each half of it, because commas separate the items of an
 * input. Returns undefined for a text that is not such a rule.
 */
export function fromMetadataAction(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  const isRule = /^(?:type|pattern|event|value|enable|priority|prefix|suffix)=/.test(text);
  if (!isRule && !text.includes('{{')) return undefined;
  const field = (name: string) => new RegExp(`(?:^|,)${name}=(?<value>[^,]*)`).exec(text)?.groups?.value;
  const pattern = isRule ? (field('pattern') ?? field('value')) : text;
  if (pattern !== undefined) return translate(pattern);
  const event = field('event');
  if (event === 'pr') return 'pr-{pr}';
  if (event === 'tag') return '{version}';
  const type = field('type') ?? 'ref';
  return Object.hasOwn(types, type) ? (types[type] ?? '{version}') : '{version}';
}

function translate(pattern: string): string {
  return pattern.replace(/\{\{\s*(?<name>\w+)(?!\w)[^{}]*\}\}/g, (_, name: string) =>
    Object.hasOwn(expressions, name) ? (expressions[name] ?? '') : '{version}',
  );
}
