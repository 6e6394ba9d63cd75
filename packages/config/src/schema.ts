import { suggest } from '@towpath/errors';
import { isRepositoryName, parsePlatform, parseRegistry, type Platform } from '@towpath/reference';
import { severities } from '@towpath/scan-policy';
import { parseTemplate } from '@towpath/tags';
import * as z from 'zod';
import { repositoryFacts } from './config.ts';
import { kindOf } from './describe-issue.ts';

/** The definition of `towpath.yaml`. Its JSON Schema is generated from here. */

/** As the last component of a repository's name (ECR API, CreateRepository). */
const imageName = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const environmentName = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;
const parameterName = /^ssm:(?<name>\/?[\w./-]+)$/;

const filled = z.string().regex(/./, { error: 'may not be empty' });

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

const platform = z.string().transform(readPlatform);

/** Several platforms, separated by commas as on the command line of buildx. */
const platformList = z.string().transform((text, context) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => readPlatform(one, context)),
);

const template = z.string().transform((text, context) => {
  const parsed = parseTemplate(text);
  if ('template' in parsed) return parsed.template;
  context.issues.push({ code: 'custom', input: text, message: parsed.wrong });
  return z.NEVER;
});

/** Values are texts; a number or a truth value is taken as it is written. */
const textMap = z
  .record(
    z.string(),
    z
      .union([z.string(), z.number(), z.boolean()], {
        error: ({ input }) => `must be a text, not ${kindOf(input)}`,
      })
      .transform(String),
  )
  .transform((record): ReadonlyMap<string, string> => new Map(Object.entries(record)));

const image = z.strictObject({
  context: filled.default('.').describe('The build context, relative to the repository'),
  dockerfile: filled.optional().describe('Relative to the repository; default: Dockerfile in the context'),
  target: filled.optional().describe('The stage to build; default: the last'),
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

const repositoryTemplate = z.string().transform((text, context) => {
  const unknown = [...text.matchAll(/\{([^{}]*)\}/g)].flatMap(([hole, name = '']) =>
    repositoryFacts.includes(name) ? [] : `has ${hole}. ${suggest(name, repositoryFacts)}`,
  );
  for (const message of unknown) context.issues.push({ code: 'custom', input: text, message });
  if (unknown.length > 0) return z.NEVER;
  const example = text.replace(/\{[^{}]*\}/g, 'xx');
  return isRepositoryName(example)
    ? text
    : refuse(context, text, 'a template for the name of an ECR repository');
});

const gate = z.strictObject({
  'fail-on': z.enum([...severities, 'none']).describe('The mildest severity that fails'),
});

const environment = z.strictObject({
  from: z.string().describe('The environment before this one, or build'),
  registry: registry.optional(),
  repository: repositoryTemplate
    .optional()
    .describe('A template: {repository}, {environment} and {image} can stand in it'),
  tags: z.array(template).min(1).optional().describe('Default: {environment}-{version}'),
  gate: gate.optional().describe('The gate of promotions into this environment'),
});

const names = z
  .string()
  .regex(imageName, { error: 'must be lower-case letters and digits, with single . _ - between them' });

/** Not a number: JavaScript puts those first, and the order of environments is theirs to say. */
const environmentNames = z
  .string()
  .regex(environmentName, {
    error: 'must be lower-case letters and digits, with single . _ - between them, and start with a letter',
  })
  .refine((name) => name !== 'build', { error: 'is what publish leaves, not an environment' });

export const towpathSchema = z.strictObject({
  registry: registry.optional(),
  images: z
    .record(names, image)
    .refine((images) => Object.keys(images).length > 0, { error: 'must name an image' }),
  tags: z.array(template).min(1).optional().describe('What publish applies; default: build-{version}'),
  environments: z
    .record(environmentNames, environment)
    .refine((environments) => Object.keys(environments).length > 0, { error: 'must name an environment' })
    .superRefine(checkOrder, { when: () => true })
    .optional()
    .describe('In the order in which they are promoted through'),
  gate: gate.optional(),
});

export type TowpathYaml = z.output<typeof towpathSchema>;

const service = z.looseObject({
  imageName: names,
  buildContext: filled.default('.'),
  dockerfile: filled.optional(),
  platform: platformList.optional(),
});

/** The model's form. It may hold keys that only the model knows. */
export const imageBuildConfigurationSchema = z
  .record(z.string(), service)
  .refine((services) => Object.keys(services).length > 0, { error: 'must name a service' })
  .check(checkServices);

/** Services that run one image build it in one way. */
function checkServices({
  value,
  issues,
}: z.core.ParsePayload<Readonly<Record<string, z.output<typeof service>>>>): void {
  const recipe = ({ buildContext, dockerfile, platform }: z.output<typeof service>) =>
    JSON.stringify([buildContext, dockerfile, platform]);
  const firsts = new Map<string, [string, z.output<typeof service>]>();
  for (const [name, one] of Object.entries(value)) {
    const [firstName, first] = firsts.get(one.imageName) ?? [name, one];
    firsts.set(one.imageName, [firstName, first]);
    if (recipe(first) === recipe(one)) continue;
    const message = `is also the image of ${firstName}, which builds it in another way`;
    issues.push({ code: 'custom', input: one.imageName, path: [name, 'imageName'], message });
  }
}

/**
 * Every environment comes from `build` or from one above it: an order, and so no circle. It is checked even where an
 * environment is wrong otherwise, so that all is told at once; what has no `from` is told elsewhere.
 */
function checkOrder(environments: object, { issues }: z.core.$RefinementCtx): void {
  const all = Object.keys(environments);
  for (const [index, [name, environment]] of Object.entries(environments).entries()) {
    const { from } = z.looseObject({ from: z.string() }).safeParse(environment).data ?? {};
    const above = ['build', ...all.slice(0, index)];
    if (from === undefined || above.includes(from)) continue;
    const reason = all.includes(from)
      ? `which does not stand above it. Valid: ${above.join(', ')}.`
      : `which does not exist. ${suggest(from, ['build', ...all])}`;
    const message = `is ${JSON.stringify(from)}, ${reason}`;
    issues.push({ code: 'custom', input: from, path: [name, 'from'], message });
  }
}

function readPlatform(text: string, context: z.core.$RefinementCtx): Platform {
  return parsePlatform(text) ?? refuse(context, text, 'a platform such as linux/amd64');
}

function refuse(context: z.core.$RefinementCtx, input: unknown, expected: string): never {
  context.issues.push({
    code: 'custom',
    input,
    message: `must be ${expected}, not ${JSON.stringify(input)}`,
  });
  return z.NEVER;
}
