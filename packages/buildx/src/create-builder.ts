import { CodedError } from '@towpath/errors';
import { writeFileInside } from '@towpath/files';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BuildPort, Buildx } from './program.ts';
import { csv } from './csv.ts';
import { fleetOf, type BuildkitNode } from './nodes.ts';

/** Options of buildx's docker-container driver by name, e.g. `image` (Docker docs, "Docker container driver"). */
export type DriverOptions = ReadonlyMap<string, string>;

/** How builders are made. */
export interface BuilderSetup {
  /** The environment of a BuildKit in a container: the proxy of its own connections, which may hold a password. */
  readonly env: Readonly<Record<string, string>>;
  /** Where buildx keeps what it knows of builders. */
  readonly folder: string;
  /** Tells this runner from others of the machine, whose builders are none of ours. */
  readonly runner: string;
  /** The job's own folder for what is temporary: it knows which builders the job has made. */
  readonly temp: string;
  /** Is told the name of a builder before it is made: whoever is interrupted meanwhile can still remove it. */
  readonly announce: (name: string) => void;
}

const environmentOption = 'env.';

/** The variables among the options of a builder. */
export function builderVariables(options: DriverOptions): Readonly<Record<string, string>> {
  const variables = [...options].filter(([option]) => option.startsWith(environmentOption));
  return Object.fromEntries(
    variables.map(([option, value]) => [option.slice(environmentOption.length), value]),
  );
}

/**
 * Makes a docker-container builder, unless an earlier step of the job has.
 *
 * @returns its name, which the same options have in every step
 * @throws CodedError `builder-missing` with what Docker said
 */
export async function createContainer(
  port: BuildPort,
  buildx: Buildx,
  given: DriverOptions,
  setup: BuilderSetup,
): Promise<string> {
  const proxy = Object.entries(setup.env).map(
    ([variable, value]) => [environmentOption + variable, value] as const,
  );
  const options = [...new Map([...proxy, ...given])];
  // Names stand in logs.
  const name = nameOf(
    options.map(([option, value]) => [option, withoutLogin(value)]),
    setup,
  );
  await makeOnce(port, buildx, name, setup, () => makeContainer(port, buildx, name, options, setup.folder));
  return name;
}

async function makeContainer(
  port: BuildPort,
  buildx: Buildx,
  name: string,
  given: readonly (readonly [string, string])[],
  folder: string,
): Promise<void> {
  const options = given.map(([option, value]) => ({
    ...{ option, value },
    // Everyone can read a command line, and a variable may hold a password.
    shown: option.startsWith(environmentOption) ? randomUUID() : value,
  }));
  await create(port, buildx, [
    `--name=${name}`,
    '--driver=docker-container',
    '--buildkitd-flags=--allow-insecure-entitlement=network.host',
    ...options.map(({ option, shown }) => `--driver-opt=${csv([`${option}=${shown}`])}`),
  ]);
  const hidden = options.filter(({ value, shown }) => value !== shown);
  const values = new Map(hidden.map(({ shown, value }) => [shown, value]));
  try {
    await filledIn(join(folder, 'instances', name), values, () => boot(port, buildx, name));
  } catch (error) {
    await removeBuilder(port, buildx, name);
    throw error;
  }
}

/** An address without the user and the password before its last `@`. */
function withoutLogin(address: string): string {
  return address.replace(/^(?<scheme>[a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$<scheme>');
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
      throw new Error(`buildx keeps the options of a builder elsewhere than in ${file}`);
    return text.replaceAll(name, () => JSON.stringify(value).slice(1, -1));
  }, before);
  try {
    await writeFileInside(dirname(file), basename(file), after, { mode: 0o600 });
    await body();
  } finally {
    await writeFileInside(dirname(file), basename(file), before, { mode: 0o600 });
  }
}

async function boot(port: BuildPort, { program, args }: Buildx, name: string): Promise<void> {
  const { exitCode, stderr } = await port.exec(program, [...args, 'inspect', '--bootstrap', name]);
  if (exitCode !== 0) throw notMade(stderr);
}

/**
 * Makes builders of BuildKits that run elsewhere, unless an earlier step of the job has.
 *
 * @returns their names
 * @throws CodedError `builder-missing` with what buildx said
 */
export async function createRemotes(
  port: BuildPort,
  buildx: Buildx,
  nodes: readonly BuildkitNode[],
  setup: BuilderSetup,
): Promise<readonly string[]> {
  const builders = fleetOf(nodes).map((row) => ({ name: nameOf(row, setup), row }));
  for (const { name, row } of builders)
    await makeOnce(port, buildx, name, setup, async () => {
      for (const [index, node] of row.entries()) await create(port, buildx, argumentsOf(name, node, index));
    });
  return builders.map(({ name }) => name);
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

/** Whether a builder is one that {@link createContainer} has made: it is removed with the job, and its disk with it. */
export function isMadeForJob(name: string, driver: string): boolean {
  return driver === 'docker-container' && /^towpath-[0-9a-f]{8}$/.test(name);
}

/** The same nodes, or options, have the same name in every step of a job. */
function nameOf(settings: readonly unknown[], { runner, temp }: BuilderSetup): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([runner, temp, settings]))
    .digest('hex');
  return `towpath-${hash.slice(0, 8)}`;
}

/** Makes a builder, unless an earlier step of the job has. What a job that was killed has left is not trusted. */
async function makeOnce(
  port: BuildPort,
  buildx: Buildx,
  name: string,
  { temp, announce }: BuilderSetup,
  make: () => Promise<void>,
): Promise<void> {
  const note = join(temp, name);
  if (existsSync(note) && (await exists(port, buildx, name))) return;
  announce(name);
  await removeBuilder(port, buildx, name);
  await make();
  await writeFileInside(temp, name, '');
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
    hint: 'Add docker/setup-buildx-action before this step, or name a builder with the input builder. Where Docker Hub cannot be reached, name a mirror’s BuildKit: driver-opts: image=mirror.example/moby/buildkit:buildx-stable-1.',
  });
}

/**
 * Removes a builder, with all that it keeps.
 *
 * @returns why it is still there
 */
export async function removeBuilder(
  port: BuildPort,
  buildx: Buildx,
  name: string,
): Promise<string | undefined> {
  if (!(await exists(port, buildx, name))) return undefined;
  const { program, args } = buildx;
  const { exitCode, stderr } = await port.exec(program, [...args, 'rm', '--force', name]);
  return exitCode === 0 ? undefined : stderr.trim();
}
