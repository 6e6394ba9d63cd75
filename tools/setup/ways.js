import { SetupError } from './say.js';

/**
 * What one of several ways gives: the first that works.
 *
 * @template T
 * @param {readonly (() => Promise<T>)[]} ways in the order in which they are tried; a SetupError says why one is none
 * @param {{ message: string, hint: string }} otherwise
 * @returns {Promise<T>}
 * @throws SetupError with what every way said
 */
export async function firstThatWorks(ways, { message, hint }) {
  const refusals = [];
  for (const way of ways) {
    try {
      return await way();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      refusals.push(`- ${error.message}`);
    }
  }
  throw new SetupError(`${message}\n${refusals.join('\n')}`, hint);
}
