import { test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** How a program ended. */
export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever the end is. */
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

/** What a program prints. @throws Error with what it complained about when it fails */
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
 * A test that needs a client which strangers wrote. Where the client is absent it is skipped, and says so; with
 * TOWPATH_CLIENTS=required, as CI has it, it fails.
 *
 * @param probe arguments with which the client succeeds where it can be used
 */
export function testWith(
  client: string,
  probe: readonly string[],
): (name: string, body: () => Promise<void>) => void {
  const isThere = isUsable(client, probe);
  return (name, body) => {
    if (isThere || process.env.TOWPATH_CLIENTS === 'required') test(name, body);
    else test.skip(`${name} (${client} is absent)`, body);
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
