import { test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** The result of a program. */
export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program and returns its result, also if it fails. */
export async function attempt(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  try {
    const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
    return { ok: true, ...(await promisify(execFile)(program, args, options)) };
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined || stderr === undefined) throw error;
    return { ok: false, stdout, stderr };
  }
}

/** Runs a program and returns its output. @throws Error with its error output if it fails */
export async function output(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { ok, stdout, stderr } = await attempt(program, args, env);
  if (!ok) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/**
 * Returns a function like `test` for tests with a client of another project. If the client is not installed, the test is
 * skipped, or fails with TOWPATH_CLIENTS=required as in CI.
 *
 * @param probe arguments of a command that succeeds if the client is usable
 */
export function testWith(
  client: string,
  probe: readonly string[],
): (name: string, body: () => Promise<void>) => void {
  const isInstalled = isUsable(client, probe);
  return (name, body) => {
    if (isInstalled || process.env.TOWPATH_CLIENTS === 'required') test(name, body);
    else test.skip(`${name} (${client} is not installed)`, body);
  };
}

function isUsable(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
