import type { Epss } from './finding.ts';

/** Returns an EPSS, or undefined unless its score is from 0 to 1. */
export function epssOf(score: number | undefined, percentile?: number): Epss | undefined {
  if (score === undefined || !(score >= 0 && score <= 1)) return undefined;
  return percentile !== undefined && percentile >= 0 && percentile <= 1 ? { score, percentile } : { score };
}
