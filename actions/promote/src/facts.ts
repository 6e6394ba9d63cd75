import { forAll, waitForAll } from '@towpath/concurrency';
import type { EnvironmentConfig, ImageConfig } from '@towpath/config';
import { demandDistinct, deploymentFolder, type Delivery, type DeploymentFolder } from '@towpath/delivery';
import { findImages, imagePresence, type Repository } from '@towpath/ecr';
import { CodedError, suggest } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { findVersion, ledgerOf, type FoundImage, type FoundVersion } from '@towpath/ledger';
import { demandStored, readManifests, SetLimits, surveyGraph, type Manifest } from '@towpath/oci';
import { announceVersion, buildPlace, openProject, Places, type PlacedTags } from '@towpath/project';
import { registryKey, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { requireChecked } from './checked.ts';
import type { PromoteInputs } from './inputs.ts';
import { describeTargets } from './targets.ts';

/** An image where it is, and what the place where it shall be has of it. */
export interface ImageFacts extends FoundImage {
  readonly target: RepositoryRef;
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
}

/** Finds the version in the source environment, and what the target environment has of it. No image set is needed. */
export async function facts(
  inputs: PromoteInputs,
  session: Session,
  runtime: Runtime,
): Promise<PromoteFacts> {
  const { config, images, ci } = await openProject(inputs, runtime);
  announceVersion(inputs.version, runtime.log);
  const places = new Places(config, session);
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
  const settings = await describeTargets(found, targets, target, session);
  const limits = new SetLimits();
  const all = await forAll(found.entries(), async ([index, one]): Promise<ImageFacts> => {
    const tags = await places.tags(one.image, target, { ...ci.facts, version: inputs.version });
    const [location, own] = [targets[index], settings[index]];
    if (location === undefined || own === undefined) throw new Error('every image has a target');
    return readTarget(one, location, own, tags, session, limits);
  });
  const registry = await places.registry();
  demandDistinct(
    all.map(({ image: { name }, target: location, targetTags: { tags } }) => ({ name, location, tags })),
    [ledgerOf(registry)],
  );
  return {
    source,
    target,
    images: all,
    absent,
    ledger,
    deploymentFolder: await deploymentFolder(inputs, runtime),
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
  target: RepositoryRef,
  settings: Repository,
  targetTags: PlacedTags,
  session: Session,
  limits: SetLimits,
): Promise<ImageFacts> {
  const { location } = found;
  const isSame =
    registryKey(location.registry) === registryKey(target.registry) &&
    location.repository === target.repository;
  const [holders, content] = await waitForAll([
    findImages(session.ecr(target.registry), target.repository, [
      ...targetTags.tags,
      ...targetTags.outranked,
    ]),
    isSame ? undefined : surveyTarget(found, target, session, limits),
  ]);
  return { ...found, target, targetTags, settings, holders, content };
}

async function surveyTarget(
  { image: { name }, location, root }: FoundImage,
  target: RepositoryRef,
  session: Session,
  set: SetLimits,
): Promise<Delivery['content']> {
  const source = { kind: 'repository' as const, ...location };
  const manifests = await readManifests(session.source(source), root, name, { set });
  demandStored(name, manifests);
  return {
    source,
    graph: await surveyGraph(manifests, imagePresence(session.ecr(target.registry), target.repository)),
  };
}
