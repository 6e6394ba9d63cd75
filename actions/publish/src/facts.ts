import type { ImageConfig } from '@towpath/config';
import { describeRepository, findImages, imagePresence, type Repository } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { readImageSet, type BuiltImage } from '@towpath/image-set';
import { Layout, readManifests, surveyGraph, type Graph, type Manifest } from '@towpath/oci';
import { openProject, Places, Registries, type Location, type PlaceTags } from '@towpath/project';
import { join } from 'node:path';
import type { PublishInputs } from './inputs.ts';

/** An image of the set, and what its repository has. */
export interface ImageFacts {
  readonly built: BuiltImage;
  readonly location: Location;
  readonly tags: PlaceTags;
  readonly settings: Repository;
  /** What the image consists of, and what of it the repository has. */
  readonly graph: Graph;
  /** The images that hold the tags now. */
  readonly holders: ReadonlyMap<string, Manifest>;
}

export interface PublishFacts {
  readonly images: readonly ImageFacts[];
  readonly layout: Layout;
  readonly registries: Registries;
}

/** Reads the configuration of this checkout, the image set, and what every repository has of it. */
export async function facts(inputs: PublishInputs, runtime: Runtime): Promise<PublishFacts> {
  const { config, images, ci } = await openProject(inputs, runtime);
  const folder = inputs.imageSet ?? join(runtime.temp, 'towpath');
  const set = await readImageSet(folder);
  if (inputs.expected !== undefined) compareSets(set.images, inputs.expected, folder);
  const chosen = images.map((image) => ({
    image: renamed(image, images, inputs),
    built: demandBuilt(image, set.images, folder),
  }));

  const registries = new Registries(runtime, inputs.region);
  const registry =
    inputs.registry === undefined ? config.registry : { kind: 'literal' as const, registry: inputs.registry };
  const places = new Places({ ...config, registry }, registries);
  const layout = new Layout(folder);
  const read = chosen.map(async ({ image, built }) => {
    const tagFacts = { ...ci.facts, version: inputs.version, fingerprint: built.fingerprint };
    const tags = places.tags(image, undefined, tagFacts, inputs.tags);
    return readImage(built, await places.locate(image, undefined), tags, layout);
  });
  return { images: await Promise.all(read), layout, registries };
}

/** @throws CodedError that lists every image that is not what the build has told of */
function compareSets(
  built: readonly BuiltImage[],
  expected: ReadonlyMap<string, string>,
  folder: string,
): void {
  const names = new Set([...expected.keys(), ...built.map(({ name }) => name)]);
  const problems = [...names].flatMap((name): Problem[] => {
    const found = built.find((image) => image.name === name)?.digest;
    const told = expected.get(name);
    if (found === told) return [];
    const message = `Image ${name} is ${found ?? 'absent'} in ${folder}, but the build told of ${told ?? 'no such image'}.`;
    return [
      {
        code: 'digest-mismatch',
        message,
        hint: 'The image set is not the one that was built. Run the build again.',
      },
    ];
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images are not what was built.`);
}

function demandBuilt(image: ImageConfig, built: readonly BuiltImage[], folder: string): BuiltImage {
  const found = built.find(({ name }) => name === image.name);
  if (found !== undefined) return found;
  throw new CodedError('image-set-invalid', `The image set in ${folder} has no image ${image.name}.`, {
    hint: 'Build it too, or name the images to publish with the input only.',
  });
}

/** @throws CodedError when one repository is given for several images */
function renamed(
  image: ImageConfig,
  all: readonly ImageConfig[],
  { repository }: PublishInputs,
): ImageConfig {
  if (repository === undefined) return image;
  if (all.length === 1) return { ...image, repository };
  throw new CodedError(
    'input-invalid',
    `Input ecr-repository names one repository, but ${all.length} images are published.`,
    {
      hint: 'Name one image with the input only, or write repository beside each image in towpath.yaml.',
    },
  );
}

async function readImage(
  built: BuiltImage,
  location: Location,
  tags: PlaceTags,
  layout: Layout,
): Promise<ImageFacts> {
  const { registry, repository } = location;
  const manifests = await readManifests(layout, built);
  const keys = [...tags.tags, ...manifests.map(({ digest }) => digest)];
  const [settings, holders] = await Promise.all([
    describeRepository(registry, repository),
    // One call for both: what the tags name, and what of the image is there.
    findImages(registry, repository, keys),
  ]);
  const graph = await surveyGraph(manifests, {
    ...imagePresence(registry, repository),
    manifests: (digests) => Promise.resolve(new Set(digests.filter((digest) => holders.has(digest)))),
  });
  return { built, location, tags, settings, graph, holders };
}
