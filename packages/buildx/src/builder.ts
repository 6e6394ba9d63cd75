import { CodedError } from '@towpath/errors';
import { createContainer, createRemotes, type BuilderSetup, type DriverOptions } from './create-builder.ts';
import { lastLine } from './last-line.ts';
import type { BuildkitNode } from './nodes.ts';
import { findBuildx, plugin, withoutBuilder, type BuildPort, type Buildx } from './program.ts';

/** The builder that a build will use. */
export interface Builder {
  readonly name: string;
  /** It and its equals, where a platform has several nodes: images are spread over them. Never empty. */
  readonly names: readonly string[];
  readonly driver: string;
  readonly buildx: Buildx;
  /** How many BuildKits it has: buildx writes no OCI layout of several platforms from several. */
  readonly nodes: number;
  /** What it can run, its own first, e.g. `linux/amd64`. */
  readonly platforms: readonly string[];
}

/** The current builder, one by its name, one that is made with such options, or those at some addresses. */
export type BuilderChoice =
  | { readonly kind: 'current' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'container'; readonly options: DriverOptions }
  | { readonly kind: 'nodes'; readonly nodes: readonly BuildkitNode[] };

const noOptions: DriverOptions = new Map();

/**
 * Finds buildx and the builder to use. Where the current one is Docker itself and cannot write an OCI image layout, a
 * docker-container builder is made, and found again by later steps of the job; so are one with the driver options, and
 * those of the addresses, that are given.
 *
 * @throws CodedError `builder-missing` when there is none, or it cannot write an OCI image layout
 */
export async function findBuilder(
  port: BuildPort,
  choice: BuilderChoice,
  setup: BuilderSetup,
): Promise<Builder> {
  if (choice.kind === 'nodes') {
    const buildx = await findBuildx(port);
    const names = await createRemotes(port, buildx, choice.nodes, setup);
    const found = await Promise.all(
      names.map((name) => inspect(port, buildx, name, atAddresses(choice.nodes))),
    );
    const [first] = found;
    if (first === undefined) throw new Error('there is a node');
    return { ...first, names };
  }
  const make = async (buildx: Buildx, options: DriverOptions) =>
    inspect(port, buildx, await createContainer(port, buildx, options, setup));
  if (choice.kind === 'container') return make(await findBuildx(port), choice.options);
  const found = await inspectWhereItIs(port, choice.kind === 'name' ? choice.name : undefined);
  if (found.driver !== 'docker' || (await hasContainerdStore(port))) return found;
  if (choice.kind === 'name') {
    throw new CodedError(
      'builder-missing',
      `The builder ${found.name} is Docker itself, and cannot write an OCI image layout.`,
      { hint: withoutBuilder },
    );
  }
  return make(found.buildx, noOptions);
}

/**
 * Asks for the builder at once: where that is answered, nobody has to ask first whether buildx is there, which takes as
 * long as all the rest.
 *
 * @throws CodedError `builder-missing` when there is no buildx, or the builder does not answer
 */
async function inspectWhereItIs(port: BuildPort, name: string | undefined): Promise<Builder> {
  try {
    return await inspect(port, plugin, name);
  } catch (error) {
    const buildx = await findBuildx(port);
    if (buildx === plugin) throw error;
    return inspect(port, buildx, name);
  }
}

/** How messages call a builder, and what helps when it does not answer. */
interface Subject {
  readonly called: string;
  readonly hint: string;
}

/** The name that a builder is given for its nodes tells nobody anything. */
function atAddresses(nodes: readonly BuildkitNode[]): Subject {
  return {
    called: `BuildKit at ${nodes.map(({ endpoint }) => endpoint).join(', ')}`,
    hint: 'Look whether each of them runs, whether this runner may reach it, and whether it wants TLS: cacert=, cert= and key= behind its address in the input builder.',
  };
}

function byName(name = 'in use'): Subject {
  return { called: `The builder ${name}`, hint: withoutBuilder };
}

/** @throws CodedError `builder-missing` when it does not answer */
async function inspect(
  port: BuildPort,
  buildx: Buildx,
  name: string | undefined,
  { called, hint } = byName(name),
): Promise<Builder> {
  const args = ['inspect', '--bootstrap', ...(name === undefined ? [] : [name])];
  const { exitCode, stdout, stderr } = await port.exec(buildx.program, [...buildx.args, ...args]);
  const parsed = parseInspection(stdout);
  const reason = exitCode === 0 ? parsed.error : lastLine(stderr);
  if (reason !== undefined) {
    throw new CodedError('builder-missing', `${called} does not answer: ${reason}`, { hint });
  }
  return { ...parsed, names: [parsed.name], buildx };
}

/** `buildx inspect` prints `Key: value` lines for people; those read here have stood since its first release. */
function parseInspection(
  text: string,
): Pick<Builder, 'name' | 'driver' | 'nodes' | 'platforms'> & { readonly error?: string } {
  const valuesOf = (key: string) => [...text.matchAll(new RegExp(`^${key}:[ \\t]*(.*)$`, 'gm'))];
  const valueOf = (key: string) => valuesOf(key)[0]?.[1]?.trim() ?? '';
  const platforms = valuesOf('Platforms')
    .flatMap(([, list = '']) => list.split(','))
    .map((platform) => platform.trim().replace('*', ''))
    .filter((platform) => platform !== '');
  const error = valuesOf('Error')[0]?.[1]?.trim();
  return {
    name: valueOf('Name'),
    driver: valueOf('Driver'),
    nodes: valuesOf('Endpoint').length,
    platforms: [...new Set(platforms)],
    error,
  };
}

/** Docker's own builder exports OCI layouts only where images live in containerd's store (Docker docs, "OCI exporter"). */
async function hasContainerdStore(port: BuildPort): Promise<boolean> {
  const { stdout } = await port.exec('docker', ['info', '--format', '{{json .DriverStatus}}']);
  return stdout.includes('io.containerd.snapshotter');
}
