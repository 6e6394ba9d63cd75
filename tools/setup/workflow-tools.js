import { join } from 'node:path';
import { goPrograms } from './go.js';
import { pipPackage } from './pip.js';

/**
 * Provides the programs that run and check GitHub workflows: act, actionlint and zizmor.
 *
 * @param {import('./run.js').Run} run
 * @returns {Promise<Record<string, string>>} name to file
 */
export async function provideWorkflowTools(run) {
  const [programs, zizmor] = await Promise.all([
    goPrograms(run, ['act', 'actionlint']),
    pipPackage('zizmor', {
      folder: 'zizmor',
      what: 'from PyPI',
      hint: 'Allow pip to reach PyPI (PIP_INDEX_URL, HTTPS_PROXY).',
    }),
  ]);
  return { ...programs, zizmor: join(zizmor.folder, 'bin', 'zizmor') };
}
