import type { EnhancedImageScanFinding, ImageScanFinding, ScanStatus } from '@aws-sdk/client-ecr';
import { isIndex } from '../registry/manifest.ts';
import type { Image, RepositoryRecord } from '../registry/record.ts';
import type { RegistrySettings, ScanningRule } from '../registry/settings.ts';
import { isArchived } from '../registry/storage-class.ts';
import { matchesWildcard } from '../registry/wildcard.ts';
import type { ScanScript } from './script.ts';

/** The duration of each state of a scan, in milliseconds. */
export interface ScanDelays {
  /** The time until the scan exists. Before, ECR answers with ScanNotFoundException. */
  readonly notFound: number;
  readonly pending: number;
  readonly inProgress: number;
  /** The time from COMPLETE or ACTIVE until ECR returns the findings. */
  readonly findings: number;
}

export const defaultDelays: ScanDelays = { notFound: 100, pending: 150, inProgress: 300, findings: 150 };

/** The state of an image's scan. */
export interface ScanState {
  readonly status: ScanStatus;
  readonly description?: string;
  /** The result, once the scan has ended with one. */
  readonly result?: ScanResult;
}

/** The findings of a scan. One of the two lists is empty. */
export interface ScanResult {
  readonly completedAt: Date;
  /** False from COMPLETE or ACTIVE until ECR returns the findings. */
  readonly isSettled: boolean;
  /** The form of the findings, also without findings. */
  readonly form: 'basic' | 'enhanced';
  readonly findings: readonly ImageScanFinding[];
  readonly enhancedFindings: readonly EnhancedImageScanFinding[];
}

/** The statuses with findings. */
const withFindings: readonly ScanStatus[] = ['COMPLETE', 'ACTIVE'];

/**
 * Returns the scanning rules of the registry that match a repository. The first one decides: continuous scanning takes
 * precedence over scans on push (ECR User Guide, "Using filters").
 */
export function coveringRules({ name }: RepositoryRecord, { scanning }: RegistrySettings): ScanningRule[] {
  const covers = ({ filters }: ScanningRule) => filters.some((filter) => matchesWildcard(filter, name));
  const isContinuous = ({ frequency }: ScanningRule) => Number(frequency === 'CONTINUOUS_SCAN');
  return scanning.rules.filter(covers).toSorted((a, b) => isContinuous(b) - isContinuous(a));
}

/** Whether a push to the repository starts a scan. */
export function scansOnPush(record: RepositoryRecord, settings: RegistrySettings): boolean {
  const covered = coveringRules(record, settings).some(({ frequency }) => frequency !== 'MANUAL');
  // The setting of the repository is deprecated and applies only to basic scanning.
  return covered || (settings.scanning.type === 'BASIC' && record.scanOnPush);
}

/** Whether ECR can scan an image. It scans neither indexes nor artifacts. */
function isScannable(image: Pick<Image, 'mediaType' | 'artifactType'>): boolean {
  return (
    !isIndex(image) &&
    /^application\/vnd\.(?:oci\.image\.config|docker\.container\.image)\./.test(image.artifactType ?? '')
  );
}

/**
 * Returns the time of an image's scan request. Enhanced scanning includes images that exist when it is switched on,
 * unless they are too old (ECR User Guide, "Enhanced scanning").
 */
function requestedAt(image: Image, record: RepositoryRecord, settings: RegistrySettings): number | undefined {
  const { type, since } = settings.scanning;
  const isIncluded =
    type === 'ENHANCED' && since - image.pushedAt < eligibility && scansOnPush(record, settings);
  return image.scanRequestedAt ?? (isIncluded ? Math.max(image.pushedAt, since) : undefined);
}

const eligibility = 30 * 24 * 60 * 60 * 1000;

/**
 * Returns the state of a scan at a given time, or undefined if ECR has no scan yet.
 *
 * @param now milliseconds since the epoch
 */
export function scanStateOf(
  image: Image,
  record: RepositoryRecord,
  settings: RegistrySettings,
  { script, delays, now }: { readonly script: ScanScript; readonly delays: ScanDelays; readonly now: number },
): ScanState | undefined {
  const at = requestedAt(image, record, settings);
  if (at === undefined || isIndex(image)) return undefined;
  const enhanced = settings.scanning.type === 'ENHANCED';
  const pendingAt = at + delays.notFound;
  const inProgressAt = pendingAt + delays.pending;
  const endedAt = inProgressAt + delays.inProgress;
  if (isArchived(image)) return { status: 'IMAGE_ARCHIVED' };
  if (now < pendingAt) return undefined;
  if (now < inProgressAt) return { status: 'PENDING' };
  // Inspector does not report progress: an image is pending until it is active.
  if (now < endedAt) return { status: enhanced ? 'PENDING' : 'IN_PROGRESS' };
  if (!isScannable(image)) {
    return {
      status: 'UNSUPPORTED_IMAGE',
      description: 'UnsupportedImageError: The operating system and/or package manager are not supported.',
    };
  }
  const status = script.status ?? (enhanced ? 'ACTIVE' : 'COMPLETE');
  const settled = now >= endedAt + (script.findingsAfterMs ?? delays.findings);
  return {
    // The SDK's type does not include statuses that AWS adds later.
    status: (script.newStatus ?? status) as ScanStatus,
    description: script.description ?? descriptions[status] ?? '',
    ...(script.newStatus === undefined &&
      withFindings.includes(status) && {
        result: {
          completedAt: new Date(endedAt),
          ...foundBy(script, enhanced),
          ...(!settled && nothing),
          isSettled: settled,
        },
      }),
  };
}

/** Returns the findings of a script in its form, or in the form of the registry's mode if it has both or none. */
function foundBy(
  { findings, enhancedFindings }: ScanScript,
  enhanced: boolean,
): Omit<ScanResult, 'completedAt' | 'isSettled'> {
  const hasOneForm = (findings === undefined) !== (enhancedFindings === undefined);
  const isEnhanced = hasOneForm ? findings === undefined : enhanced;
  return isEnhanced
    ? { form: 'enhanced', findings: [], enhancedFindings: enhancedFindings ?? [] }
    : { form: 'basic', findings: findings ?? [], enhancedFindings: [] };
}

const nothing = { findings: [], enhancedFindings: [] };

/** ECR's descriptions of a status (ECR API examples; Inspector's "continuous scan"). */
const descriptions: Readonly<Partial<Record<ScanStatus, string>>> = {
  COMPLETE: 'The scan was completed successfully.',
  ACTIVE: 'Continuous scan is selected for image.',
  SCAN_ELIGIBILITY_EXPIRED: 'The scan eligibility of the image has expired.',
  FAILED: 'The scan failed.',
};
