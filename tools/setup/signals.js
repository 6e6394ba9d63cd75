import { readOf } from './processes.js';

/** What asks set-up to end. Nothing of it ends set-up by itself: that would leave behind what the run has started. */
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** @typedef {(signal: NodeJS.Signals) => void} Listener */

/** @type {NodeJS.Signals | undefined} one that came when nobody listened */
let early;

/** @type {Listener} */
const remember = (signal) => {
  early = signal;
};

let listener = remember;

/** From here on a signal is for the listener of the moment. So is the end of npm, where npm has started this. */
export function listenToSignals() {
  for (const signal of signals) process.on(signal, () => listener(signal));
  if (!process.env['npm_lifecycle_event']) return;
  const caller = callers();
  const watching = setInterval(() => {
    if (callers() === caller) return;
    clearInterval(watching);
    listener('SIGHUP');
  }, 1000);
  watching.unref();
}

/** @returns {string} the parent, which is npm's shell and outlives it, and the parent's parent where it can be known */
function callers() {
  const [, grandparent] = /^PPid:\t(\d+)/m.exec(readOf(process.ppid, 'status')) ?? [];
  return `${process.ppid} ${grandparent}`;
}

/**
 * @template T
 * @param {Listener} current
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withListener(current, work) {
  listener = current;
  if (early) current(early);
  try {
    return await work();
  } finally {
    listener = remember;
  }
}

/**
 * Work that a signal breaks off: whoever waits for it waits no longer.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @throws Interruption
 */
export function interruptible(work) {
  return new Promise((resolve, reject) => {
    withListener((signal) => reject(new Interruption(signal)), work).then(resolve, reject);
  });
}

export class Interruption extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.name = 'Interruption';
    this.signal = signal;
  }
}
