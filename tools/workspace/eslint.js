import { ESLint } from 'eslint';
import { join, sep } from 'node:path';
import { projectRoot, projectRoots } from './batch.js';

/** The files of the workspace that belong to no package. */
const rootFiles = ['*.js', 'examples'];

/**
 * Lints many projects in one process. Types are the larger part of the work, and a process of its own would load those
 * of its dependencies for every project.
 *
 * @param {import('./batch.js').TaskGraph} taskGraph
 * @param {object} _inputs
 * @param {object} _overrides
 * @param {import('./batch.js').ExecutorContext} context
 * @returns {AsyncGenerator<import('./batch.js').TaskEnd>}
 */
export async function* lintAll(taskGraph, _inputs, _overrides, context) {
  const startTime = Date.now();
  const roots = projectRoots(taskGraph, context);
  const ends = await lint(context.root, [...roots.values()]);
  for (const [task, root] of roots) {
    const { success, terminalOutput } = ends.get(root) ?? { success: false, terminalOutput: '' };
    yield { task, result: { success, terminalOutput, startTime, endTime: Date.now() } };
  }
}

/**
 * Lints the project that a task is run for.
 *
 * @param {object} _options
 * @param {import('./batch.js').ExecutorContext} context
 */
export async function lintOne(_options, context) {
  const root = projectRoot(context);
  const end = (await lint(context.root, [root])).get(root);
  process.stdout.write(end?.terminalOutput ?? '');
  return { success: end?.success ?? false };
}

/**
 * @param {string} workspace
 * @param {string[]} roots of projects
 * @returns {Promise<Map<string, { success: boolean, terminalOutput: string }>>} by root
 */
async function lint(workspace, roots) {
  const eslint = new ESLint({ cwd: workspace, errorOnUnmatchedPattern: false });
  const results = await eslint.lintFiles(roots.flatMap((root) => (root === '.' ? rootFiles : [root])));
  const stylish = await eslint.loadFormatter('stylish');
  const ends = roots.map(async (root) => {
    const own = results.filter(({ filePath }) => rootOf(filePath, workspace) === root);
    const success = own.every(({ errorCount, warningCount }) => errorCount + warningCount === 0);
    return /** @type {const} */ ([root, { success, terminalOutput: await stylish.format(own) }]);
  });
  return new Map(await Promise.all(ends));
}

/**
 * Returns the root of the project that a file belongs to.
 *
 * @param {string} file
 * @param {string} workspace
 */
function rootOf(file, workspace) {
  const [place = '', name = ''] = file.slice(join(workspace, sep).length).split(sep);
  return ['packages', 'actions', 'tools'].includes(place) ? `${place}/${name}` : '.';
}
