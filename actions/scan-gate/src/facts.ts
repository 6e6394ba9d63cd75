import type { Config, EnvironmentConfig, ImageConfig } from '@towpath/config';
import { findImages, scanMode, type EcrRegistry, type PrivateEcr, type ScanMode } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { readImageSet } from '@towpath/image-set';
import { findVersion, labelOf, openProject, Places, Registries, type FoundImage } from '@towpath/project';
import { registryUri } from '@towpath/reference';
import { join } from 'node:path';
import type { GateInputs } from './inputs.ts';

/** An image that is to be gated, as it stands in its registry. */
export interface ImageFacts extends FoundImage {
  readonly location: FoundImage['location'] & { readonly registry: PrivateEcr };
  readonly mode: ScanMode;
}

export interface GateFacts {
  readonly config: Config;
  readonly target: EnvironmentConfig | undefined;
  readonly images: readonly ImageFacts[];
  /** Images of the configuration that do not belong to the version. */
  readonly absent: readonly ImageConfig[];
}

/** Finds every image in its registry, by the version's tag or by the image set's digest. */
export async function facts(inputs: GateInputs, runtime: Runtime): Promise<GateFacts> {
  const { config, images } = await openProject(inputs, runtime);
  const registries = new Registries(runtime, inputs.region);
  const places = new Places(config, registries);
  const target =
    inputs.targetEnvironment === undefined ? undefined : places.environment(inputs.targetEnvironment);
  const environment = places.environment(inputs.environment);
  for (const image of images) demandScanner((await places.locate(image, environment)).registry);
  const { found, absent } =
    inputs.version === undefined
      ? {
          found: await findBuilt(
            places,
            images,
            environment,
            inputs.imageSet ?? join(runtime.temp, 'towpath'),
          ),
          absent: [],
        }
      : await findVersion(places, images, environment, inputs.version, inputs.only);
  const withMode = found.map(async (one) => {
    const registry = demandScanner(one.location.registry);
    const location = { ...one.location, registry };
    return { ...one, location, mode: await scanMode(registries.aws, registry) };
  });
  return { config, target, images: await Promise.all(withMode), absent };
}

/** @throws CodedError `registry-unsupported` when it is one that scans nothing */
function demandScanner(registry: EcrRegistry): PrivateEcr {
  if (!('alias' in registry)) return registry;
  throw new CodedError(
    'registry-unsupported',
    `${registryUri(registry)} is a public registry, and those scan no images: nobody can know here whether they are clean.`,
    { hint: 'Gate the images in a private registry, and publish from it what has passed.' },
  );
}

/** @throws CodedError `image-missing` that lists every image of the set that is not in its repository */
async function findBuilt(
  places: Places,
  images: readonly ImageConfig[],
  environment: EnvironmentConfig | undefined,
  folder: string,
): Promise<readonly FoundImage[]> {
  const set = await readImageSet(folder);
  const problems: Problem[] = [];
  const looked = images.map(async (image): Promise<FoundImage[]> => {
    const digest = set.images.find(({ name }) => name === image.name)?.digest;
    if (digest === undefined) return [];
    const location = await places.locate(image, environment);
    const root = (await findImages(location.registry, location.repository, [digest])).get(digest);
    if (root !== undefined) return [{ image, location, root }];
    const message = `Image ${image.name} is not in ${labelOf(location)}: it has no ${digest}.`;
    problems.push({ code: 'image-missing', message, hint: 'Publish the image set first.' });
    return [];
  });
  const found = (await Promise.all(looked)).flat();
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} images are missing.`);
  return found;
}
