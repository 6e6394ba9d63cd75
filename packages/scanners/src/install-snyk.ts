import { lastLine } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import type { Environment, Exec } from '@towpath/flow';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { snykLock } from './snyk-lock.ts';

/** A program with its first arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Installs the pinned npm package of Snyk into a folder. npm uses the registry of the user's configuration, and verifies
 * the hash of every package. The package downloads the program of Snyk, and verifies its hash.
 *
 * @param env without the token: neither npm nor the download needs it
 * @throws CodedError `scan-failed` if npm cannot install it
 * @throws CodedError `program-missing` if npm is not on PATH
 */
export async function installSnyk(
  folder: string,
  exec: Exec,
  env: Environment,
  signal: AbortSignal,
): Promise<Command> {
  const { packages } = snykLock;
  const manifest = { name: snykLock.name, private: true, ...packages[''] };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(snykLock));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { exitCode, stderr } = await exec('npm', args, { cwd: folder, env, signal });
  if (exitCode !== 0)
    throw new CodedError(
      'scan-failed',
      `npm could not install Snyk ${packages['node_modules/snyk'].version}: ${lastLine(stderr).slice(0, 500)}`,
      {
        hint: 'Install the Snyk CLI in a step before this one, or allow the runner to reach an npm registry.',
      },
    );
  const snyk = join(folder, 'node_modules/snyk');
  // Without its program, the package falls back to JavaScript.
  await exec('node', [join(snyk, 'wrapper_dist/bootstrap.js'), 'exec'], { env, signal });
  return { program: 'node', args: [join(snyk, 'bin/snyk')] };
}
