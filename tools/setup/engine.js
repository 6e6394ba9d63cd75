import { distributionEngine } from './sandbox/distribution-engine.js';
import { containerBuilder, currentBuilder } from './docker-buildx.js';
import { ownEngine } from './sandbox/own-engine.js';
import { firstThatWorks } from './ways.js';

/**
 * A BuildKit that the command can use through buildx, and the settings for it.
 *
 * @typedef {object} Engine
 * @property {string} title
 * @property {string[]} buildx the command
 * @property {Record<string, string>} programs for PATH: name to file
 * @property {Record<string, string>} environment
 */

/**
 * Returns the first engine that works. Existing ones are tried first; an engine that must be built or
 * installed is tried last.
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
