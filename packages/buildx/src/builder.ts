import { forAll } from '@towpath/concurrency';
import { lastLine, withVariables, type BuildPort, type Env } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import {
  addRemote,
  containerName,
  createContainer,
  createRemotes,
  isCreated,
  remoteNames,
  type BuilderSetup,
  type DriverOptions,
} from './create-builder.ts';
import type { BuildkitNode } from './nodes.ts';
import { directBuildx, findBuildx, plugin, withoutBuilder, type Buildx } from './program.ts';

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
  /** The builder does not exist yet: {@link createBuilder} creates it. */
  readonly isMissing?: true;
}

/** The builder to use: the current one, one by name, a new one with driver options, or nodes by address. */
export type BuilderChoice =
  | { readonly kind: 'current' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'container'; readonly options: DriverOptions }
  | { readonly kind: 'nodes'; readonly nodes: readonly BuildkitNode[] };

const noOptions: DriverOptions = new Map();

/** The options to find builders. */
export interface BuilderSearch extends BuilderSetup {
  /** Creates a folder that is removed with the step. A temporary builder in this folder queries remote nodes. */
  readonly temporaryFolder: () => Promise<string>;
  /** Whether a stopped builder may be started to read its platforms. */
  readonly mayStart: boolean;
  /** The environment of the step, which says where docker's plugins are. Without it, buildx runs through docker. */
  readonly stepEnv?: Env;
}

/**
 * Finds buildx and the builder to use. For given driver options this is a new docker-container builder, and for
 * addresses a new remote builder. It is also a new docker-container builder if the current builder is Docker's own and
 * cannot write an OCI image layout. {@link createBuilder} creates new builders, and later steps of the job reuse them.
 *
 * @throws CodedError `builder-missing` if the builder is not available or cannot write an OCI image layout
 */
export async function findBuilder(
  port: BuildPort,
  choice: BuilderChoice,
  search: BuilderSearch,
): Promise<Builder> {
  const { stepEnv } = search;
  if (choice.kind === 'nodes')
    return findRemotes(port, await findBuildx(port, stepEnv), choice.nodes, search);
  if (choice.kind === 'container')
    return findContainer(port, await findBuildx(port, stepEnv), choice.options, search);
  const found = await inspectDirectly(port, choice.kind === 'name' ? choice.name : undefined, search);
  if (found.driver !== 'docker' || (await hasContainerdStore(port))) return found;
  if (choice.kind === 'name') {
    throw new CodedError(
      'builder-missing',
      `The builder ${found.name} cannot write an OCI image layout, because Docker has no containerd image store.`,
      { hint: withoutBuilder },
    );
  }
  return findContainer(port, found.buildx, noOptions, search, found);
}

/**
 * Creates a builder that {@link findBuilder} reported as missing, unless another step of the job created it meanwhile.
 *
 * @throws CodedError `builder-missing`
 */
export async function createBuilder(
  port: BuildPort,
  { buildx, isMissing }: Builder,
  choice: BuilderChoice,
  setup: BuilderSetup,
): Promise<void> {
  if (isMissing !== true) return;
  if (choice.kind === 'nodes') await createRemotes(port, buildx, choice.nodes, setup);
  else await createContainer(port, buildx, choice.kind === 'container' ? choice.options : noOptions, setup);
}

/**
 * Finds the docker-container builder for driver options. If it does not exist yet, it has the platforms of Docker's own
 * builder, because both run on the same kernel.
 */
async function findContainer(
  port: BuildPort,
  buildx: Buildx,
  options: DriverOptions,
  search: BuilderSearch,
  own?: Builder,
): Promise<Builder> {
  const name = containerName(options, search);
  if (await isCreated(port, buildx, name, search)) return inspect(port, buildx, name, search);
  const { platforms } = own ?? (await inspectOwn(port, buildx, search));
  return { name, names: [name], driver: 'docker-container', buildx, nodes: 1, platforms, isMissing: true };
}

/** Inspects Docker's own builder, which has the name of Docker's current context (Docker docs, "Default builder"). */
async function inspectOwn(
  port: BuildPort,
  buildx: Buildx,
  search: BuilderSearch,
): Promise<Pick<Builder, 'platforms'>> {
  try {
    return await inspect(port, buildx, await contextName(port), search);
  } catch (error) {
    // Without its platforms, BuildKit itself rejects steps that it cannot run.
    if (error instanceof CodedError && error.code === 'builder-missing') return { platforms: [] };
    throw error;
  }
}

/** Returns the name of Docker's current context; `default` without a docker CLI, as buildx assumes. */
async function contextName(port: BuildPort): Promise<string> {
  const shown = await port.exec('docker', ['context', 'show']).then(
    ({ exitCode, stdout }) => (exitCode === 0 ? stdout.trim() : ''),
    () => '',
  );
  return shown === '' ? 'default' : shown;
}

/** Finds the builder for remote nodes. If it does not exist yet, a temporary builder reads the platforms of the nodes. */
async function findRemotes(
  port: BuildPort,
  buildx: Buildx,
  nodes: readonly BuildkitNode[],
  search: BuilderSearch,
): Promise<Builder> {
  const names = remoteNames(nodes, search);
  const created = await forAll(names.keys(), (name) => isCreated(port, buildx, name, search));
  const isMissing = created.includes(false);
  const asking = isMissing ? withVariables(port, { BUILDX_CONFIG: await search.temporaryFolder() }) : port;
  const found = await forAll(names, async ([name, group]) => {
    if (isMissing) await addRemote(asking, buildx, name, group);
    // Starting a remote builder only connects to its nodes.
    return inspect(asking, buildx, name, { mayStart: true }, atAddresses(nodes));
  });
  const [first] = found;
  if (first === undefined) throw new Error('the list of nodes is empty');
  return { ...first, names: [...names.keys()], ...(isMissing && { isMissing }) };
}

/**
 * Inspects the builder without first looking for buildx, which would take as long as the inspection itself.
 *
 * @throws CodedError `builder-missing` if buildx is not installed or the builder is not available
 */
async function inspectDirectly(
  port: BuildPort,
  name: string | undefined,
  search: BuilderSearch,
): Promise<Builder> {
  const direct = search.stepEnv && (await directBuildx(search.stepEnv));
  if (direct !== undefined) return inspect(port, direct, name, search);
  try {
    return await inspect(port, plugin, name, search);
  } catch (error) {
    const buildx = await findBuildx(port);
    if (buildx === plugin) throw error;
    return inspect(port, buildx, name, search);
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
  { mayStart }: Pick<BuilderSearch, 'mayStart'>,
  { label, hint } = byName(name),
): Promise<Builder> {
  const args = ['inspect', ...(mayStart ? ['--bootstrap'] : []), ...(name === undefined ? [] : [name])];
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
