import type { Runtime } from '@towpath/flow';
import {
  collectScans,
  findCurrentImages,
  type BaseOptions,
  type CollectOptions,
  type CurrentImages,
  type ScannedImage,
} from '@towpath/gate';
import type { GatePolicy } from '@towpath/scan-policy';
import type { Session } from '@towpath/session';
import { currentOf, findGateImages, imageSetOf, type FoundImages, type Search } from './find-images.ts';
import type { GateInputs } from './inputs.ts';

/** The images to judge, with their findings. */
export interface Collected extends Omit<FoundImages, 'found'> {
  readonly images: readonly ScannedImage[];
  /** What a reader of the verdict must know about the reports and the baseline, as sentences. */
  readonly notices: readonly string[];
}

/** Finds the images to judge and reads their findings, from ECR or from reports. */
export async function collect(
  inputs: GateInputs,
  policy: GatePolicy,
  search: Search,
  session: Session,
  runtime: Runtime,
): Promise<Collected> {
  if (inputs.reports.length === 0) {
    const { found, ...others } = await findGateImages(inputs, search, runtime);
    const { found: baseline, problems } = await findBaseline(policy, search, currentOf(inputs));
    const { attachedVex } = policy;
    const options = { ...waitingOf(inputs, policy), baseline, attachedVex, base: baseOf(policy, search) };
    const images = await collectScans(found, options, session, runtime);
    return { ...others, images, notices: problems.map(({ message }) => `No baseline: ${message}`) };
  }
  const { collectForImageSet, collectForRegistry, readReports } = await import('./reports.ts');
  const reports = await readReports(inputs.reports, runtime);
  const now = runtime.clock.now();
  const folder = imageSetOf(inputs, search, runtime);
  const { found = [], ...others } =
    folder === undefined
      ? await findGateImages(inputs, search, runtime)
      : { absent: [], unjudged: [], warnings: [] };
  const collected =
    folder === undefined
      ? await collectForRegistry(found, reports, session, now)
      : await collectForImageSet(search.images, folder, reports, now);
  const base = baseOf(policy, search);
  if (base === undefined) return { ...others, ...collected };
  const { layoutContent, registryContent, withBaseLayers } = await import('@towpath/gate/base');
  const open = folder === undefined ? registryContent(session) : layoutContent(folder);
  const images = await withBaseLayers(collected.images, open, base, session, runtime);
  return { ...others, ...collected, images };
}

/** Returns how to find base images, if the policy has rules for them. */
function baseOf({ base }: GatePolicy, { images, pullThrough }: Search): BaseOptions | undefined {
  return base === undefined ? undefined : { images, pullThrough };
}

/**
 * Finds the images that the baseline environment of the policy runs now.
 *
 * @param judged the environment whose current images are judged. It is no baseline for itself: nothing would be new
 */
async function findBaseline(
  { baseline }: GatePolicy,
  { locations, images }: Search,
  judged: string | undefined,
): Promise<CurrentImages> {
  if (baseline === judged) return { found: [], problems: [] };
  const environment = baseline === undefined ? undefined : locations.environment(baseline);
  return environment === undefined
    ? { found: [], problems: [] }
    : findCurrentImages(locations, images, environment);
}

/** A dry run starts no scans. */
function waitingOf({ timeout, rescan, dryRun }: GateInputs, { maxAge }: GatePolicy): CollectOptions {
  return { timeout, rescan: rescan && !dryRun, ...(maxAge !== undefined && { maxAge }) };
}
