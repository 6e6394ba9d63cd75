import { forAll } from '@towpath/concurrency';
import type { Config, ImageConfig } from '@towpath/config';
import { requireDistinct, deploymentFolder, type DeploymentFolder } from '@towpath/delivery';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import {
  imageSetFolders,
  mergeImageSets,
  readImageSet,
  requireExpected,
  type BuiltImage,
  type ExpectedImages,
  type MergedImage,
  type MergedSet,
  type Source,
} from '@towpath/image-set';
import { openLedger, type Ledger } from '@towpath/ledger';
import { requireStored, readManifests, SetLimits, type ContentSource, type Manifest } from '@towpath/oci';
import { announceVersion, openProject, Locations, resolveVersion, type GivenImage } from '@towpath/project';
import { formatPlatform, parseEcrHost } from '@towpath/reference';
import type { Session, SourceRef } from '@towpath/session';
import { join } from 'node:path';
import { requireComputed, requireListed } from './reused.ts';
import { requireFingerprints } from './tag-fingerprints.ts';
import { verifyFingerprints } from './verify.ts';
import { readDestination, type Chosen, type RegistryFacts } from './destination.ts';
import { firstEnvironment } from './first-environment.ts';
import type { PublishInputs } from './inputs.ts';

export interface PublishFacts {
  readonly version: string;
  /** The environment that the version enters first; undefined if the configuration has no environments. */
  readonly environment: string | undefined;
  readonly destinations: readonly RegistryFacts[];
  /** Whether the set contains all images of the configuration, so that no other image belongs to the version. */
  readonly whole: boolean;
  readonly source: Source;
  readonly run: string | undefined;
  readonly now: Date;
  readonly newRepositories: Config['repositories'];
  readonly deploymentFolder: DeploymentFolder | undefined;
  /** The reasons why fingerprints could not be verified, by image name. */
  readonly doubts: ReadonlyMap<string, string>;
}

/** Reads the configuration of this checkout, the image set and the state of every repository. */
export async function facts(
  inputs: PublishInputs,
  session: Session,
  runtime: Runtime,
): Promise<PublishFacts> {
  const { context, dockerfile } = inputs;
  // Without these inputs `publish` needs no Dockerfile, and so no checkout.
  const single = context === undefined && dockerfile === undefined ? undefined : { context, dockerfile };
  const { config, images, ci } = await openProject(inputs, runtime, single);
  const environment = firstEnvironment(config, inputs.environment);
  const folders =
    inputs.imageSets.length === 0 ? [runtime.imageSet ?? join(runtime.temp, 'towpath')] : inputs.imageSets;
  const folder = folders.join(', ');
  const set = await readImageSets(folders, config.images, inputs.planned);
  if (inputs.expected !== undefined)
    compareSets(
      set.images.flatMap(({ parts }) => parts),
      inputs.expected,
      folder,
    );
  requireCommit(set.source.revision, ci.revision, folder);
  const sources = inputs.registries.length === 0 ? [config.registry] : inputs.registries;
  const allLocations = sources.map((registry) => new Locations({ ...config, registry }, session));
  const names = images.map(({ name }) => name);
  const versioned = resolveVersion(inputs.version, ci, runtime, names);
  // The ledgers depend on no image, so they are read while the images are. The errors of images come first.
  const ledgers = allLocations.map((locations) => openEarly(locations, images, versioned, inputs));
  for (const early of [versioned, ...ledgers]) early.catch(() => undefined);
  const found = images.map((image) => ({ image, merged: requireBuilt(image, config, set.images, folder) }));
  // Reads the contexts while the registry requests are under way.
  const verified = verifyFingerprints(
    found.map(({ image, merged: { parts } }) => ({ image, parts })),
    { ...runtime, config, args: inputs.args },
  );
  verified.catch(() => undefined);
  const reused = found.flatMap(({ image, merged }) =>
    merged.image.reused === undefined ? [] : [{ image, built: merged.image }],
  );
  const listed = requireListed(reused, config, session);
  listed.catch(() => undefined);
  const limits = new SetLimits();
  const chosen = await forAll(found, async ({ image, merged }): Promise<Chosen> => {
    const built = { ...merged.image, name: image.name };
    const source = sourceOf(merged);
    if (built.reused !== undefined) await listed;
    return {
      image: renamed(image, images, inputs),
      built,
      source,
      manifests: await readImage(built, session.source(source), limits),
    };
  });
  await listed;
  const doubts = await verified;
  requireComputed(reused, doubts);
  requireFingerprints(found, inputs.tags ?? config.tags, doubts);
  const { version, origin } = await versioned;
  runtime.log.info(`Version: ${version} (from ${origin})`);
  announceVersion(version, runtime.log);
  const read = await forAll(allLocations.entries(), ([index, locations]) => {
    const ledger = ledgers[index];
    if (ledger === undefined) throw new Error('every registry has a ledger');
    const tagsOf = ({ image, built }: Chosen) => {
      const known = { ...ci.facts, version, fingerprint: built.fingerprint };
      return locations.tags(image, undefined, known, inputs.tags);
    };
    return readDestination(locations, chosen, tagsOf, { version, ledger }, inputs);
  });
  requireDistinct(
    read.flatMap((one) =>
      one.images.map(({ built, location, tags: { tags } }) => ({ ...built, location, tags })),
    ),
    read.map(({ ledger: { location } }) => location),
  );
  return {
    version,
    environment,
    destinations: read,
    doubts,
    whole: images.length === config.images.length,
    // The build job could claim any source, so the commit that this job checked out is recorded.
    source:
      ci.revision === undefined
        ? set.source
        : { repository: ci.repository, revision: ci.revision, ref: ci.ref },
    run: ci.run,
    now: runtime.clock.now(),
    newRepositories: config.repositories,
    deploymentFolder: await deploymentFolder(inputs, runtime),
  };
}

/** Reads the ledger of a registry and the settings of all repositories. */
async function openEarly(
  locations: Locations,
  images: readonly ImageConfig[],
  versioned: Promise<{ readonly version: string }>,
  inputs: PublishInputs,
): Promise<Ledger> {
  const { version } = await versioned;
  const renamedImages = images.map((image) => renamed(image, images, inputs));
  const located = await forAll(renamedImages, (image) => locations.locate(image, undefined));
  const repositories = located.map(({ repository }) => repository);
  return openLedger(locations, { versions: [version], images: renamedImages, repositories });
}

/**
 * Requires that the images were built from the commit that is checked out here. Version, tags and release name
 * this commit.
 *
 * @throws CodedError `image-set-invalid`
 */
function requireCommit(built: string | undefined, checkedOut: string | undefined, folder: string): void {
  if (built === undefined || checkedOut === undefined || built === checkedOut) return;
  throw new CodedError(
    'image-set-invalid',
    `The image set in ${folder} was built from commit ${built}, but ${checkedOut} is checked out in this job.`,
    { hint: 'Check out the same commit in both jobs: give actions/checkout the same ref.' },
  );
}

/** Reads the image sets of one or several jobs and merges them. */
async function readImageSets(
  folders: readonly string[],
  images: readonly ImageConfig[],
  planned: ExpectedImages | undefined,
): Promise<MergedSet> {
  const found = (await forAll(folders, imageSetFolders)).flat();
  const parts = await forAll(found, async (folder) => ({ folder, set: await readImageSet(folder) }));
  if (planned !== undefined) {
    requireExpected(parts, planned);
    return mergeImageSets(parts, planned);
  }
  const platforms = new Map(images.map((image) => [image.name, image.platforms.map(formatPlatform)]));
  return mergeImageSets(parts, parts.length === 1 ? new Map() : platforms);
}

/** @throws CodedError `image-set-invalid` if the set names a host that must not receive credentials */
function sourceOf({ image: { name, reused }, folders, index }: MergedImage): SourceRef {
  if (reused === undefined)
    return { kind: 'layouts', folders, ...(index !== undefined && { index: index.toString('utf8') }) };
  const { registry: host, repository } = reused;
  const registry = parseEcrHost(host);
  if (registry !== undefined) return { kind: 'repository', registry, repository };
  throw new CodedError(
    'image-set-invalid',
    `According to the image set, image ${name} is in ${host}, which is not an ECR registry.`,
    {
      hint: 'The image set was edited. Run the build again.',
    },
  );
}

/**
 * @throws CodedError `registry-unsupported` if the image has no layers, which ECR rejects with an unclear JSON
 * error
 */
async function readImage(
  built: BuiltImage,
  source: ContentSource,
  set: SetLimits,
): Promise<readonly Manifest[]> {
  const roots = [built, ...built.attestations];
  const manifests = (await forAll(roots, (root) => readManifests(source, root, built.name, { set }))).flat();
  requireStored(built.name, manifests);
  if (!manifests.some((manifest) => manifest.kind === 'image' && manifest.layers.length === 0))
    return manifests;
  throw new CodedError(
    'registry-unsupported',
    `Image ${built.name} has no layers, and Amazon ECR stores only images with at least one.`,
    { hint: 'Copy at least one file into the image: FROM scratch with labels alone makes no layer.' },
  );
}

/**
 * @param built the images as the jobs built them, before their platforms were joined
 * @throws CodedError that lists every image that differs from what the build jobs reported
 */
function compareSets(built: readonly BuiltImage[], expected: readonly GivenImage[], folder: string): void {
  const digestsOf = (images: readonly GivenImage[], name: string) =>
    [...new Set(images.flatMap((image) => (image.name === name ? [image.digest] : [])))].sort().join(' and ');
  const names = new Set([...expected, ...built].map(({ name }) => name));
  const problems = [...names].flatMap((name): Problem[] => {
    const found = digestsOf(built, name);
    const reported = digestsOf(expected, name);
    if (found === reported) return [];
    const message = `Image ${name} is ${found || 'absent'} in ${folder}, but the build reported ${reported || 'no such image'}.`;
    return [
      {
        code: 'digest-mismatch',
        message,
        hint: 'The image set is not the one that was built. Run the build again.',
      },
    ];
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images differ from those that were built.`);
}

function requireBuilt(
  { name }: ImageConfig,
  { isBare = false }: Config,
  built: readonly MergedImage[],
  folder: string,
): MergedImage {
  const [only] = isBare && built.length === 1 ? built : [];
  const found = built.find(({ image }) => image.name === name) ?? only;
  if (found !== undefined) return found;
  throw new CodedError('image-set-invalid', `The image set in ${folder} has no image ${name}.`, {
    hint: 'Build it too, or name the images to publish with the input only.',
  });
}

/** @throws CodedError if one repository is given for several images */
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
