import { forAll } from '@towpath/concurrency';
import type { Config, EnvironmentConfig, ImageConfig } from '@towpath/config';
import { findImages } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { collectScans, requirePrivate, type CollectOptions, type ScannedImage } from '@towpath/gate';
import { readImageSet } from '@towpath/image-set';
import { findVersion, ledgerWarning, type FoundImage } from '@towpath/ledger';
import { buildEnvironment, openProject, Locations } from '@towpath/project';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { join } from 'node:path';
import type { GateInputs } from './inputs.ts';

export interface GateFacts {
  readonly config: Config;
  readonly target: EnvironmentConfig | undefined;
  readonly images: readonly ScannedImage[];
  /** Images of the configuration that do not belong to the version. */
  readonly absent: readonly ImageConfig[];
  /** Selected images that are missing and cannot be judged. */
  readonly unjudged: readonly Problem[];
  /** Warnings about the ledger. */
  readonly warnings: readonly string[];
}

type Found = Pick<GateFacts, 'absent' | 'warnings' | 'unjudged'> & { readonly found: readonly FoundImage[] };

/**
 * Finds every image in its registry and waits for the scans. Images are found by the release or tags of the
 * version, or by the digests of the image set.
 */
export async function facts(inputs: GateInputs, session: Session, runtime: Runtime): Promise<GateFacts> {
  const { config, images } = await openProject(inputs, runtime);
  const locations = new Locations(config, session);
  const target =
    inputs.targetEnvironment === undefined ? undefined : locations.environment(inputs.targetEnvironment);
  // The gate judges the same images that a promotion would deliver.
  const environment = locations.environment(inputs.environment ?? target?.from[0] ?? buildEnvironment);
  for (const image of images) requirePrivate(await locations.locate(image, environment));
  const { found, absent, unjudged, warnings } = await find(inputs, locations, images, environment, runtime);
  const gated = found.map(({ image: { name, platforms }, location, root }) => ({
    name,
    location,
    root,
    platforms,
  }));
  return {
    config,
    target,
    images: await collectScans(gated, waitingOf(inputs), session, runtime),
    absent,
    unjudged,
    warnings,
  };
}

/** A dry run starts no scans. */
function waitingOf({ timeout, rescan, maxAge, dryRun }: GateInputs): CollectOptions {
  return { timeout, rescan: rescan && !dryRun, ...(maxAge !== undefined && { maxAge }) };
}

async function find(
  inputs: GateInputs,
  locations: Locations,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  { temp }: Runtime,
): Promise<Found> {
  if (inputs.version === undefined) {
    const folder = inputs.imageSet ?? join(temp, 'towpath');
    return { ...(await findBuilt(locations, images, environment, folder)), absent: [], warnings: [] };
  }
  const { found, absent, ledger } = await findVersion(
    locations,
    images,
    environment,
    inputs.version,
    inputs.only,
  );
  const warning = ledgerWarning(ledger);
  return { found, absent, unjudged: [], warnings: warning === undefined ? [] : [warning] };
}

/** @throws CodedError `image-missing` that lists every image of the set that is missing in its repository */
async function findBuilt(
  locations: Locations,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  folder: string,
): Promise<Pick<Found, 'found' | 'unjudged'>> {
  const set = await readImageSet(folder);
  const digests = new Map(set.images.map(({ name, digest }) => [name, digest]));
  const unjudged = images.filter(({ name }) => !digests.has(name)).map(({ name }) => notInSet(name, folder));
  const problems: Problem[] = [];
  const lookups = await forAll(images, async (image): Promise<FoundImage[]> => {
    const digest = digests.get(image.name);
    if (digest === undefined) return [];
    const location = await locations.locate(image, environment);
    const root = (
      await findImages(locations.session.ecr(location.registry), location.repository, [digest])
    ).get(digest);
    if (root !== undefined) return [{ image, location, root }];
    const message = `Image ${image.name} is not in ${labelOf(location)}: it has no ${digest}.`;
    problems.push({ code: 'image-missing', message, hint: 'Publish the image set first.' });
    return [];
  });
  const found = lookups.flat();
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} images are missing.`);
  return { found, unjudged };
}

function notInSet(name: string, folder: string): Problem {
  return {
    code: 'gate-unknown',
    message: `Image ${name} is not in the image set ${folder}, so it cannot be judged.`,
    hint: 'Build it too, or name the images of the set with the input only.',
  };
}
