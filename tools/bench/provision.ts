import { Account, startEmulator } from '@towpath/stage';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, measure, measureRequests, type Measure } from './measure.ts';

const account = '111122223333';
const bundle = fileURLToPath(new URL('../../actions/provision/dist/index.js', import.meta.url));
const count = 200;

/** Planning 200 repositories 20 ms away that are as the configuration describes them, and that all differ. */
export async function benchProvision(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  const emulator = await startEmulator({ data: join(folder, 'ecr'), accounts: [account] });
  try {
    const shared = new Account(account, emulator.api);
    const names = Array.from({ length: count }, (_, index) => `image-${index}: {}`).join(', ');
    const configure = (tag: string) =>
      writeFile(
        join(folder, 'towpath.yaml'),
        `registry: ${shared.host}/bench
images: { ${names} }
repositories: { lifecycle: { keep: 5 }, readers: { accounts: ['444455556666'] }, tags: { team: ${tag} } }
`,
      );
    const env = {
      ...shared.credentials,
      AWS_ENDPOINT_URL: emulator.api,
      TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({ [shared.host]: emulator.registries[0]?.url }),
      ...{ GITHUB_WORKSPACE: folder, RUNNER_TEMP: folder },
      ...{ GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') },
    };
    for (const file of ['output', 'summary']) await writeFile(join(folder, file), '');
    await configure('a');
    const created = { ...process.env, ...env, INPUT_MODE: 'apply' };
    execFileSync(process.execPath, [bundle], { env: created, stdio: 'ignore' });
    await emulator.addFault({ kind: 'slow', latencyMs: 20, times: 0 });
    const plan = (name: string, tag: string) => ({
      name,
      run: async (): Promise<Measure> => {
        await configure(tag);
        return measureRequests(name, emulator, () =>
          measure([{ program: process.execPath, args: [bundle], env: { ...env, INPUT_MODE: 'plan' } }]),
        );
      },
    });
    await compare(
      `Plan ${count} repositories, 20 ms`,
      [plan('nothing changes', 'a'), plan('all change', 'b')],
      rounds,
    );
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}
