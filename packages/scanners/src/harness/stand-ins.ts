import { withoutJobCredentials } from '@towpath/ci';
import type { Environment, Exec } from '@towpath/flow';
import { temporaryFolder } from '@towpath/testing/folder';
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';

/**
 * Writes stand-ins of scanners, as shell scripts.
 *
 * @returns the folder, for PATH
 */
export function standIns(scripts: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** Returns a function that runs programs, which inherit no credentials, and kills them when the signal is aborted. */
export function execWith(inherited: Environment): Exec {
  return async (program, args, { cwd, env, signal } = {}) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...withoutJobCredentials(inherited), ...env },
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => {
        resolve(code ?? 143);
      });
    });
    const [exitCode, stdout, stderr] = [ended, text(child.stdout), text(child.stderr)];
    try {
      return { exitCode: await exitCode, stdout: await stdout, stderr: await stderr };
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
}
