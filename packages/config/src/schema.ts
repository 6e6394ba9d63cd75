import { suggest } from '@towpath/errors';
import { ecrPublicHost, isRepositoryName } from '@towpath/reference';
import * as z from 'zod';
import { buildKeys, duration } from './build-schema.ts';
import { gateIssues, type GateIssue } from './check-gates.ts';
import { repositoryFacts } from './config.ts';
import { defaults } from './defaults.ts';
import { gateSchema } from './gate-schema.ts';
import { isOtherRegistry, startsWithRegistry } from './nearest-registry.ts';
import { image } from './image-schema.ts';
import { lintSchema } from './lint-schema.ts';
import { repositoriesSchema } from './repository-settings.ts';
import {
  isObject,
  path,
  platformList,
  recordOf,
  refuse,
  registry,
  roleArn,
  templates,
} from './schema-parts.ts';

/** The definition of `towpath.yaml`. Its JSON Schema is generated from here. */

/** Valid as the last component of a repository name (ECR API, CreateRepository). */
const imageName = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const environmentName = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;

const repositoryTemplate = z.string().transform((text, context) => {
  const holes = new Set(Array.from(text.matchAll(/\{([^{}]*)\}/g), ([, name = '']) => name));
  const unknown = [...holes]
    .filter((name) => !repositoryFacts.includes(name))
    .map((name) => `has {${name}}. ${suggest(name, repositoryFacts)}`);
  for (const message of unknown) context.issues.push({ code: 'custom', input: text, message });
  if (unknown.length > 0) return z.NEVER;
  const wrong = registryInTemplate(text);
  if (wrong !== undefined) {
    context.issues.push({ code: 'custom', input: text, message: wrong });
    return z.NEVER;
  }
  const example = text.replace(/\{[^{}]*\}/g, 'xx');
  return isRepositoryName(example)
    ? text
    : refuse(context, text, 'a template for the name of an ECR repository');
});

/** Returns the template to use instead of one that starts with a registry, or undefined if it does not. */
function registryInTemplate(text: string): string | undefined {
  const cleaned = text.replace(/^[a-z]+:\/\//i, '');
  if (!startsWithRegistry(cleaned)) return undefined;
  const [host = '', ...rest] = cleaned.split('/');
  const alias = host === ecrPublicHost ? `/${rest.shift() ?? ''}` : '';
  const write = `Write repository: ${JSON.stringify(rest.join('/'))}`;
  return isOtherRegistry(cleaned)
    ? `must be a template of Amazon ECR without its registry. ${host} is not an ECR registry. ${write}`
    : `must be a template without its registry. ${write}, and ${host}${alias} in the key registry of the environment`;
}

const environment = z.strictObject({
  from: z.union([z.string(), z.array(z.string()).min(1)]),
  registry: registry.optional(),
  repository: repositoryTemplate.optional(),
  tags: templates.optional(),
  gate: z.union([z.enum(['off']), gateSchema]).optional(),
  soak: duration.optional(),
  via: z.enum(['copy', 'replication']).optional(),
  role: roleArn.optional(),
});

export const imageNames = z
  .string()
  .regex(imageName, { error: 'must be lower-case letters and digits, with single . _ - between them' });

/** Not a number: JavaScript sorts number keys first, which would change the order of the environments. */
const environmentNames = z
  .string()
  .regex(environmentName, {
    error: 'must be lower-case letters and digits, with single . _ - between them, and start with a letter',
  })
  .max(100, { error: 'must have at most 100 characters' })
  .refine((name) => name !== 'build', { error: 'is what publish leaves, not an environment' })
  .refine((name) => !/\.(?:intent|attempt|\d+)$/.test(name), {
    error: 'must not end with .intent, .attempt or a number after a dot: the ledger uses such tags',
  });

export const towpathSchema = z
  .strictObject({
    $schema: z.string().optional(),
    registry: registry.optional(),
    images: recordOf(imageNames, image).check(checkTargets),
    tags: templates.optional(),
    environments: recordOf(environmentNames, environment)
      .refine((environments) => Object.keys(environments).length > 0, { error: 'must name an environment' })
      .superRefine(checkOrder, { when: () => true })
      .optional(),
    gate: gateSchema.optional(),
    repositories: repositoriesSchema.optional(),
    ledger: z.enum(['on', 'off']).optional(),
    lint: lintSchema.optional(),
    ...buildKeys,
  })
  .superRefine(checkGates, { when: () => true })
  .superRefine(checkImages, { when: () => true });

export type TowpathYaml = z.output<typeof towpathSchema>;

const service = z.strictObject({
  imageName: imageNames,
  buildContext: path.default('.'),
  dockerfile: path.optional(),
  platform: platformList.optional(),
});

/** The schema of the model's form. */
export const imageBuildConfigurationSchema = z
  .record(z.string(), service)
  .refine((services) => Object.keys(services).length > 0, { error: 'must name a service' })
  .check(checkServices);

/** The environments of a file without the key. */
const modelEnvironmentNames = defaults.environments.map(({ name }) => name);

/** The maximum number of names compared with each unknown one. */
const maxSuggested = 50;

/** Checks that `target:` contexts name another image of this file. Contexts that are invalid are reported elsewhere. */
function checkTargets({
  value: images,
  issues,
}: z.core.ParsePayload<Readonly<Record<string, z.output<typeof image>>>>): void {
  const names = new Set(Object.keys(images));
  const suggested = [...names.keys().take(maxSuggested)];
  for (const [name, { contexts }] of Object.entries(images)) {
    if (!(contexts instanceof Map)) continue;
    for (const [key, context] of contexts as NonNullable<z.output<typeof image>['contexts']>) {
      if (context.kind !== 'target' || names.has(context.image)) continue;
      const message = `is target:${context.image}, which is not an image of this file. ${suggest(context.image, suggested)}`;
      issues.push({ code: 'custom', input: context, path: [name, 'contexts', key], message });
    }
  }
}

/** Reports gates that contradict themselves or the rest of the file. It runs even if the file has other errors. */
function checkGates(file: unknown, { issues }: z.core.$RefinementCtx): void {
  if (!isObject(file)) return;
  const { images, environments, gate } = file as Readonly<Record<string, unknown>>;
  const written = environments === undefined ? modelEnvironmentNames : keysOf(environments);
  const names = { images: new Set(keysOf(images)), environments: new Set(written) };
  const failOn = failOnOf(gate);
  const report = (root: readonly PropertyKey[], found: readonly GateIssue[]) => {
    for (const { path, input, message } of found)
      issues.push({ code: 'custom', input, path: [...root, ...path], message });
  };
  report(['gate'], gateIssues(gate, names));
  for (const [name, environment] of isObject(environments) ? Object.entries(environments) : []) {
    if (!isObject(environment) || !('gate' in environment)) continue;
    report(['environments', name, 'gate'], gateIssues(environment.gate, { ...names, failOn }));
  }
}

function failOnOf(gate: unknown): unknown {
  if (!isObject(gate)) return undefined;
  const { policy, 'fail-on': failOn } = gate as Readonly<Record<string, unknown>>;
  return failOn ?? (policy === undefined ? undefined : 'none');
}

/** Only a file for the repositories of other teams has no images. */
function checkImages(file: unknown, { issues }: z.core.$RefinementCtx): void {
  if (!isObject(file)) return;
  const { images, repositories } = file as Readonly<Record<string, unknown>>;
  if (!isObject(images) || Object.keys(images).length > 0) return;
  const { matching, registry } = isObject(repositories)
    ? (repositories as Readonly<Record<string, unknown>>)
    : {};
  if (keysOf(matching).length > 0 || registry !== undefined) return;
  issues.push({ code: 'custom', input: images, path: ['images'], message: 'must name an image' });
}

function keysOf(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** Checks that services with the same image build it the same way. */
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

const fromOnly = z.looseObject({ from: z.union([z.string(), z.array(z.string())]) });

/**
 * Checks that each environment is promoted from `build` or from an environment above it, which also rules out
 * cycles. It runs even if an environment has other errors, so that all errors are reported at once. A missing
 * `from` is reported elsewhere.
 */
function checkOrder(environments: unknown, { issues }: z.core.$RefinementCtx): void {
  if (!isObject(environments)) return;
  const all = new Map(Object.keys(environments).map((name, index) => [name, index]));
  for (const [index, [name, environment]] of Object.entries(environments).entries()) {
    // JavaScript sorts number keys first, so the order of the file is lost. The name is an error anyway.
    if (/^\d+$/.test(name)) continue;
    const { from: sources } = fromOnly.safeParse(environment).data ?? {};
    for (const [position, from] of [sources ?? []].flat().entries()) {
      if (from === 'build' || (all.get(from) ?? Infinity) < index) continue;
      const above = ['build', ...all.keys().take(Math.min(index, maxSuggested))];
      const reason = all.has(from)
        ? `which is not above it in the file. Valid: ${above.join(', ')}.`
        : `which does not exist. ${suggest(from, ['build', ...all.keys().take(maxSuggested)])}`;
      const message = `is ${JSON.stringify(from)}, ${reason}`;
      const path = [name, 'from', ...(Array.isArray(sources) ? [position] : [])];
      issues.push({ code: 'custom', input: from, path, message });
    }
  }
}
