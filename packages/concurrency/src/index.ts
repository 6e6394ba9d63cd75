export { forAll, type ForAllOptions } from './for-all.ts';
/** Limits how many functions run at the same time. They start in the order of the calls. */
export { default as pLimit, type LimitFunction } from 'p-limit';
export { RateLimit, type WaitClock } from './rate-limit.ts';
export { waitForAll } from './wait-for-all.ts';
