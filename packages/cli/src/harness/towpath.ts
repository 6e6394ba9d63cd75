import { temporaryFolder, writeFiles, type Scenario } from '@towpath/testing';
import { main } from '../program.ts';

/** How a command ended, and what it printed. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Situation {
  /** Default: a folder of its own. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
}

/** Runs the command line. */
export async function towpath(
  args: readonly string[],
  { env = {}, files = {}, isTTY = false, cwd = temporaryFolder() }: Situation = {},
): Promise<Ended> {
  writeFiles(cwd, files);
  const printed = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof printed) => ({
    isTTY,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const exitCode = await main(args, {
    env,
    cwd,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    version: '1.2.3',
  });
  return { exitCode, ...printed };
}

/** Returns the variables of a person with credentials of the shared account. */
export function envOf({ emulator, shared }: Scenario): Record<string, string> {
  return {
    ...shared.credentials,
    AWS_ENDPOINT_URL: emulator.api,
    TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({
      [shared.host]: emulator.registryUrl(shared.id, 'us-east-1'),
    }),
  };
}

/** Returns the exit code and the JSON document. */
export function resultOf({ exitCode, stdout }: Ended): readonly [number, unknown] {
  return [exitCode, JSON.parse(stdout)];
}
