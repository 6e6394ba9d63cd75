import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, measure, type Contender } from './measure.ts';

const actions = fileURLToPath(new URL('../../actions/', import.meta.url));

/** Runs a bundle until its inputs are read, and ends it as soon as it would wait for anything else. */
const load = (path: string) => `import(${JSON.stringify(path)}).then(() => process.exit())`;

/** Loading the bundle of each action, next to a Node.js that does nothing. */
export async function benchStart(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  try {
    const contender = (name: string, script: string): Contender => ({
      name,
      run: () =>
        measure([
          {
            program: process.execPath,
            args: ['-e', script],
            env: { GITHUB_WORKSPACE: folder, RUNNER_TEMP: folder },
          },
        ]),
    });
    const names = await readdir(actions);
    const bundles = names.map((name) => contender(name, load(join(actions, name, 'dist/index.js'))));
    await compare('Load a bundle', [contender('node -e 0', '0'), ...bundles], rounds * 5);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
