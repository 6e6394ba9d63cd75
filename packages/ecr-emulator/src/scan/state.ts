import type { EnhancedImageScanFinding, ImageScanFinding, ScanStatus } from '@aws-sdk/client-ecr';
import { isIndex } from '../registry/manifest.ts';
import type { Image, RepositoryRecord } from '../registry/record.ts';
import type { RegistrySettings, ScanningRule } from '../registry/settings.ts';
import { isArchived } from '../registry/storage-class.ts';
import { matchesWildcard } from '../registry/wildcard.ts';
import type { ScanScript } from './script.ts';

/** How long a scan takes in each state, in milliseconds. */
export interface ScanDelays {
  /** Until the scan exists at all: before, ECR says ScanNotFoundException. */
  readonly notFound: number;
  readonly pending: number;
  readonly inProgress: number;
  /** From COMPLETE or ACTIVE until the findings are there: ECR announces the end first. */
  readonly findings: number;
}

export const defaultDelays: ScanDelays = { notFound: 100, pending: 150, inProgress: 300, findings: 150 };

/** How the scan of an image stands. */
export interface ScanState {
  readonly status: ScanStatus;
  readonly description?: string;
  /** Present once the scan has ended with a result. */
  readonly result?: ScanResult;
}

/** What a scan found; one of the two lists is empty. */
export interface ScanResult {
  readonly completedAt: Date;
  /** Which of the two forms it has; a clean image has it too. */
  readonly form: 'basic' | 'enhanced';
  readonly findings: readonly ImageScanFinding[];
  readonly enhancedFindings: readonly EnhancedImageScanFinding[];
}

/** Statuses in which ECR has findings to show. */
const withFindings: readonly ScanStatus[] = ['COMPLETE', 'ACTIVE'];

/** The rules of the registry that speak of the repository. */
export function coveringRules({ name }: RepositoryRecord, { scanning }: RegistrySettings): ScanningRule[] {
  return scanning.rules.filter(({ filters }) => filters.some((filter) => matchesWildcard(filter, name)));
}

/** Whether an image is scanned when it is pushed to the repository. */
export function scansOnPush(record: RepositoryRecord, settings: RegistrySettings): boolean {
  const covered = coveringRules(record, settings).some(({ frequency }) => frequency !== 'MANUAL');
  // The repository's own setting is deprecated, and belongs to basic scanning.
  return covered || (settings.scanning.type === 'BASIC' && record.scanOnPush);
}

/** Whether ECR scans such an image at all; an index or an artifact it does not. */
function isScannable(image: Pick<Image, 'mediaType' | 'artifactType'>): boolean {
  return (
    !isIndex(image) &&
    /^application\/vnd\.(?:oci\.image\.config|docker\.container\.image)\./.test(image.artifactType ?? '')
  );
}

/**
 * When the scan of an image was asked for. Enhanced scanning also takes the images that are there when it is
 * switched on, unless they are too old (ECR User Guide, "Enhanced scanning").
 */
function requestedAt(image: Image, record: RepositoryRecord, settings: RegistrySettings): number | undefined {
  const { type, since } = settings.scanning;
  const isTaken =
    type === 'ENHANCED' && since - image.pushedAt < eligibility && scansOnPush(record, settings);
  return image.scanRequestedAt ?? (isTaken ? Math.max(image.pushedAt, since) : undefined);
}

const eligibility = 30 * 24 * 60 * 60 * 1000;

/**
 * How the scan stands at a time, or undefined while ECR knows of none.
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
  // Inspector has no progress to tell: an image is pending until it is watched.
  if (now < endedAt) return { status: enhanced ? 'PENDING' : 'IN_PROGRESS' };
  if (!isScannable(image)) {
    return {
      status: 'UNSUPPORTED_IMAGE',
      description: 'UnsupportedImageError: The operating system and/or package manager are not supported.',
    };
  }
  const status = script.status ?? (enhanced ? 'ACTIVE' : 'COMPLETE');
  const settled = now >= endedAt + delays.findings;
  return {
    status,
    description: script.description ?? descriptions[status] ?? '',
    ...(withFindings.includes(status) && {
      result: {
        completedAt: new Date(endedAt),
        ...foundBy(script, enhanced),
        ...(!settled && nothing),
      },
    }),
  };
}

/** A script that has findings of one form shows that form, any other that of the registry's mode. */
function foundBy(
  { findings, enhancedFindings }: ScanScript,
  enhanced: boolean,
): Omit<ScanResult, 'completedAt'> {
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
