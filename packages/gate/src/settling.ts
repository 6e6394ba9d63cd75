import type { Scan, ScanMode } from '@towpath/ecr';
import { createHash } from 'node:crypto';

/** How often a finished scan is read before its findings count. */
interface Settling {
  /** The number of consecutive equal readings. */
  readonly readings: number;
  /** The time between them, in milliseconds. */
  readonly pause: number;
}

/** Findings arrive together, so two equal readings with findings are complete. */
const withFindings: Settling = { readings: 2, pause: 1000 };

/**
 * ECR can report COMPLETE or ACTIVE before the findings exist. Amazon Inspector adds them later than basic scanning. A
 * registry of an unknown mode can be enhanced.
 */
const withoutFindings: Readonly<Record<ScanMode, Settling>> = {
  basic: { readings: 3, pause: 2500 },
  enhanced: { readings: 3, pause: 15_000 },
  unknown: { readings: 3, pause: 15_000 },
};

/** Returns how often a scan with this answer is read. */
export function settlingOf({ findings }: Pick<Scan, 'findings'>, mode: ScanMode): Settling {
  return findings.length > 0 ? withFindings : withoutFindings[mode];
}

/** Returns a text that is equal for two readings with the same findings. Their order does not matter. */
export function readingOf({ status, description, completedAt, findings }: Scan): string {
  const hash = createHash('sha256');
  for (const line of findings.map((finding) => JSON.stringify(finding)).sort())
    hash.update(line).update('\n');
  return JSON.stringify([status, description, completedAt, findings.length, hash.digest('base64')]);
}
