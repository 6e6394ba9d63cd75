export { forAll, type ForAllOptions } from './for-all.ts';
/** Runs at most so many functions at a time, in the order in which they come. */
export { default as pLimit, type LimitFunction } from 'p-limit';
export { waitForAll } from './wait-for-all.ts';
