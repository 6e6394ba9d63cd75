import { distributionEngine } from './distribution-engine.js';
import { containerBuilder, currentBuilder } from './docker-buildx.js';
import { ownEngine } from './own-engine.js';
import { firstThatWorks } from './ways.js';

/**
 * A BuildKit that the command can use through buildx, and what tells buildx where it is.
 *
 * @typedef {object} Engine
 * @property {string} title
 * @property {string[]} buildx the command
 * @property {Record<string, string>} programs that go on PATH: name to file
 * @property {Record<string, string>} environment
 */

/**
 * What the machine has comes first; what is built or installed for it, last.
 *
 * @param {import('./run.js').Run} run
 * @returns {Promise<Engine>}
 */
export function findEngine(run) {
  return firstThatWorks(
    [
      () => currentBuilder(run, ['docker', 'buildx']),
      () => currentBuilder(run, ['buildx']),
      () => containerBuilder(run),
      () => ownEngine(run),
      () => distributionEngine(run),
    ],
    {
      message: 'No engine can build images:',
      hint: 'Install Docker with buildx (https://docs.docker.com/engine/install/), or run the command on Linux as root.',
    },
  );
}
