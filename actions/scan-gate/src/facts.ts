import { forAll, waitForAll } from '@towpath/concurrency';
import type { Config, EnvironmentConfig, ImageConfig } from '@towpath/config';
import {
  findImages,
  scanFrequency,
  scanMode,
  type EcrRegistry,
  type PrivateEcr,
  type ScanMode,
} from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { readImageSet } from '@towpath/image-set';
import { findVersion, ledgerWarning, type FoundImage } from '@towpath/ledger';
import { buildPlace, openProject, Places, Registries } from '@towpath/project';
import { labelOf, registryUri } from '@towpath/reference';
import { join } from 'node:path';
import type { GateInputs } from './inputs.ts';
import { readParts, type ImageParts } from './subjects.ts';

/** An image to judge, in its registry. */
export interface ImageFacts extends FoundImage {
  readonly location: FoundImage['location'] & { readonly registry: PrivateEcr };
  readonly mode: ScanMode;
  readonly parts: ImageParts;
}

export interface GateFacts {
  readonly config: Config;
  readonly target: EnvironmentConfig | undefined;
  readonly images: readonly ImageFacts[];
  /** Images of the configuration that do not belong to the version. */
  readonly absent: readonly ImageConfig[];
  /** Chosen images that are missing, so that they cannot be judged. */
  readonly unjudged: readonly Problem[];
  /** About the ledger. */
  readonly warnings: readonly string[];
  /** When a repository is scanned, if that can be known. */
  readonly frequencyOf: (location: ImageFacts['location']) => Promise<string | undefined>;
}

type Found = Pick<GateFacts, 'absent' | 'warnings' | 'unjudged'> & { readonly found: readonly FoundImage[] };

/** Finds every image in its registry, by the release or the tags of the version, or by the digests of the image set. */
export async function facts(inputs: GateInputs, runtime: Runtime): Promise<GateFacts> {
  const { config, images } = await openProject(inputs, runtime);
  const registries = new Registries(runtime, inputs.region);
  const places = new Places(config, registries);
  const target =
    inputs.targetEnvironment === undefined ? undefined : places.environment(inputs.targetEnvironment);
  // What is judged is what a promotion takes.
  const environment = places.environment(inputs.environment ?? target?.from ?? buildPlace);
  for (const image of images) requireScanner((await places.locate(image, environment)).registry);
  const { found, absent, unjudged, warnings } = await find(inputs, places, images, environment, runtime);
  const withParts = await forAll(found, async ({ image, root, location }): Promise<ImageFacts> => {
    const registry = requireScanner(location.registry);
    const [mode, parts] = await waitForAll([
      scanMode(registries.aws, registry),
      readParts(image, root, registry, location.repository),
    ]);
    return { image, root, location: { ...location, registry }, mode, parts };
  });
  return {
    config,
    target,
    images: withParts,
    absent,
    unjudged,
    warnings,
    frequencyOf: ({ registry, repository }) => scanFrequency(registries.aws, registry, repository),
  };
}

async function find(
  inputs: GateInputs,
  places: Places,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  { temp }: Runtime,
): Promise<Found> {
  if (inputs.version === undefined) {
    const folder = inputs.imageSet ?? join(temp, 'towpath');
    return { ...(await findBuilt(places, images, environment, folder)), absent: [], warnings: [] };
  }
  const { found, absent, ledger } = await findVersion(
    places,
    images,
    environment,
    inputs.version,
    inputs.only,
  );
  const warning = ledgerWarning(ledger);
  return { found, absent, unjudged: [], warnings: warning === undefined ? [] : [warning] };
}

/** @throws CodedError `registry-unsupported` when it is one that scans nothing */
function requireScanner(registry: EcrRegistry): PrivateEcr {
  if (registry.kind === 'private') return registry;
  throw new CodedError(
    'registry-unsupported',
    `${registryUri(registry)} is a public registry, which scans no images: it cannot be said whether they are clean.`,
    { hint: 'Gate the images in a private registry, and publish from it what has passed.' },
  );
}

/** @throws CodedError `image-missing` that lists every image of the set which is not in its repository */
async function findBuilt(
  places: Places,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  folder: string,
): Promise<Pick<Found, 'found' | 'unjudged'>> {
  const set = await readImageSet(folder);
  const digests = new Map(set.images.map(({ name, digest }) => [name, digest]));
  const unjudged = images.filter(({ name }) => !digests.has(name)).map(({ name }) => notInSet(name, folder));
  const problems: Problem[] = [];
  const looked = await forAll(images, async (image): Promise<FoundImage[]> => {
    const digest = digests.get(image.name);
    if (digest === undefined) return [];
    const location = await places.locate(image, environment);
    const root = (await findImages(location.registry, location.repository, [digest])).get(digest);
    if (root !== undefined) return [{ image, location, root }];
    const message = `Image ${image.name} is not in ${labelOf(location)}: it has no ${digest}.`;
    problems.push({ code: 'image-missing', message, hint: 'Publish the image set first.' });
    return [];
  });
  const found = looked.flat();
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
