import type { Problem } from '@towpath/errors';
import { formatCount } from '@towpath/markdown';
import { labelOf, parsePlatform } from '@towpath/reference';
import {
  judge,
  type GatePolicy,
  type JudgeContext,
  type Judgement,
  type KnownFinding,
  type Verdict,
} from '@towpath/scan-policy';
import type { BaseLayers, ScannedImage } from './scanned-image.ts';
import { identify, scanProblem } from './scan-problem.ts';
import { scanned, type ScanOutcome } from './scans.ts';
import type { Subject } from './subjects.ts';

/** The findings that failed at an earlier reading, by {@link earlierKey}. Plain data. */
export type EarlierFailures = Readonly<Record<string, readonly KnownFinding[]>>;

export function earlierKey(image: string, platform: string | undefined): string {
  return `${image} ${platform ?? ''}`;
}

/** What images are judged by. */
export interface Terms {
  readonly policy: GatePolicy;
  /** The findings that failed at an earlier reading. Default: none. */
  readonly failedBefore?: EarlierFailures | undefined;
}

/** The gate's result for one platform of an image. Plain data. */
export interface JudgedSubject extends Subject {
  /** The scan status in ECR, or ABSENT without a scan. */
  readonly status: string;
  /** The end of the scan, as ISO 8601. Undefined if the scan did not end. */
  readonly scannedAt?: string;
  /** What the policy says about the findings. Without a complete scan, its verdict has no meaning. */
  readonly judgement: Judgement;
  readonly verdict: Verdict;
  /** The reason why the subject does not pass. */
  readonly reason?: Problem;
  /** Set if the verdict is unknown and the policy accepts that: the gate does not fail, and warns or only reports it. */
  readonly tolerated?: 'warn' | 'report';
}

/**
 * Judges the scan of one subject. A finding that is not allowed fails it, even if more findings are missing.
 *
 * @param image its baseline, its layers, and the time of the reading
 */
export function judgeScan(
  outcome: ScanOutcome,
  terms: Terms,
  { baseline, layers, collectedAt: now }: Pick<ScannedImage, 'baseline' | 'layers' | 'collectedAt'>,
): JudgedSubject {
  const { scan, subject } = outcome;
  const { status, completedAt } = scan;
  const judgement = judge(scan.findings, terms.policy, {
    ...contextOf(subject, { baseline, layers }, now),
    ...failedBefore(subject, terms),
  });
  const common = {
    ...subject,
    status,
    ...(completedAt !== undefined && { scannedAt: completedAt.toISOString() }),
    judgement,
  };
  if (judgement.verdict === 'fail' && (scanned.has(status) || outcome.ending === 'reported'))
    return { ...common, verdict: 'fail', reason: violation(subject, judgement) };
  const reason = scanProblem(outcome, terms.policy.maxAge, now);
  if (reason === undefined) return { ...common, verdict: 'pass' };
  const { onUnsupported = 'fail' } = terms.policy;
  if (status !== 'UNSUPPORTED_IMAGE' || onUnsupported === 'fail')
    return { ...common, verdict: 'unknown', reason };
  return { ...common, verdict: 'unknown', reason, tolerated: onUnsupported };
}

function contextOf(
  subject: Subject,
  { baseline, layers }: Pick<ScannedImage, 'baseline' | 'layers'>,
  now: Date,
): JudgeContext {
  const { image, digest, config, indexes, location, platform } = subject;
  const known = baseline?.find((one) => one.subject.platform === platform);
  const isComplete = known?.ending === 'settled' && scanned.has(known.scan.status);
  return {
    now,
    image: {
      name: image,
      digests: [digest, ...indexes, config],
      repositories: location === undefined ? [] : [labelOf(location)],
      ...(platform !== undefined && { platform: parsePlatform(platform) }),
    },
    ...layersOf(layers?.[digest]),
    ...(isComplete && { baseline: { findings: known.scan.findings } }),
  };
}

function failedBefore(
  { image, platform }: Subject,
  { failedBefore: all }: Terms,
): Pick<JudgeContext, 'failedBefore'> {
  const failures = all?.[earlierKey(image, platform)];
  return failures === undefined ? {} : { failedBefore: failures };
}

function layersOf(found: BaseLayers | undefined): Pick<JudgeContext, 'layers' | 'layersUnknown'> {
  if (found === undefined) return {};
  return 'layers' in found ? found : { layersUnknown: found.why };
}

/** The maximum number of ids in a message. */
const shownIds = 5;

function violation(subject: Subject, { violations }: Judgement): Problem {
  const ids = [...new Set(violations.map(({ finding }) => finding.id))];
  const ratings = [...new Set(violations.flatMap(({ finding }) => finding.rating ?? []))];
  const unrated =
    ratings.length === 0
      ? ''
      : ` Towpath does not know the severity ${ratings.slice(0, shownIds).join(', ')}: such findings count as the worst.`;
  const listed = `${ids.slice(0, shownIds).join(', ')}${ids.length > shownIds ? ', …' : ''}`;
  return {
    code: 'gate-failed',
    message: `${identify(subject)} has ${formatCount(ids.length, 'finding')} that the policy does not allow: ${listed}.${unrated}`,
    hint: 'Fix the image and publish a new version.',
  };
}
