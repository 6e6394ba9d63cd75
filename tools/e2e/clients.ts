import { test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * A test that needs a client which strangers wrote: it is skipped, and says so, where the client is absent, unless the
 * clients are required (TOWPATH_CLIENTS=required, as CI has it).
 *
 * @param probe a command that succeeds where the client can be used
 */
export function testWith(
  client: string,
  probe: readonly string[],
): (name: string, body: () => Promise<void>) => void {
  return (name, body) => {
    if (isUsable(probe) || process.env.TOWPATH_CLIENTS === 'required') test(name, body);
    else test.skip(`${name} (${client} is absent)`, body);
  };
}

/**
 * A test that needs a BuildKit beside the engine's: it is skipped, and says so, where the engine is Docker's, which
 * brings no buildkitd. Set-up's own engine has one.
 */
export const testWithBuildkitd: (name: string, body: () => Promise<void>) => void = isUsable([
  'buildkitd',
  '--version',
])
  ? test
  : (name, body) => {
      test.skip(`${name} (buildkitd is absent)`, body);
    };

function isUsable([program = '', ...args]: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What a program prints, as it is. */
export async function output(program: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(program, args, { maxBuffer: 2 ** 24 })).stdout;
}
