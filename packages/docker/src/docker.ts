import { CodedError } from '@towpath/errors';
import { parsePlatform, type Platform } from '@towpath/reference';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { parseOutput } from './parse-output.ts';
import type { BuildPort } from './programs.ts';
import { lastLine } from './last-line.ts';

/** An available Docker daemon. */
export interface Docker {
  readonly version: string;
  /** The platform that it runs without emulation. */
  readonly platform: Platform;
}

/**
 * The part of `docker version --format '{{json .Server}}'` that is used here. The docker commands of Podman and nerdctl
 * print null, because they have no daemon.
 */
const server = z
  .object({ Version: z.string().default(''), Os: z.string().default(''), Arch: z.string().default('') })
  .nullable();

/** In milliseconds. A local daemon responds much faster, and a daemon behind a firewall never. */
const timeout = 10_000;

/** Returns the daemon of the docker CLI, by DOCKER_HOST or a context, or the reason if it is not available. */
export async function inspectDocker(
  { exec }: BuildPort,
  signal = AbortSignal.timeout(timeout),
): Promise<Docker | { readonly refusal: string }> {
  try {
    const command = ['version', '--format', '{{json .Server}}'];
    const { exitCode, stdout, stderr } = await exec('docker', command, { signal });
    if (exitCode !== 0) return { refusal: lastLine(stderr) };
    const printed = parseOutput(stdout, server);
    if (printed === undefined) return { refusal: 'docker version printed an unknown format.' };
    const { Version = '', Os = '', Arch = '' } = printed ?? {};
    const platform = parsePlatform(`${Os}/${Arch}`);
    return platform === undefined
      ? { refusal: 'docker version reported no platform.' }
      : { version: Version, platform };
  } catch (error) {
    if (error === signal.reason) return { refusal: 'docker version did not finish in time.' };
    if (error instanceof CodedError && error.code === 'program-missing') return { refusal: error.message };
    throw error;
  }
}

/**
 * Loads images into Docker.
 *
 * @param archive an archive in the format of `docker load`
 * @param names the names of the images in the archive
 * @returns the ids in the order of the names: the digest of the config, or of the manifest in the containerd image store
 * @throws CodedError `load-failed` with Docker's error
 */
export async function loadImages(
  { exec }: BuildPort,
  archive: Readable,
  names: readonly string[],
): Promise<readonly string[]> {
  const { exitCode, stderr } = await exec('docker', ['load'], { input: archive });
  if (exitCode !== 0) throw notLoaded(names, lastLine(stderr));
  const inspected = await exec('docker', ['image', 'inspect', '--format={{.Id}}', ...names]);
  if (inspected.exitCode !== 0) throw notLoaded(names, lastLine(inspected.stderr));
  return inspected.stdout.trim().split('\n');
}

function notLoaded(names: readonly string[], reason: string): CodedError {
  return new CodedError('load-failed', `Docker could not load ${names.join(', ')}: ${reason}`, {
    hint: 'Fix Docker, or set load: false. The image set is complete and can be published.',
  });
}
