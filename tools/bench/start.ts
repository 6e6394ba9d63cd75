import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, measure, type Contender } from './measure.ts';

const actions = fileURLToPath(new URL('../../actions/', import.meta.url));

/** Runs a bundle until its inputs are read, of which one is wrong: everything is loaded then, and nothing is done. */
const load = (path: string) =>
  `process.on('exit', () => { process.exitCode = 0; }); void import(${JSON.stringify(path)})`;

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
            env: { GITHUB_WORKSPACE: folder, RUNNER_TEMP: folder, 'INPUT_DRY-RUN': 'maybe' },
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
