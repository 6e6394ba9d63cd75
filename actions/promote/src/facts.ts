import { forAll, waitForAll } from '@towpath/concurrency';
import type { EnvironmentConfig, ImageConfig } from '@towpath/config';
import { demandDistinct, deploymentFolder, type Delivery, type DeploymentFolder } from '@towpath/delivery';
import { findImages, imagePresence, type EcrRegistry, type Repository } from '@towpath/ecr';
import { CodedError, suggest } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { findVersion, ledgerOf, type FoundImage, type FoundVersion } from '@towpath/ledger';
import { demandStored, readManifests, surveyGraph, type Manifest } from '@towpath/oci';
import {
  announceVersion,
  buildPlace,
  openProject,
  Places,
  Registries,
  type Location,
  type PlacedTags,
} from '@towpath/project';
import { registryUri } from '@towpath/reference';
import { requireChecked } from './checked.ts';
import type { PromoteInputs } from './inputs.ts';
import { describeTargets } from './targets.ts';

/** An image where it is, and what the place where it shall be has of it. */
export interface ImageFacts extends FoundImage {
  readonly target: Location;
  readonly targetTags: PlacedTags;
  readonly settings: Repository;
  /** The images that hold the target's tags now. */
  readonly holders: ReadonlyMap<string, Manifest>;
  /** What the target lacks of it; undefined when source and target are one repository. */
  readonly content: Delivery['content'];
}

export interface PromoteFacts {
  readonly source: string;
  readonly target: EnvironmentConfig;
  readonly images: readonly ImageFacts[];
  /** Images of the configuration that do not belong to the version. */
  readonly absent: readonly ImageConfig[];
  /** The ledger in which the release was looked up. */
  readonly ledger: FoundVersion['ledger'];
  readonly deploymentFolder: DeploymentFolder | undefined;
  readonly registries: Registries;
}

/** Finds the version in the source environment, and what the target environment has of it. No image set is needed. */
export async function facts(inputs: PromoteInputs, runtime: Runtime): Promise<PromoteFacts> {
  const { config, images, ci } = await openProject(inputs, runtime);
  announceVersion(inputs.version, runtime.log);
  const registries = new Registries(runtime, inputs.region);
  const places = new Places(config, registries);
  const target = targetOf(places, inputs.targetEnvironment, config.environments);
  const source = sourceOf(target, inputs.sourceEnvironment);
  const { found, absent, ledger } = await findVersion(
    places,
    images,
    places.environment(source),
    inputs.version,
    inputs.only,
  );
  requireChecked(found, inputs.checked);
  const targets = await forAll(found, ({ image }) => places.locate(image, target));
  const settings = await describeTargets(found, targets, target);
  const all = await forAll(found.entries(), async ([index, one]): Promise<ImageFacts> => {
    const tags = await places.tags(one.image, target, { ...ci.facts, version: inputs.version });
    const [location, own] = [targets[index], settings[index]];
    if (location === undefined || own === undefined) throw new Error('every image has a target');
    return readTarget(one, location, own, tags, registries);
  });
  const registry = await places.registry();
  demandDistinct(
    all.map(({ image: { name }, target: location, targetTags: { tags } }) => ({ name, location, tags })),
    [ledgerOf(registry, registry)],
  );
  return {
    source,
    target,
    images: all,
    absent,
    ledger,
    deploymentFolder: await deploymentFolder(inputs, runtime),
    registries,
  };
}

function targetOf(
  places: Places,
  name: string,
  environments: readonly EnvironmentConfig[],
): EnvironmentConfig {
  const target = places.environment(name);
  if (target !== undefined) return target;
  throw new CodedError('input-invalid', `Nothing is promoted to ${buildPlace}: publish fills it.`, {
    hint: suggest(
      name,
      environments.map((environment) => environment.name),
    ),
  });
}

/** @throws CodedError `promotion-skips` when the target comes from another environment than the one that was named */
function sourceOf({ name, from }: EnvironmentConfig, given: string | undefined): string {
  if (given === undefined || given === from) return from;
  throw new CodedError('promotion-skips', `${name} is promoted to from ${from}, not from ${given}.`, {
    hint: `Promote to ${from} first, or change from of the environment ${name} in the configuration.`,
  });
}

async function readTarget(
  found: FoundImage,
  target: Location,
  settings: Repository,
  targetTags: PlacedTags,
  registries: Registries,
): Promise<ImageFacts> {
  const { location } = found;
  const isSame =
    isSameRegistry(location.registry, target.registry) && location.repository === target.repository;
  const [holders, content] = await waitForAll([
    findImages(target.registry, target.repository, [...targetTags.tags, ...targetTags.outranked]),
    isSame ? undefined : surveyTarget(found, target, registries),
  ]);
  return { ...found, target, targetTags, settings, holders, content };
}

/** A private registry has several hosts. */
function isSameRegistry(one: EcrRegistry, other: EcrRegistry): boolean {
  if (one.kind === 'public' || other.kind === 'public') return registryUri(one) === registryUri(other);
  return one.account === other.account && one.region === other.region;
}

async function surveyTarget(
  { image: { name }, location, root }: FoundImage,
  target: Location,
  registries: Registries,
): Promise<Delivery['content']> {
  const source = registries.remote(location.registry, location.repository);
  const manifests = await readManifests(source, root, name);
  demandStored(name, manifests);
  return { source, graph: await surveyGraph(manifests, imagePresence(target.registry, target.repository)) };
}
