import { cleaningUp, type BuildPort } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import { writeFileInside } from '@towpath/files';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Buildx } from './program.ts';
import { csv } from './csv.ts';
import { groupNodes, type BuildkitNode } from './nodes.ts';

/** Options of buildx's docker-container driver by name, e.g. `image` (Docker docs, "Docker container driver"). */
export type DriverOptions = ReadonlyMap<string, string>;

/** The options to create builders. */
export interface BuilderSetup {
  /** The environment of a BuildKit container: the proxy of its connections, perhaps with a password. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder with buildx's files about builders. */
  readonly folder: string;
  /** The name of this runner. Other runners on the same machine have their own builders. */
  readonly runner: string;
  /** The temporary folder of the job. It has a file for each builder that the job has created. */
  readonly temp: string;
  /** Ends the wait for another step that creates the same builder. */
  readonly signal?: AbortSignal;
  /** Receives the name of a builder before its creation, so that a cancelled step can remove it. */
  readonly announce: (name: string) => void;
}

const environmentOption = 'env.';

/** Returns the environment variables in the driver options. */
export function builderVariables(options: DriverOptions): Readonly<Record<string, string>> {
  const variables = [...options].filter(([option]) => option.startsWith(environmentOption));
  return Object.fromEntries(
    variables.map(([option, value]) => [option.slice(environmentOption.length), value]),
  );
}

/**
 * Creates a docker-container builder, unless an earlier step of the job created the same one.
 *
 * @returns the name, the same for the same options in every step
 * @throws CodedError `builder-missing` with Docker's error
 */
export async function createContainer(
  port: BuildPort,
  buildx: Buildx,
  given: DriverOptions,
  setup: BuilderSetup,
): Promise<string> {
  const name = containerName(given, setup);
  const options = withProxy(given, setup);
  await makeOnce(port, buildx, name, setup, () => makeContainer(port, buildx, name, options, setup));
  return name;
}

/** Returns the name of the builder that {@link createContainer} creates. Names appear in logs, so they show no login. */
export function containerName(given: DriverOptions, setup: BuilderSetup): string {
  return nameOf(
    withProxy(given, setup).map(([option, value]) => [option, withoutLogin(value)]),
    setup,
  );
}

function withProxy(given: DriverOptions, { env }: BuilderSetup): readonly (readonly [string, string])[] {
  const proxy = Object.entries(env).map(
    ([variable, value]) => [environmentOption + variable, value] as const,
  );
  return [...new Map([...proxy, ...given])];
}

async function makeContainer(
  port: BuildPort,
  buildx: Buildx,
  name: string,
  given: readonly (readonly [string, string])[],
  { folder, temp }: BuilderSetup,
): Promise<void> {
  const options = given.map(([option, value]) => ({
    ...{ option, value },
    // Every user of the machine can read command lines, and a variable may contain a password.
    shown: option.startsWith(environmentOption) ? randomUUID() : value,
  }));
  const hasPassword = given.some(
    ([option, value]) => option.startsWith(environmentOption) && hasLogin(value),
  );
  const config = hasPassword ? await configWithoutHistory(folder) : undefined;
  const configFile = join(temp, `${name}.toml`);
  if (config !== undefined) await writeFileInside(temp, basename(configFile), config);
  await create(port, buildx, [
    `--name=${name}`,
    '--driver=docker-container',
    '--buildkitd-flags=--allow-insecure-entitlement=network.host',
    ...(config === undefined ? [] : [`--buildkitd-config=${configFile}`]),
    ...options.map(({ option, shown }) => `--driver-opt=${csv([`${option}=${shown}`])}`),
  ]).finally(() => rm(configFile, { force: true }));
  const hidden = options.filter(({ value, shown }) => value !== shown);
  const values = new Map(hidden.map(({ shown, value }) => [shown, value]));
  await withValues(join(folder, 'instances', name), values, () => boot(port, buildx, name));
}

/**
 * Returns a configuration of BuildKit that keeps no records of builds: these contain the address of the proxy. buildx
 * reads its default file only if none is given, so the configuration includes that file.
 *
 * @returns undefined if the default file configures the records itself
 */
async function configWithoutHistory(folder: string): Promise<string | undefined> {
  const byDefault = await readFile(join(folder, 'buildkitd.default.toml'), 'utf8').catch(() => '');
  if (/^\s*(?:\[\s*)?["']?history\b/m.test(byDefault)) return undefined;
  return `${byDefault}\n[history]\nmaxEntries = 0\n`;
}

function hasLogin(address: string): boolean {
  return withoutLogin(address) !== address;
}

/** Removes the user and the password before the last `@` of an address. */
function withoutLogin(address: string): string {
  return address.replace(/^(?<scheme>[a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$<scheme>');
}

/**
 * Replaces placeholders in a JSON file by their values while `body` runs. buildx accepts driver options only on its
 * command line, where any user can read a password. So the command line gets placeholders, and buildx's file the values.
 *
 * @throws Error if the file does not contain the placeholders
 */
async function withValues(
  file: string,
  values: ReadonlyMap<string, string>,
  body: () => Promise<void>,
): Promise<void> {
  if (values.size === 0) return body();
  const before = await readFile(file, 'utf8');
  const after = [...values].reduce((text, [name, value]) => {
    if (!text.includes(name)) throw new Error(`${file} does not contain the driver options of the builder`);
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
  if (exitCode !== 0) throw notCreated(stderr);
}

/**
 * Creates builders for remote BuildKit nodes, unless an earlier step of the job created the same ones.
 *
 * @returns the names of the builders
 * @throws CodedError `builder-missing` with buildx's error
 */
export async function createRemotes(
  port: BuildPort,
  buildx: Buildx,
  nodes: readonly BuildkitNode[],
  setup: BuilderSetup,
): Promise<readonly string[]> {
  const names = remoteNames(nodes, setup);
  for (const [name, group] of names)
    await makeOnce(port, buildx, name, setup, () => addRemote(port, buildx, name, group));
  return [...names.keys()];
}

/** Returns the nodes of each builder that {@link createRemotes} creates, by its name. */
export function remoteNames(
  nodes: readonly BuildkitNode[],
  setup: BuilderSetup,
): ReadonlyMap<string, readonly BuildkitNode[]> {
  return new Map(groupNodes(nodes).map((group) => [nameOf(group, setup), group]));
}

/** Creates a builder of remote nodes in the configuration of buildx. */
export async function addRemote(
  port: BuildPort,
  buildx: Buildx,
  name: string,
  group: readonly BuildkitNode[],
): Promise<void> {
  for (const [index, node] of group.entries()) await create(port, buildx, argumentsOf(name, node, index));
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

/** Whether {@link createContainer} created a builder. The end of the job removes it with its disk. */
export function isMadeForJob(name: string, driver: string): boolean {
  return driver === 'docker-container' && /^towpath-[0-9a-f]{8}$/.test(name);
}

/** Derives a name from nodes or options, the same in every step of a job. */
function nameOf(settings: readonly unknown[], { runner, temp }: BuilderSetup): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([runner, temp, settings]))
    .digest('hex');
  return `towpath-${hash.slice(0, 8)}`;
}

/** How long the removal of a builder may take, in milliseconds: a runner kills a cancelled step after 7.5 seconds. */
const patience = 5_000;

/**
 * Creates a builder, unless another step of the job created it. Steps that run at the same time wait for each other.
 * Replaces a builder left by a killed job.
 */
async function makeOnce(
  port: BuildPort,
  buildx: Buildx,
  name: string,
  setup: BuilderSetup,
  make: () => Promise<void>,
): Promise<void> {
  const { temp, announce } = setup;
  const lock = join(temp, `${name}.lock`);
  await mkdir(temp, { recursive: true });
  await takeLock(lock, name, setup.signal);
  try {
    if (await isCreated(port, buildx, name, setup)) return;
    announce(name);
    await removeBuilder(port, buildx, name);
    try {
      await make();
    } catch (error) {
      // Why it could not be created, or that the run was cancelled, is worth more than a failure to remove it.
      const cleaner = cleaningUp(port, AbortSignal.timeout(patience));
      await removeBuilder(cleaner, buildx, name).catch(() => undefined);
      throw error;
    }
    await writeFileInside(temp, name, '');
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** Milliseconds: a builder boots in a few seconds, unless its image is pulled first. */
const lockPatience = 300_000;

/** A folder is made by one process alone. @throws CodedError `builder-missing` if the other process takes too long */
async function takeLock(lock: string, name: string, signal: AbortSignal | undefined): Promise<void> {
  const end = Date.now() + lockPatience;
  while (Date.now() < end) {
    try {
      await mkdir(lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await setTimeout(200, undefined, { signal });
  }
  throw new CodedError(
    'builder-missing',
    `Another step has been creating the builder ${name} for 5 minutes.`,
    {
      hint: `If no other step is running, remove ${lock} and run this step again.`,
    },
  );
}

/** Whether a step of this job created the builder, and it still exists. */
export async function isCreated(
  port: BuildPort,
  buildx: Buildx,
  name: string,
  { temp }: BuilderSetup,
): Promise<boolean> {
  return existsSync(join(temp, name)) && (await exists(port, buildx, name));
}

async function exists(port: BuildPort, { program, args }: Buildx, name: string): Promise<boolean> {
  return (await port.exec(program, [...args, 'inspect', name])).exitCode === 0;
}

async function create(port: BuildPort, { program, args }: Buildx, options: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await port.exec(program, [...args, 'create', ...options]);
  if (exitCode !== 0) throw notCreated(stderr);
}

function notCreated(stderr: string): CodedError {
  return new CodedError('builder-missing', `No builder could be created: ${stderr.trim()}`, {
    hint: 'Add docker/setup-buildx-action before this step, or set the input builder. If the runner cannot reach Docker Hub, set the image of a mirror: driver-opts: image=mirror.example/moby/buildkit:buildx-stable-1.',
  });
}

/**
 * Removes a builder with its cache, if it exists.
 *
 * @returns the error if the builder could not be removed
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
