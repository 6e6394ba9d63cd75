import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const workspace = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Rebuilds the bundles of all actions that are out of date, according to nx.
 *
 * @throws Error with the output of the bundler
 */
export async function bundleActions(): Promise<void> {
  const env = { ...process.env, NX_DAEMON: 'false' };
  await promisify(execFile)('nx', ['run-many', '--target=bundle'], { cwd: workspace, env });
}
