import { CodedError } from '@towpath/errors';
import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildPort } from './build.ts';
import type { Buildx } from './builder.ts';
import { fleetOf, type BuildkitNode } from './nodes.ts';

/** The name of the builder that is made where Docker's own does not do. */
export const ownBuilder = 'towpath';

/** What a docker-container builder is made with. */
export interface ContainerSetup {
  /** The environment of its BuildKit: the proxy of its own connections, which may hold a password. */
  readonly env: Readonly<Record<string, string>>;
  /** Where buildx keeps what it knows of builders. */
  readonly folder: string;
}

/**
 * Makes the docker-container builder, unless an earlier step of the job has.
 *
 * @returns the builders that were made
 * @throws CodedError `builder-missing` with what Docker said
 */
export async function createContainer(
  port: BuildPort,
  buildx: Buildx,
  { env, folder }: ContainerSetup,
): Promise<readonly string[]> {
  if (await exists(port, buildx, ownBuilder)) return [];
  const variables = Object.entries(env).map(([name, value]) => ({ name, value, stand: randomUUID() }));
  await create(port, buildx, [
    `--name=${ownBuilder}`,
    '--driver=docker-container',
    '--buildkitd-flags=--allow-insecure-entitlement=network.host',
    ...variables.map(({ name, stand }) => `--driver-opt=env.${name}=${stand}`),
  ]);
  const values = new Map(variables.map(({ stand, value }) => [stand, value]));
  try {
    await filledIn(join(folder, 'instances', ownBuilder), values, () => boot(port, buildx));
  } catch (error) {
    await removeBuilder(port, buildx, ownBuilder);
    throw error;
  }
  return [ownBuilder];
}

/**
 * Lets values stand in a JSON file for a while. buildx takes the options of a builder from its command line alone,
 * where anyone can read a password: there they have names, and values in the file that buildx has made of them.
 *
 * @throws Error when the file does not hold the names
 */
async function filledIn(
  file: string,
  values: ReadonlyMap<string, string>,
  body: () => Promise<void>,
): Promise<void> {
  if (values.size === 0) return body();
  const before = await readFile(file, 'utf8');
  const after = [...values].reduce((text, [name, value]) => {
    if (!text.includes(name))
      throw new Error(`buildx keeps the options of ${ownBuilder} elsewhere than in ${file}`);
    return text.replaceAll(name, () => JSON.stringify(value).slice(1, -1));
  }, before);
  try {
    await writeFile(file, after, { mode: 0o600 });
    await body();
  } finally {
    await writeFile(file, before);
  }
}

async function boot(port: BuildPort, { program, args }: Buildx): Promise<void> {
  const { exitCode, stderr } = await port.exec(program, [...args, 'inspect', '--bootstrap', ownBuilder]);
  if (exitCode !== 0) throw notMade(stderr);
}

/**
 * Makes builders of BuildKits that run elsewhere, unless an earlier step of the job has.
 *
 * @returns their names, and those of the ones that were made
 * @throws CodedError `builder-missing` with what buildx said
 */
export async function createRemotes(
  port: BuildPort,
  buildx: Buildx,
  nodes: readonly BuildkitNode[],
): Promise<{ readonly names: readonly string[]; readonly made: readonly string[] }> {
  const builders = fleetOf(nodes).map((row) => ({ name: nameOf(row), row }));
  const made: string[] = [];
  for (const { name, row } of builders) {
    if (await exists(port, buildx, name)) continue;
    made.push(name);
    for (const [index, node] of row.entries()) await create(port, buildx, argumentsOf(name, node, index));
  }
  return { names: builders.map(({ name }) => name), made };
}

function argumentsOf(name: string, { endpoint, platforms, options }: BuildkitNode, index: number): string[] {
  return [
    `--name=${name}`,
    '--driver=remote',
    ...(index === 0 ? [] : ['--append']),
    ...(platforms.length === 0 ? [] : [`--platform=${platforms.join(',')}`]),
    ...options.map((option) => `--driver-opt=${option}`),
    endpoint,
  ];
}

/** The same nodes have the same name, in every step of a job. */
function nameOf(row: readonly BuildkitNode[]): string {
  const hash = createHash('sha256').update(JSON.stringify(row)).digest('hex');
  return `${ownBuilder}-${hash.slice(0, 8)}`;
}

async function exists(port: BuildPort, { program, args }: Buildx, name: string): Promise<boolean> {
  return (await port.exec(program, [...args, 'inspect', name])).exitCode === 0;
}

async function create(port: BuildPort, { program, args }: Buildx, options: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await port.exec(program, [...args, 'create', ...options]);
  if (exitCode !== 0) throw notMade(stderr);
}

function notMade(stderr: string): CodedError {
  return new CodedError('builder-missing', `No builder could be made: ${stderr.trim()}`, {
    hint: 'Add docker/setup-buildx-action before this step, or name a builder with the input builder.',
  });
}

/**
 * Removes a builder, with all that it keeps.
 *
 * @returns why it is still there
 */
export async function removeBuilder(
  port: BuildPort,
  { program, args }: Buildx,
  name: string,
): Promise<string | undefined> {
  const { exitCode, stderr } = await port.exec(program, [...args, 'rm', '--force', name]);
  return exitCode === 0 ? undefined : stderr.trim();
}
