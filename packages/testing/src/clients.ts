import { test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

type DeclareTest = (name: string, body: () => Promise<void>) => void;

/**
 * A test that needs a client which strangers wrote: it is skipped, and says so, where the client is absent, unless the
 * clients are required (TOWPATH_CLIENTS=required, as CI has it).
 *
 * @param probe a command that succeeds where the client can be used
 */
export function testWith(client: string, probe: readonly string[]): DeclareTest {
  return (name, body) => {
    if (isUsable(probe) || process.env.TOWPATH_CLIENTS === 'required') test(name, body);
    else test.skip(`${name} (${client} is absent)`, body);
  };
}

/** Whether a command succeeds. */
export function isUsable([program = '', ...args]: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What a program prints, as it is. @throws Error with what it complained about when it fails */
export async function output(
  [program = '', ...args]: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 24 };
  return (await promisify(execFile)(program, args, options)).stdout;
}
