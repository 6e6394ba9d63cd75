import { writeEnvironmentEntry, type EnvironmentEntry } from '@towpath/ledger';
import { digestOf, parseEcrHost } from '@towpath/reference';
import { Session } from '@towpath/session';
import { Account, startEmulator } from '@towpath/stage';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compare, measure, measureRequests, type Measure } from './measure.ts';

const account = '111122223333';
const bundle = fileURLToPath(new URL('../../actions/board/dist/index.js', import.meta.url));
const environments = ['dev', 'test', 'staging', 'prod'];
const services = 300;
/** The newest entry of an environment, and ten before it. */
const entries = 11;

/** The board of 300 services in 4 environments, 20 ms away: with its default limit of requests, and without a limit. */
export async function benchBoard(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  const emulator = await startEmulator({ data: join(folder, 'ecr'), accounts: [account] });
  try {
    const shared = new Account(account, emulator.api);
    const registry = parseEcrHost(shared.host);
    if (registry === undefined) throw new Error('the account has a registry');
    const env = {
      ...shared.credentials,
      AWS_ENDPOINT_URL: emulator.api,
      TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({ [shared.host]: emulator.registries[0]?.url }),
    };
    await shared.createRepository('bench/towpath');
    for (let index = 0; index < services; index += 1) await shared.createRepository(`bench/service-${index}`);
    const session = sessionOf(env, folder);
    const location = { registry, repository: 'bench/towpath' };
    for (const environment of environments)
      for (let number = 1; number <= entries; number += 1)
        await writeEnvironmentEntry(location, entryOf(environment, number), session);
    await emulator.addFault({ kind: 'slow', latencyMs: 20, times: 0 });
    const calls = new Map<string, string>();
    const board = (name: string, given: Readonly<Record<string, string>>) => ({
      name,
      run: async (): Promise<Measure> => {
        const measured = await measureRequests(name, emulator, async () => {
          for (const file of ['output', 'summary']) await writeFile(join(folder, file), '');
          const runner = {
            ...{ GITHUB_WORKSPACE: folder, RUNNER_TEMP: folder },
            ...{ GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') },
          };
          const inputs = { INPUT_REGISTRIES: `${shared.host}/bench`, ...given };
          return measure([
            { program: process.execPath, args: [bundle], env: { ...env, ...runner, ...inputs } },
          ]);
        });
        const requests = (await emulator.requests()).filter(({ plane }) => plane !== 'admin');
        const counts = Map.groupBy(requests, ({ operation }) => operation);
        calls.set(name, [...counts].map(([operation, all]) => `${all.length} ${operation}`).join(', '));
        return measured;
      },
    });
    await compare(
      `Show the board of ${services} services in ${environments.length} environments, 20 ms`,
      [
        board('ledger alone', { INPUT_OBSERVE: 'none' }),
        board('at most 90 requests', {}),
        board('without a limit', { 'INPUT_MAX-CALLS': '1000' }),
      ],
      rounds,
    );
    for (const [name, list] of calls) process.stdout.write(`  ${name}: ${list}\n`);
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns a session that prints nothing. */
function sessionOf(env: Readonly<Record<string, string>>, temp: string): Session {
  const silent = (): void => undefined;
  return new Session({
    env,
    temp,
    clock: { now: () => new Date(), sleep: (milliseconds) => setTimeout(milliseconds) },
    log: { info: silent, debug: silent, annotate: silent, group: silent, diff: silent, mask: silent },
    signal: new AbortController().signal,
  });
}

function entryOf(environment: string, number: number): EnvironmentEntry {
  const version = `1.${number}.0`;
  return {
    ...{ schemaVersion: 1, environment, number, kind: 'promotion', version, source: {} },
    when: '2026-01-31T12:00:00.000Z',
    images: Array.from({ length: services }, (_, index) => ({
      ...{ name: `service-${index}`, repository: `bench/service-${index}`, version, verdict: 'pass' },
      digest: digestOf(`${index} ${number}`),
    })),
  };
}
