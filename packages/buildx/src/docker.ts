import { CodedError } from '@towpath/errors';
import { parsePlatform, type Platform } from '@towpath/reference';
import type { Readable } from 'node:stream';
import type { BuildPort } from './program.ts';
import { lastLine } from './last-line.ts';

/** A Docker daemon that answers. */
export interface Docker {
  readonly version: string;
  /** What it runs without emulation. */
  readonly platform: Platform;
}

/** The part of `docker version --format '{{json .Server}}'` that is read here. */
interface Server {
  readonly Version?: string;
  readonly Os?: string;
  readonly Arch?: string;
}

/** In milliseconds: a daemon of the machine answers in far less, and one behind a firewall never. */
const patience = 10_000;

/** The daemon that the docker CLI leads to, wherever DOCKER_HOST or a context says that is; or why there is none. */
export async function askDocker(
  { exec }: BuildPort,
  signal = AbortSignal.timeout(patience),
): Promise<Docker | { readonly refusal: string }> {
  try {
    const command = ['version', '--format', '{{json .Server}}'];
    const { exitCode, stdout, stderr } = await exec('docker', command, { signal });
    if (exitCode !== 0) return { refusal: lastLine(stderr) };
    // What stands for docker elsewhere (Podman, nerdctl) has the command, and no daemon: null.
    const { Version = '', Os = '', Arch = '' } = (JSON.parse(stdout) ?? {}) as Server;
    const platform = parsePlatform(`${Os}/${Arch}`);
    return platform === undefined ? { refusal: 'it names no platform.' } : { version: Version, platform };
  } catch (error) {
    if (error instanceof SyntaxError) return { refusal: 'it says nothing of a daemon.' };
    if (error === signal.reason) return { refusal: 'it does not answer in time.' };
    if (error instanceof CodedError && error.code === 'program-missing') return { refusal: error.message };
    throw error;
  }
}

/**
 * Puts images into Docker.
 *
 * @param archive as `docker load` takes it
 * @param names that the images have in it
 * @returns the id of each, in that order: the digest of its config, or where containerd keeps the images that of its
 *   manifest
 * @throws CodedError `load-failed` with what Docker said
 */
export async function loadImages(
  { exec }: BuildPort,
  archive: Readable,
  names: readonly string[],
): Promise<readonly string[]> {
  const { exitCode, stderr } = await exec('docker', ['load'], { input: archive });
  if (exitCode !== 0) throw notLoaded(names, lastLine(stderr));
  const asked = await exec('docker', ['image', 'inspect', '--format={{.Id}}', ...names]);
  if (asked.exitCode !== 0) throw notLoaded(names, lastLine(asked.stderr));
  return asked.stdout.trim().split('\n');
}

function notLoaded(names: readonly string[], reason: string): CodedError {
  return new CodedError('load-failed', `Docker could not load ${names.join(', ')}: ${reason}`, {
    hint: 'The image set is whole, and can be published. Mend Docker, or set load: false.',
  });
}
