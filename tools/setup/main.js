import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finishApt } from './apt.js';
import { baseImagesVariable, provideBaseImages } from './base-images.js';
import { provideBrowser } from './browser.js';
import { provideClients } from './clients.js';
import { parseRequest } from './command.js';
import { areDependenciesInstalled, installDependencies } from './dependencies.js';
import { findEngine } from './engine.js';
import { composeEnvironment, runCommand, statusOf } from './handover.js';
import { findNode } from './node.js';
import { needPrograms } from './programs.js';
import { startRun } from './run.js';
import { say, SetupError } from './say.js';
import { Interruption, interruptible, listenToSignals } from './signals.js';
import { provideWorkflowTools } from './workflow-tools.js';

/** @typedef {import('./command.js').Request} Request */
/** @typedef {import('./run.js').Run} Run */

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const binFolder = join(checkout, 'node_modules', '.bin');

listenToSignals();
process.exit(await main(process.argv.slice(2)).catch(report));

/** @param {string[]} argv */
async function main(argv) {
  const request = parseRequest(argv);
  if (process.env['TOWPATH_SETUP'] === 'off') return runCommand(request.command, await whatIsThere());
  const run = await startRun();
  try {
    const env = await interruptible(() => prepare(request, run));
    return await runCommand(request.command, env);
  } finally {
    await finishApt();
    await run.end();
  }
}

/** @returns {Promise<NodeJS.ProcessEnv>} */
async function whatIsThere() {
  if (!(await areDependenciesInstalled(checkout))) {
    throw new SetupError(
      'node_modules differs from package-lock.json, and TOWPATH_SETUP is off.',
      'Run npm ci.',
    );
  }
  findNode(checkout);
  return { ...process.env, PATH: [binFolder, process.env['PATH']].join(delimiter) };
}

/**
 * @param {Request} request
 * @param {Run} run
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function prepare(request, run) {
  const engine = lazily(() => findEngine(run));
  const [prepared, baseImages, clients, workflowTools, browser] = await Promise.all([
    request.engine ? engine() : undefined,
    request.baseImages ? provideBaseImages(run, engine) : undefined,
    request.clients ? provideClients(run) : undefined,
    request.workflows ? provideWorkflowTools(run) : undefined,
    request.browser ? provideBrowser() : undefined,
    installDependencies(checkout),
    request.engine ? needPrograms({ git: 'git' }, 'to read the commits of repositories') : undefined,
  ]);
  if (prepared) say(`building images with ${prepared.title}`);
  return composeEnvironment(join(run.folder, 'bin'), {
    programs: { node: findNode(checkout), ...prepared?.programs, ...clients?.programs, ...workflowTools },
    environment: {
      ...clients?.environment,
      ...prepared?.environment,
      ...browser,
      ...(baseImages ? { [baseImagesVariable]: baseImages } : {}),
    },
    folders: [binFolder],
  });
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {() => Promise<T>} runs the work on the first call only
 */
function lazily(work) {
  /** @type {Promise<T> | undefined} */
  let result;
  return () => (result ??= work());
}

/**
 * @param {unknown} error
 * @returns {number} exit status
 */
function report(error) {
  if (error instanceof Interruption) {
    say(error.message);
    return statusOf(error.signal);
  }
  if (!(error instanceof SetupError)) throw error;
  say(`${error.message}\n${error.hint}`);
  return 1;
}
