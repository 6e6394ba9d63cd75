import { findBuildx } from '@towpath/buildx';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Returns the command that people use for buildx: the docker plugin or a separate program. */
export async function buildxCommand(): Promise<readonly [string, ...string[]]> {
  const { program, args } = await findBuildx({
    exec: async (name, words) => ({ exitCode: 0, ...(await run(name, [...words])) }),
  });
  return [program, ...args];
}

/** Runs buildx with the builder of the test, and returns its output. */
export async function buildx(...args: readonly string[]): Promise<string> {
  const [program, ...first] = await buildxCommand();
  // Jest gives a test an environment of its own, which programs do not inherit.
  return (await run(program, [...first, ...args], { env: process.env })).stdout;
}
