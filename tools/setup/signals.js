import { readOf } from './processes.js';

/**
 * The signals that stop set-up. None of them ends set-up directly, because that would leave behind what the
 * run started.
 */
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** @typedef {(signal: NodeJS.Signals) => void} Listener */

/** @type {NodeJS.Signals | undefined} a signal that arrived before there was a listener */
let early;

/** @type {Listener} */
const remember = (signal) => {
  early = signal;
};

let listener = remember;

/**
 * Passes signals to the current listener from now on. The end of npm counts as a signal if npm started this
 * process.
 */
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

/**
 * @returns {string} the parent, which is npm's shell and outlives it, and the parent's parent if it can be
 * found
 */
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
 * Runs work that a signal interrupts: the promise rejects at once.
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
