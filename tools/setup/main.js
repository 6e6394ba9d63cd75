import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRequest } from './command.js';
import { installDependencies } from './dependencies.js';
import { containerBuilder, currentBuilder } from './docker-buildx.js';
import { findEngine } from './engine.js';
import { composeEnvironment, runCommand, statusOf } from './handover.js';
import { findNode } from './node.js';
import { ownEngine } from './own-engine.js';
import { startRun } from './run.js';
import { say, SetupError } from './say.js';
import { Interruption, interruptible, listenToSignals } from './signals.js';

/** @typedef {import('./command.js').Request} Request */
/** @typedef {import('./run.js').Run} Run */

const checkout = fileURLToPath(new URL('../../', import.meta.url));

listenToSignals();
process.exit(await main(process.argv.slice(2)).catch(report));

/** @param {string[]} argv */
async function main(argv) {
  const request = parseRequest(argv);
  const run = await startRun();
  try {
    const env = await interruptible(() => prepare(request, run));
    return await runCommand(request.command, env);
  } finally {
    await run.end();
  }
}

/**
 * @param {Request} request
 * @param {Run} run
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function prepare(request, run) {
  const [engine] = await Promise.all([
    request.engine ? findEngine(waysToAnEngine(run)) : undefined,
    installDependencies(checkout),
  ]);
  if (engine) say(engine.title);
  const programs = { node: findNode(checkout), ...engine?.programs };
  return composeEnvironment(join(run.folder, 'bin'), programs, { ...engine?.environment }, [
    join(checkout, 'node_modules', '.bin'),
  ]);
}

/** @param {Run} run */
function waysToAnEngine(run) {
  return [
    () => currentBuilder(run, ['docker', 'buildx']),
    () => currentBuilder(run, ['buildx']),
    () => containerBuilder(run),
    () => ownEngine(run),
  ];
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
