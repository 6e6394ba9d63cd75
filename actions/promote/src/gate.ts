import type { Config, EnvironmentConfig } from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import {
  collectScans,
  findCurrentImages,
  judgeImages,
  reasonsOf,
  staleProblemsOf,
  staleReasons,
  worst,
  type BaseOptions,
  type CurrentImages,
  type ScannedImage,
} from '@towpath/gate';
import type { EnvironmentEntry } from '@towpath/ledger';
import type { Locations } from '@towpath/project';
import type { Digest } from '@towpath/reference';
import { policyDigest, type GatePolicy } from '@towpath/scan-policy';
import type { Session } from '@towpath/session';
import type { SelectedImage } from './selected-image.ts';

/** What the gate of the target environment needs to judge the images. Plain data. */
export interface GateFacts {
  /** `off`: the environment has no gate. */
  readonly policy: GatePolicy | 'off';
  /** Empty without a gate. */
  readonly scans: readonly ScannedImage[];
  /** Why there are no scans, although the environment has a gate. Only for a rollback. */
  readonly failure?: Problem;
  /** Whether all images of the configuration are judged, so that an ignore that matches nothing is unused. */
  readonly isComplete: boolean;
  /** Why images of the baseline environment are unknown: all findings of these images count as new. */
  readonly notices: readonly string[];
}

/** The verdict about one image, as the ledger records it. */
export interface ImageVerdict {
  readonly name: string;
  readonly verdict: NonNullable<EnvironmentEntry['images'][number]['verdict']>;
  /** Undefined without a gate. */
  readonly policy?: Digest;
  /** Why the image does not pass. */
  readonly reasons: readonly Problem[];
}

/** The longest wait for scans before a rollback, in milliseconds. They do not block it. */
const rollbackTimeout = 60_000;

/**
 * Waits for the scans of exactly the images that will be delivered.
 *
 * @param isBlocking whether the verdict decides. Otherwise an error while reading the scans is only reported
 */
export async function readGate(
  images: readonly SelectedImage[],
  { gate }: EnvironmentConfig,
  config: Pick<Config, 'gate' | 'images' | 'build'>,
  { timeout, isBlocking }: { readonly timeout: number; readonly isBlocking: boolean },
  locations: Locations,
  session: Session,
  runtime: Runtime,
): Promise<GateFacts> {
  if (gate === 'off') return { policy: 'off', scans: [], isComplete: false, notices: [] };
  const policy = gate ?? config.gate;
  const isComplete = images.length === config.images.length;
  const judged = images.map(({ image: { name, platforms }, location, root }) => ({
    ...{ name, location, root, platforms },
  }));
  try {
    const wait = isBlocking ? timeout : Math.min(timeout, rollbackTimeout);
    const { found: baseline, problems } = await findBaseline(policy, images, locations);
    const scans = await collectScans(
      judged,
      { timeout: wait, baseline, attachedVex: policy.attachedVex, base: baseOf(policy, config) },
      session,
      runtime,
    );
    return { policy, scans, isComplete, notices: problems.map(({ message }) => `No baseline: ${message}`) };
  } catch (error) {
    if (isBlocking || !(error instanceof CodedError) || error.code === 'cancelled') throw error;
    const [failure] = error.problems;
    return { policy, scans: [], isComplete: false, notices: [], ...(failure !== undefined && { failure }) };
  }
}

function baseOf(
  { base }: GatePolicy,
  { images, build }: Pick<Config, 'images' | 'build'>,
): BaseOptions | undefined {
  return base === undefined ? undefined : { images, pullThrough: build.pullThrough };
}

/** Finds what the baseline environment of the policy runs of the images. */
async function findBaseline(
  { baseline }: GatePolicy,
  images: readonly SelectedImage[],
  locations: Locations,
): Promise<CurrentImages> {
  const environment = baseline === undefined ? undefined : locations.environment(baseline);
  if (environment === undefined) return { found: [], problems: [] };
  return findCurrentImages(
    locations,
    images.map(({ image }) => image),
    environment,
  );
}

/** Judges the images that will be delivered. Pure. */
export function judge(
  images: readonly Pick<SelectedImage, 'image' | 'root'>[],
  { policy, scans, isComplete, failure }: GateFacts,
): readonly ImageVerdict[] {
  if (policy === 'off') return images.map(({ image: { name } }) => ({ name, verdict: 'off', reasons: [] }));
  const judged = judgeImages(scans, { policy });
  const stale = staleReasons(judged, policy, { isComplete });
  const digest = policyDigest(policy);
  return images.map(({ image: { name }, root }) => {
    const found = judged.find((one) => one.name === name && one.digest === root.digest);
    if (found === undefined)
      return { name, verdict: 'unknown', policy: digest, reasons: [failure ?? notJudged(name)] };
    const outdated = staleProblemsOf(stale, name);
    return {
      name,
      verdict: worst([found.verdict, ...outdated.map(() => 'fail' as const)]),
      policy: digest,
      reasons: [...reasonsOf(found), ...outdated],
    };
  });
}

function notJudged(name: string): Problem {
  return { code: 'gate-unknown', message: `Image ${name} was not judged.` };
}
