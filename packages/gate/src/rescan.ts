import { startScan, type Scan, type ScanStart } from '@towpath/ecr';
import type { Session } from '@towpath/session';
import type { EcrSubject } from './subjects.ts';

/** The time in which ECR scans an image once, in milliseconds (ECR API, StartImageScan). */
const scanInterval = 24 * 60 * 60_000;

/** Statuses after which a new basic scan cannot say more, or is not possible. */
const final = new Set(['PENDING', 'IN_PROGRESS', 'ACTIVE', 'UNSUPPORTED_IMAGE', 'IMAGE_ARCHIVED']);

/**
 * Returns whether a new scan says more than the existing one: there is none, it failed, or it is older than `maxAge`,
 * or than 24 hours.
 */
export function needsRescan({ status, completedAt }: Scan, now: Date, maxAge = scanInterval): boolean {
  if (status !== 'COMPLETE') return !final.has(status);
  return completedAt === undefined || now.getTime() - completedAt.getTime() > Math.min(maxAge, scanInterval);
}

/**
 * Starts a basic scan. This changes nothing but ECR's own scan result, so it belongs to reading the result.
 *
 * @throws CodedError `access-denied`, …
 */
export async function startRescan(
  { location: { registry, repository }, digest, mode }: EcrSubject,
  session: Session,
  signal: AbortSignal,
): Promise<ScanStart> {
  return mode === 'enhanced' ? 'unsupported' : startScan(session.ecr(registry), repository, digest, signal);
}

/** What the log says about a scan that was requested. */
export const rescanMessages: Readonly<Record<ScanStart, string>> = {
  started: 'a new scan was started',
  limited: 'ECR scanned this image within 24 hours, so the existing scan is used',
  unsupported: 'basic scanning cannot scan this image again, so the existing scan is used',
};
