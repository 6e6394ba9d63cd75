import { codes } from '@towpath/errors';
import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { readActions, type Action } from './action-metadata.ts';
import { listRules } from './lint-rules.ts';
import { commandFlagsSource, commandPages } from './command-line.ts';
import { defaultValue } from './default-value.ts';
import { keyRows, type KeyRow } from './key-table.ts';
import { readReusableWorkflows, type ReusableWorkflow } from './reusable-workflows.ts';
import { generateSchemas } from './schemas.ts';
import type { JsonSchema } from './json-schema.ts';

/**
 * Returns all pages with generated sections, the pages of the commands, and all schemas, by their path from the root of the workspace.
 *
 * @throws Error if a page has no markers for a section
 */
export async function generatePages(): Promise<ReadonlyMap<string, string>> {
  const actions = await readActions();
  const schemas = await generateSchemas();
  const workflows = await readReusableWorkflows();
  const commands = await commandPages(actions, table);
  const pages = new Map<string, Readonly<Record<string, string>>>([
    ['README.md', { actions: listActions(actions) }],
    ['docs/cli.md', commands.sections],
    ['docs/errors.md', { codes: listCodes() }],
    ['docs/lint.md', { rules: listRules() }],
    ['docs/permissions.md', await listPolicies()],
    ['docs/workflows.md', Object.assign({}, ...workflows.map(listWorkflow)) as Record<string, string>],
    ['docs/configuration.md', listConfiguration(schemas.get('schemas/towpath.schema.json'))],
    ...actions.map(
      (action) =>
        [
          `actions/${action.folder}/README.md`,
          { inputs: listInputs(action), outputs: listOutputs(action) },
        ] as const,
    ),
  ]);
  const flags = 'packages/cli/src/command-flags.ts';
  const texts = [
    pretty(flags, await commandFlagsSource(actions)).then((text) => [flags, text] as const),
    ...[...pages].map(async ([path, sections]) => [path, await fill(path, sections)] as const),
    ...[...commands.pages].map(async ([path, text]) => [path, await pretty(path, text)] as const),
    ...[...schemas].map(
      async ([path, schema]) => [path, await pretty(path, JSON.stringify(schema))] as const,
    ),
  ];
  return new Map(await Promise.all(texts));
}

/** Inserts each section between its markers, `<!-- name -->` and `<!-- /name -->`. */
async function fill(path: string, sections: Readonly<Record<string, string>>): Promise<string> {
  let text = await readFile(path, 'utf8');
  for (const [name, section] of Object.entries(sections)) {
    const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${path} has no ${start} … ${end}`);
    text = `${text.slice(0, from + start.length)}\n\n${section}\n\n${text.slice(to)}`;
  }
  return pretty(path, text);
}

async function pretty(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

function listActions(actions: readonly Action[]): string {
  const rows = actions.map(({ folder, description }) => [
    `[\`${folder}\`](actions/${folder}/README.md)`,
    description,
  ]);
  return table(['Action', 'Description'], rows);
}

function listInputs({ inputs }: Action): string {
  const rows = Object.entries(inputs).map(([name, input]) => [
    `\`${name}\`${input.required === true ? ' (required)' : ''}`,
    input.description,
    defaultValue(input.default),
  ]);
  return table(['Input', 'Description', 'Default'], rows);
}

function listOutputs({ outputs }: Action): string {
  return table(
    ['Output', 'Description'],
    Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, description]),
  );
}

function listCodes(): string {
  return table(
    ['Code', 'Meaning', 'Usual cause', 'What to do'],
    Object.entries(codes).map(([code, { meaning, cause, remedy }]) => [
      `\`${code}\``,
      meaning,
      cause,
      remedy,
    ]),
  );
}

/** Returns the policies of the exemplar by their file names. */
async function listPolicies(): Promise<Record<string, string>> {
  const files = globSync('examples/exemplar/iam/*.json');
  const policies = files.map(async (file) => {
    const text = await readFile(file, 'utf8');
    return [basename(file), `\`\`\`json\n${text}\`\`\``] as const;
  });
  return Object.fromEntries(await Promise.all(policies));
}

function listWorkflow({ name, inputs, secrets, outputs, grants }: ReusableWorkflow): Record<string, string> {
  const given = inputs.map((input) => [
    `\`${input.name}\`${input.required ? ' (required)' : ''}`,
    input.description,
    defaultValue(input.default),
  ]);
  return {
    [`${name} inputs`]: table(['Input', 'Description', 'Default'], given),
    ...(secrets.length > 0 && {
      [`${name} secrets`]: table(
        ['Secret', 'Description'],
        secrets.map((secret) => [`\`${secret.name}\``, secret.description]),
      ),
    }),
    [`${name} outputs`]: table(
      ['Output', 'Description'],
      outputs.map((output) => [`\`${output.name}\``, output.description]),
    ),
    [`${name} permissions`]: table(
      ['Job', 'Permission', 'Reason'],
      grants.map(({ job, permission, why }) => [`\`${job}\``, `\`${permission}\``, why]),
    ),
  };
}

/** Returns the tables of the keys of the file, of an image and of an environment. */
function listConfiguration(schema: JsonSchema = {}): Record<string, string> {
  const { images, environments, gate = {} } = schema.properties ?? {};
  return {
    keys: listKeys(keyRows(schema)),
    images: listKeys(keyRows(entryOf(images), 'images.*')),
    environments: listKeys(keyRows(entryOf(environments), 'environments.*')),
    gate: listKeys(keyRows(gate, 'gate')),
  };
}

function entryOf({ additionalProperties }: JsonSchema = {}): JsonSchema {
  return typeof additionalProperties === 'object' ? additionalProperties : {};
}

function listKeys(rows: readonly KeyRow[]): string {
  return table(
    ['Key', 'Meaning', 'Type', 'Allowed values', 'Default'],
    rows.map(({ key, required, type, allowed, default: fallback, meaning }) => [
      `\`${key}\`${required ? ' (required)' : ''}`,
      meaning,
      type,
      allowed,
      fallback,
    ]),
  );
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.trim().replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
