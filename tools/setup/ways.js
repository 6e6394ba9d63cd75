import { SetupError } from './say.js';

/**
 * Returns the result of the first way that works.
 *
 * @template T
 * @param {readonly (() => Promise<T>)[]} ways in the order to try them; a way that does not work throws a
 * SetupError
 * @param {{ message: string, hint: string }} otherwise
 * @returns {Promise<T>}
 * @throws SetupError with the errors of all ways
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
