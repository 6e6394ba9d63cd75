import type { Finding } from './finding.ts';
import { severityOf } from './severity.ts';
import { truncate } from './text.ts';

/** Returns the severity for a scanner's word, with the word itself if the severity is unknown. */
export function rated(word: string | undefined): Pick<Finding, 'severity' | 'rating'> {
  const severity = severityOf(word);
  return severity === 'unknown' ? { severity, rating: truncate(word ?? 'none') } : { severity };
}
