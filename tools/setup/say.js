/**
 * Prints a line to stderr. stdout belongs to the command that set-up prepares.
 *
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}

/**
 * Prints a line when the work begins, every 30 seconds, and when the work ends.
 *
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const start = Date.now();
  say(`${title} …`);
  try {
    const result = await patiently(title, work);
    say(`${title}: done in ${secondsSince(start)} s`);
    return result;
  } catch (error) {
    say(`${title}: failed after ${secondsSince(start)} s`);
    throw error;
  }
}

/**
 * Prints a line every 30 seconds, for work that is usually quick.
 *
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function patiently(title, work) {
  const start = Date.now();
  const ticking = setInterval(() => say(`${title} … ${secondsSince(start)} s`), 30_000);
  try {
    return await work();
  } finally {
    clearInterval(ticking);
  }
}

/** @param {number} start */
function secondsSince(start) {
  return ((Date.now() - start) / 1000).toFixed(0);
}

/** A problem that the user can fix: `message` says what is missing, `hint` says how to fix it. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} hint
   */
  constructor(message, hint) {
    super(message);
    this.name = 'SetupError';
    this.hint = hint;
  }
}
