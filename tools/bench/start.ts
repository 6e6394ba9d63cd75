import { build } from 'esbuild';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, measure, type Contender } from './measure.ts';

const actions = fileURLToPath(new URL('../../actions/', import.meta.url));

/** Runs a bundle until its inputs are read, of which one is wrong: everything is loaded then, and nothing is done. */
const load = (path: string) =>
  `process.on('exit', () => { process.exitCode = 0; }); void import(${JSON.stringify(path)})`;

/**
 * Bundles what calls ECR with the AWS SDK and does nothing else: the least that an action can load.
 *
 * @returns the path of the bundle
 */
async function bundleClient(folder: string): Promise<string> {
  const outfile = join(folder, 'client.mjs');
  await build({
    stdin: {
      contents: `import { BatchGetImageCommand, ECRClient } from '@aws-sdk/client-ecr';
        const client = new ECRClient({ region: 'eu-west-1' });
        export const read = (input) => client.send(new BatchGetImageCommand(input));`,
      resolveDir: fileURLToPath(new URL('../../packages/ecr', import.meta.url)),
    },
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
  });
  return outfile;
}

/** Loading the bundle of each action, next to what no action can do without. */
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
    const parts = [
      contender('node -e 0', '0'),
      contender('node:https', 'require("node:https")'),
      contender('@aws-sdk/client-ecr', load(await bundleClient(folder))),
    ];
    await compare('Load a bundle', [...parts, ...bundles], rounds * 5);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
