import { forAll } from '@towpath/concurrency';
import { lastLine, type BuildPort } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import { createContainer, createRemotes, type BuilderSetup, type DriverOptions } from './create-builder.ts';
import type { BuildkitNode } from './nodes.ts';
import { findBuildx, plugin, withoutBuilder, type Buildx } from './program.ts';

/** The builder of a build. */
export interface Builder {
  readonly name: string;
  /** The names of all equal builders, if a platform has several nodes. Images are spread over them. Never empty. */
  readonly names: readonly string[];
  readonly driver: string;
  readonly buildx: Buildx;
  /** The number of nodes. From several nodes, buildx cannot write one OCI layout with several platforms. */
  readonly nodes: number;
  /** The platforms it can run, its own first, e.g. `linux/amd64`. */
  readonly platforms: readonly string[];
}

/** The builder to use: the current one, one by name, a new one with driver options, or nodes by address. */
export type BuilderChoice =
  | { readonly kind: 'current' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'container'; readonly options: DriverOptions }
  | { readonly kind: 'nodes'; readonly nodes: readonly BuildkitNode[] };

const noOptions: DriverOptions = new Map();

/**
 * Finds buildx and the builder to use. Creates a docker-container builder if the current one is Docker's own and cannot
 * write an OCI image layout. Also creates a builder for given driver options or addresses. Later steps of the job reuse
 * created builders.
 *
 * @throws CodedError `builder-missing` if the builder is not available or cannot write an OCI image layout
 */
export async function findBuilder(
  port: BuildPort,
  choice: BuilderChoice,
  setup: BuilderSetup,
): Promise<Builder> {
  if (choice.kind === 'nodes') {
    const buildx = await findBuildx(port);
    const names = await createRemotes(port, buildx, choice.nodes, setup);
    const found = await forAll(names, (name) => inspect(port, buildx, name, atAddresses(choice.nodes)));
    const [first] = found;
    if (first === undefined) throw new Error('the list of nodes is empty');
    return { ...first, names };
  }
  const make = async (buildx: Buildx, options: DriverOptions) =>
    inspect(port, buildx, await createContainer(port, buildx, options, setup));
  if (choice.kind === 'container') return make(await findBuildx(port), choice.options);
  const found = await inspectDirectly(port, choice.kind === 'name' ? choice.name : undefined);
  if (found.driver !== 'docker' || (await hasContainerdStore(port))) return found;
  if (choice.kind === 'name') {
    throw new CodedError(
      'builder-missing',
      `The builder ${found.name} cannot write an OCI image layout, because Docker has no containerd image store.`,
      { hint: withoutBuilder },
    );
  }
  return make(found.buildx, noOptions);
}

/**
 * Inspects the builder without first looking for buildx, which would take as long as the inspection itself.
 *
 * @throws CodedError `builder-missing` if buildx is not installed or the builder is not available
 */
async function inspectDirectly(port: BuildPort, name: string | undefined): Promise<Builder> {
  try {
    return await inspect(port, plugin, name);
  } catch (error) {
    const buildx = await findBuildx(port);
    if (buildx === plugin) throw error;
    return inspect(port, buildx, name);
  }
}

/** A builder in messages, with the hint if it is not available. */
interface Subject {
  readonly label: string;
  readonly hint: string;
}

/** Describes a builder by its nodes, because users do not know its generated name. */
function atAddresses(nodes: readonly BuildkitNode[]): Subject {
  return {
    label: `BuildKit at ${nodes.map(({ endpoint }) => endpoint).join(', ')}`,
    hint: 'Check that each node runs and that this runner can reach it. If a node requires TLS, add cacert=, cert= and key= after its address in the input builder.',
  };
}

function byName(name?: string): Subject {
  return { label: name === undefined ? 'The current builder' : `The builder ${name}`, hint: withoutBuilder };
}

/** @throws CodedError `builder-missing` if the builder is not available */
async function inspect(
  port: BuildPort,
  buildx: Buildx,
  name: string | undefined,
  { label, hint } = byName(name),
): Promise<Builder> {
  const args = ['inspect', '--bootstrap', ...(name === undefined ? [] : [name])];
  const { exitCode, stdout, stderr } = await port.exec(buildx.program, [...buildx.args, ...args]);
  const parsed = parseInspection(stdout);
  const isKnown = parsed.name !== '' && parsed.driver !== '';
  const unknown = isKnown ? undefined : 'buildx inspect printed an unknown format.';
  const reason = exitCode === 0 ? (parsed.error ?? unknown) : lastLine(stderr);
  if (reason !== undefined) {
    throw new CodedError('builder-missing', `${label} is not available: ${reason}`, { hint });
  }
  return { ...parsed, names: [parsed.name], buildx };
}

/** Parses the `Key: value` lines of `buildx inspect`. The keys read here have not changed since its first release. */
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

/** Whether Docker has the containerd image store, which its own builder needs for OCI layouts (Docker docs, "OCI exporter"). */
async function hasContainerdStore(port: BuildPort): Promise<boolean> {
  const { stdout } = await port.exec('docker', ['info', '--format', '{{json .DriverStatus}}']);
  return stdout.includes('io.containerd.snapshotter');
}
