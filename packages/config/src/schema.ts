import { suggest } from '@towpath/errors';
import { isRepositoryName, parsePlatform, parseRegistry } from '@towpath/reference';
import { severities } from '@towpath/scan-policy';
import { parseTemplate } from '@towpath/tags';
import * as z from 'zod';

/** The definition of `towpath.yaml`. Its JSON Schema is generated from here. */

const imageName = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
const parameterName = /^ssm:(?<name>\/?[\w./-]+)$/;

const registry = z
  .string()
  .describe('An ECR registry with an optional prefix, or ssm: and the name of the parameter that holds it')
  .transform((text, context) => {
    const { name } = parameterName.exec(text)?.groups ?? {};
    if (name !== undefined) return { kind: 'parameter' as const, name };
    const literal = parseRegistry(text);
    if (literal !== undefined) return { kind: 'literal' as const, registry: literal };
    return refuse(
      context,
      text,
      'an ECR registry such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/prefix, or ssm:/name/of/a/parameter',
    );
  });

const platform = z.string().transform((text, context) => {
  return parsePlatform(text) ?? refuse(context, text, 'a platform such as linux/amd64');
});

const template = z.string().transform((text, context) => {
  const parsed = parseTemplate(text);
  if ('template' in parsed) return parsed.template;
  context.issues.push({ code: 'custom', input: text, message: parsed.wrong });
  return z.NEVER;
});

/** Values are texts; a number or a truth value is taken as it is written. */
const textMap = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .transform((record): ReadonlyMap<string, string> => new Map(Object.entries(record)));

const image = z.strictObject({
  context: z.string().min(1).default('.').describe('The build context, relative to the repository'),
  dockerfile: z
    .string()
    .min(1)
    .optional()
    .describe('Relative to the repository; default: Dockerfile in the context'),
  target: z.string().min(1).optional().describe('The stage to build; default: the last'),
  platforms: z.array(platform).min(1).optional().describe('Default: the platform of the builder'),
  repository: z
    .string()
    .refine(isRepositoryName, { error: 'must be the full name of an ECR repository' })
    .optional()
    .describe(
      'The full name of the ECR repository; default: the registry’s prefix and the name of the image',
    ),
  args: textMap.optional().describe('Build args'),
  labels: textMap.optional().describe('Labels of the image'),
});

const gate = z.strictObject({
  'fail-on': z.enum([...severities, 'none']).describe('The mildest severity that fails'),
});

const environment = z.strictObject({
  from: z.string().describe('The environment before this one, or build'),
  registry: registry.optional(),
  repository: z
    .string()
    .optional()
    .describe('A template: {repository}, {environment} and {image} can stand in it'),
  tags: z.array(template).min(1).optional().describe('Default: {environment}-{version}'),
  gate: gate.optional().describe('The gate of promotions into this environment'),
});

const names = z
  .string()
  .regex(imageName, { error: 'must be lower-case letters, digits, and . _ - between them' });

export const towpathSchema = z.strictObject({
  registry: registry.optional(),
  images: z
    .record(names, image)
    .refine((images) => Object.keys(images).length > 0, { error: 'must name an image' }),
  tags: z.array(template).min(1).optional().describe('What publish applies; default: build-{version}'),
  environments: z
    .record(names, environment)
    .check(checkOrder)
    .optional()
    .describe('In the order in which they are promoted through'),
  gate: gate.optional(),
});

export type TowpathYaml = z.output<typeof towpathSchema>;

/** The model's form. It may hold keys that only the model knows. */
export const imageBuildConfigurationSchema = z.record(
  z.string(),
  z.looseObject({
    imageName: names,
    buildContext: z.string().min(1).default('.'),
    dockerfile: z.string().min(1).optional(),
    platform: z.string().optional(),
  }),
);

/** Every environment comes from `build` or from one above it: an order, and so no circle. */
function checkOrder({
  value,
  issues,
}: z.core.ParsePayload<Readonly<Record<string, { readonly from: string }>>>): void {
  const all = Object.keys(value);
  for (const [index, [name, { from }]] of Object.entries(value).entries()) {
    const valid = ['build', ...all.slice(0, index)];
    if (valid.includes(from)) continue;
    const reason = all.includes(from) ? 'which does not stand above it' : 'which does not exist';
    const message = `is ${JSON.stringify(from)}, ${reason}. ${suggest(from, valid)}`;
    issues.push({ code: 'custom', input: from, path: [name, 'from'], message });
  }
}

function refuse(context: z.core.$RefinementCtx, input: unknown, expected: string): never {
  context.issues.push({
    code: 'custom',
    input,
    message: `must be ${expected}, not ${JSON.stringify(input)}`,
  });
  return z.NEVER;
}

/** What an issue says to a person. Several unknown keys are one issue of zod's: a line each. */
export const describeIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const valid = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
      return issue.keys.map((key) => `has no key ${JSON.stringify(key)}. ${suggest(key, valid)}`).join('\n');
    }
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${article(issue.expected)}, not ${nameOf(issue.input)}`;
    case 'invalid_value': {
      const options = issue.values.map(String);
      const given = String(issue.input);
      return `is ${JSON.stringify(given)}. ${suggest(given, options)}`;
    }
    case 'too_small':
      return 'may not be empty';
    default:
      return undefined;
  }
};

const words: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  null: 'nothing',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'a text',
};

function article(type: string): string {
  return words[type] ?? type;
}

function nameOf(value: unknown): string {
  if (value === null) return article('null');
  return article(Array.isArray(value) ? 'array' : typeof value);
}
