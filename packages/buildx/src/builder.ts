import { CodedError } from '@towpath/errors';
import type { BuildPort } from './build.ts';

/** How buildx is called on this machine: as docker's plugin, or by itself. */
export interface Buildx {
  readonly program: string;
  readonly args: readonly string[];
}

/** The builder that a build will use. */
export interface Builder {
  readonly name: string;
  readonly driver: string;
  readonly buildx: Buildx;
  /** What it can run, e.g. `linux/amd64`. */
  readonly platforms: readonly string[];
}

const ways: readonly Buildx[] = [
  { program: 'docker', args: ['buildx'] },
  { program: 'docker-buildx', args: [] },
  { program: 'buildx', args: [] },
];

const hint = 'Add docker/setup-buildx-action before this step, or name a builder with the input builder.';

/**
 * Finds buildx and the builder to use.
 *
 * @param name the builder; the current one when absent
 * @throws CodedError `builder-missing` when there is none, or it cannot write an OCI image layout
 */
export async function findBuilder(port: BuildPort, name: string | undefined): Promise<Builder> {
  const buildx = await findBuildx(port);
  const { exitCode, stdout, stderr } = await port.exec(buildx.program, [
    ...buildx.args,
    'inspect',
    '--bootstrap',
    ...(name === undefined ? [] : [name]),
  ]);
  if (exitCode !== 0) {
    throw new CodedError(
      'builder-missing',
      `The builder ${name ?? 'in use'} does not answer: ${lastLine(stderr)}`,
      { hint },
    );
  }
  const builder = { ...parseInspection(stdout), buildx };
  if (builder.driver === 'docker' && !(await hasContainerdStore(port))) {
    throw new CodedError(
      'builder-missing',
      `The builder ${builder.name} is Docker itself, and cannot write an OCI image layout.`,
      { hint },
    );
  }
  return builder;
}

/** @throws CodedError `builder-missing` */
export async function findBuildx(port: BuildPort): Promise<Buildx> {
  for (const way of ways) {
    const answers = await port.exec(way.program, [...way.args, 'version']).then(
      ({ exitCode }) => exitCode === 0,
      () => false,
    );
    if (answers) return way;
  }
  throw new CodedError('builder-missing', 'docker buildx is not installed.', { hint });
}

/** `buildx inspect` prints `Key: value` lines for people; those read here have stood since its first release. */
function parseInspection(text: string): Pick<Builder, 'name' | 'driver' | 'platforms'> {
  const valueOf = (key: string) => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return {
    name: valueOf('Name'),
    driver: valueOf('Driver'),
    platforms: valueOf('Platforms')
      .split(',')
      .map((platform) => platform.trim().replace('*', ''))
      .filter((platform) => platform !== ''),
  };
}

/** Docker's own builder exports OCI layouts only where images live in containerd's store (Docker docs, "OCI exporter"). */
async function hasContainerdStore(port: BuildPort): Promise<boolean> {
  const { stdout } = await port.exec('docker', ['info', '--format', '{{json .DriverStatus}}']);
  return stdout.includes('io.containerd.snapshotter');
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
