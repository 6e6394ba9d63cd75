import { SetupError } from './say.js';

/**
 * A BuildKit that the command can use through buildx, and what tells buildx where it is.
 *
 * @typedef {object} Engine
 * @property {string} title
 * @property {Record<string, string>} programs that go on PATH: name to file
 * @property {Record<string, string>} environment
 */

/**
 * One way to an engine. It throws a SetupError where there is none that way.
 *
 * @typedef {() => Promise<Engine>} Way
 */

/**
 * @param {readonly Way[]} ways in the order in which they are tried
 * @returns {Promise<Engine>}
 * @throws SetupError with what every way said
 */
export async function findEngine(ways) {
  const refusals = [];
  for (const way of ways) {
    try {
      return await way();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      refusals.push(`- ${error.message}`);
    }
  }
  throw new SetupError(
    `no engine to build images with:\n${refusals.join('\n')}`,
    'Install Docker with buildx (https://docs.docker.com/engine/install/), or run this on Linux as root.',
  );
}
