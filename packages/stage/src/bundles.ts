import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const workspace = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Brings the bundles of all actions up to date; nx knows which are.
 *
 * @throws Error with what the bundler said
 */
export async function bundleActions(): Promise<void> {
  const env = { ...process.env, NX_DAEMON: 'false' };
  await promisify(execFile)('nx', ['run-many', '--target=bundle'], { cwd: workspace, env });
}
