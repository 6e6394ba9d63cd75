import { readFileSync } from 'node:fs';

/** The arguments of a resource or of one of its blocks. */
export type Block = Readonly<Record<string, Argument>>;

/** An argument that is a value, or a block. */
export type Argument = { readonly required?: true } & (
  | { readonly type: 'string' | 'bool' | 'number' | 'list' | 'map' }
  | { readonly block: Block; readonly many?: true }
);

/** What the types of the AWS provider say about its resources. `generate.ts` writes it. */
export interface ProviderSchema {
  /** The npm package with the types. */
  readonly source: string;
  /** The version of the provider. */
  readonly provider: string;
  readonly resources: Readonly<Record<string, Block>>;
}

export const providerSchema = JSON.parse(
  readFileSync(new URL('aws.json', import.meta.url), 'utf8'),
) as ProviderSchema;

/** Arguments of every resource (Terraform language, "Meta-Arguments"). */
const metaArguments = ['lifecycle'];

/** Returns what is wrong with a resource in Terraform's JSON syntax. */
export function resourceProblems(type: string, body: object): readonly string[] {
  const schema = providerSchema.resources[type];
  if (schema === undefined) return [`${type} is no resource of the provider`];
  const own = Object.entries(body).filter(([key]) => !metaArguments.includes(key));
  return blockProblems(type, schema, Object.fromEntries(own));
}

function blockProblems(path: string, schema: Block, body: object): readonly string[] {
  const unknown = Object.keys(body).filter((key) => !Object.hasOwn(schema, key));
  const missing = Object.entries(schema).filter(
    ([key, { required }]) => required && !Object.hasOwn(body, key),
  );
  return [
    ...unknown.map((key) => `${path} has no argument ${key}`),
    ...missing.map(([key]) => `${path} requires ${key}`),
    ...Object.entries(body).flatMap(([key, value]: [string, unknown]) => {
      const argument = schema[key];
      return argument === undefined ? [] : valueProblems(`${path}.${key}`, argument, value);
    }),
  ];
}

function valueProblems(path: string, argument: Argument, value: unknown): readonly string[] {
  if ('type' in argument)
    return typeOf(value) === argument.type
      ? []
      : [`${path} must be a ${argument.type}, not ${typeOf(value)}`];
  const blocks: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (blocks.length > 1 && argument.many === undefined) return [`${path} is one block, not ${blocks.length}`];
  if (blocks.length === 0 && argument.required === true) return [`${path} requires at least one block`];
  return blocks.flatMap((block) =>
    typeof block === 'object' && block !== null
      ? blockProblems(path, argument.block, block)
      : [`${path} must be a block`],
  );
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object' && value !== null) return 'map';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
