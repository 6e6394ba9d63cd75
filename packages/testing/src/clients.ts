import { test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

type DeclareTest = (name: string, body: () => Promise<void>) => void;

/**
 * Declares tests that need a third-party client. The tests are skipped if the client is not installed, unless
 * TOWPATH_CLIENTS is `required`, as in CI.
 *
 * @param probe a command that succeeds if the client can be used
 */
export function testWith(client: string, probe: readonly string[]): DeclareTest {
  return (name, body) => {
    if (isUsable(probe) || process.env.TOWPATH_CLIENTS === 'required') test(name, body);
    else test.skip(`${name} (${client} is not available)`, body);
  };
}

/** Returns true if the command succeeds. */
export function isUsable([program = '', ...args]: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs a program and returns its standard output. @throws Error with its standard error if it fails */
export async function output(
  [program = '', ...args]: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 24 };
  return (await promisify(execFile)(program, args, options)).stdout;
}
