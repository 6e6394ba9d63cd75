import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { writeFiles } from './folder.ts';
import type { Scenario } from './scenario.ts';

/** A run of an action in a process of its own. */
export interface KilledRun {
  /** The program of the action. */
  readonly main: string;
  /** The workspace, which is also the temporary folder. */
  readonly folder: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Variables in addition to those of the shared account. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs an action with the credentials of the shared account, and kills its process as soon as its n-th request arrives.
 * That request is never answered.
 *
 * @throws Error if the process ended before the request
 */
export async function killAtRequest(
  nth: number,
  { main, folder, inputs, env }: KilledRun,
  { emulator, shared }: Scenario,
): Promise<void> {
  writeFiles(folder, { output: '', summary: '' });
  emulator.clearRequests();
  emulator.addFault({ kind: 'stall', nth });
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      ...shared.credentials,
      ...env,
      ...(Object.fromEntries(given) as Record<string, string>),
      AWS_ENDPOINT_URL: emulator.api,
      TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({
        [shared.host]: emulator.registryUrl(shared.id, 'us-east-1'),
      }),
      GITHUB_WORKSPACE: folder,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    },
    stdio: 'ignore',
  });
  const closed = once(child, 'close');
  while (emulator.requests.length < nth && child.exitCode === null) await setTimeout(5);
  child.kill('SIGKILL');
  const [code, signal] = (await closed) as [number | null, string | null];
  emulator.clearFaults();
  if (signal !== 'SIGKILL')
    throw new Error(`The process ended with ${code ?? ''} before request ${nth} arrived.`);
}
