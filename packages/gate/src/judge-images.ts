import type { Problem } from '@towpath/errors';
import type { Digest } from '@towpath/reference';
import type { Verdict } from '@towpath/scan-policy';
import type { ScannedImage } from './scanned-image.ts';
import { judgeScan, type JudgedSubject, type Terms } from './judge-scan.ts';
import type { PrivateRepository, SkippedManifest } from './subjects.ts';

/** An image that is judged as a whole, in the form that a promotion would deliver. Plain data. */
export interface JudgedImage {
  readonly name: string;
  /** Undefined if the image is only in an image set. */
  readonly location?: PrivateRepository;
  /** The digest of the image manifest or of the index. */
  readonly digest: Digest;
  /** The worst verdict of its subjects. `unknown` if it has none, or if there are doubts. */
  readonly verdict: Verdict;
  readonly subjects: readonly JudgedSubject[];
  /** The manifests that are not scanned, and the reasons. */
  readonly skipped: readonly SkippedManifest[];
  /** The problems that make the verdict unknown, whatever the scans say. */
  readonly doubts: readonly Problem[];
}

/** Judges images by the scans of all their platforms. Pure, so `plan` of an action calls it. */
export function judgeImages(images: readonly ScannedImage[], terms: Terms): readonly JudgedImage[] {
  return images.map((image) => judgeImage(image, terms));
}

function judgeImage(image: ScannedImage, terms: Terms): JudgedImage {
  const { name, location, digest, scans, skipped } = image;
  const subjects = scans.map((scan) => judgeScan(scan, withAttachedVex(terms, image), image));
  const doubts = describeDoubts(image);
  return {
    name,
    ...(location !== undefined && { location }),
    digest,
    verdict: worst([...subjects.map(({ verdict }) => verdict), ...doubts.map((): Verdict => 'unknown')]),
    subjects,
    skipped,
    doubts,
  };
}

/** Adds the statements of documents that are attached to an image, if the policy accepts such documents. */
function withAttachedVex(terms: Terms, { vex = [] }: ScannedImage): Terms {
  const { policy } = terms;
  if (policy.attachedVex !== true || vex.length === 0) return terms;
  return { ...terms, policy: { ...policy, vex: [...(policy.vex ?? []), ...vex] } };
}

/**
 * Returns the reasons why an image fails the gate. If there are none, the image may be delivered: its verdict is `pass`,
 * or the policy accepts that it is unknown.
 */
export function reasonsOf({ doubts, subjects }: JudgedImage): readonly Problem[] {
  const failing = subjects.filter(({ tolerated }) => tolerated === undefined);
  return [...doubts, ...failing.flatMap(({ reason }) => reason ?? [])];
}

/** Returns what is unknown about an image, and is accepted by the policy with a warning. */
export function toleratedOf({ subjects }: JudgedImage): readonly Problem[] {
  return subjects.flatMap(({ reason, tolerated }) => (tolerated === 'warn' ? (reason ?? []) : []));
}

/** Returns the problem that makes the verdict of an image unknown, whatever its scans say. */
function describeDoubts({ name, location, digest, doubts }: ScannedImage): readonly Problem[] {
  if (doubts.length === 0) return [];
  return [
    {
      code: 'gate-unknown',
      message: `It is unknown whether ${name} (${location === undefined ? '' : `${location.repository}@`}${digest}) is clean: ${doubts.join('; ')}.`,
      hint: 'Fix the image, or the platforms of the configuration, and publish a new version.',
    },
  ];
}

/** Returns the worst verdict. Without any verdicts it is `unknown`. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const found = (['fail', 'unknown'] as const).find((verdict) => verdicts.includes(verdict));
  return found ?? (verdicts.length === 0 ? 'unknown' : 'pass');
}
