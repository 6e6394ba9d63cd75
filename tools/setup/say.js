/**
 * Set-up speaks on stderr: stdout belongs to the command that it prepares.
 *
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}

/**
 * Says what is about to be done, that it is still being done, and when it was done.
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
 * Says nothing of work that is usually quick, unless it takes long.
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

/** What a person has to put right: `message` tells what is missing, `hint` what to do about it. */
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
