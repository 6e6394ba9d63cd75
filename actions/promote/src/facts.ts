import { forAll } from '@towpath/concurrency';
import type { EnvironmentConfig, ImageConfig } from '@towpath/config';
import {
  requireDistinct,
  deploymentFolder,
  surveyCopy,
  type CopyState,
  type DeploymentFolder,
} from '@towpath/delivery';
import { findImages, type Repository } from '@towpath/ecr';
import { CodedError, suggest } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { findVersion, ledgerOf, type FoundImage, type FoundVersion } from '@towpath/ledger';
import { SetLimits, type Manifest } from '@towpath/oci';
import {
  announceVersion,
  buildEnvironment,
  openProject,
  Locations,
  type EnvironmentRoles,
  type ImageTags,
} from '@towpath/project';
import { registryKey, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { requireChecked } from './checked.ts';
import type { PromoteInputs } from './inputs.ts';
import { describeTargets } from './targets.ts';

/** An image in its source repository, and the state of its target repository. */
export interface ImageFacts extends FoundImage {
  readonly target: RepositoryRef;
  readonly targetTags: ImageTags;
  readonly settings: Repository;
  /** The images that currently hold the target's tags. */
  readonly holders: ReadonlyMap<string, Manifest>;
  /** The content that the target lacks; undefined if source and target are the same repository. */
  readonly content: CopyState['content'] | undefined;
  /** What is attached to the image; undefined if source and target are the same repository, or if it is left out. */
  readonly attachments: CopyState['attachments'];
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

/**
 * Finds the version in the source environment and reads the state of the target environment. No image set is
 * needed.
 */
export async function facts(
  inputs: PromoteInputs,
  session: Session,
  runtime: Runtime,
): Promise<PromoteFacts> {
  const { config, images, ci } = await openProject(inputs, runtime);
  announceVersion(inputs.version, runtime.log);
  const locations = new Locations(config, session, rolesOf(inputs, config.environments));
  const target = targetOf(locations, inputs.targetEnvironment, config.environments);
  const source = sourceOf(target, inputs.sourceEnvironment);
  const { found, absent, ledger } = await findVersion(
    locations,
    images,
    locations.environment(source),
    inputs.version,
    inputs.only,
  );
  requireChecked(found, inputs.checked);
  const targets = await forAll(found, ({ image }) => locations.locate(image, target));
  const settings = await describeTargets(found, targets, target, session);
  const limits = new SetLimits();
  const withAttachments = inputs.attestations === 'copy';
  const all = await forAll(found.entries(), async ([index, one]): Promise<ImageFacts> => {
    const tags = await locations.tags(one.image, target, { ...ci.facts, version: inputs.version });
    const [location, own] = [targets[index], settings[index]];
    if (location === undefined || own === undefined) throw new Error('every image has a target');
    const { via = 'copy' } = target;
    return readTarget(one, location, own, tags, { session, runtime, limits, withAttachments, via });
  });
  const registry = await locations.registry();
  requireDistinct(
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

/** The source role also reads the registry that `publish` pushes to, because the release is there. */
function rolesOf(
  { sourceRole, targetRole, targetEnvironment }: PromoteInputs,
  environments: readonly EnvironmentConfig[],
): EnvironmentRoles {
  const sources = environments.find(({ name }) => name === targetEnvironment)?.from ?? [];
  const read =
    sourceRole === undefined ? [] : [...sources, buildEnvironment].map((name) => [name, sourceRole]);
  return Object.fromEntries([...read, [targetEnvironment, targetRole]]) as EnvironmentRoles;
}

function targetOf(
  locations: Locations,
  name: string,
  environments: readonly EnvironmentConfig[],
): EnvironmentConfig {
  const target = locations.environment(name);
  if (target !== undefined) return target;
  throw new CodedError('input-invalid', `Nothing is promoted to ${buildEnvironment}: publish fills it.`, {
    hint: suggest(
      name,
      environments.map((environment) => environment.name),
    ),
  });
}

/** @throws CodedError `promotion-skips` if the target's source environment is not the given one */
function sourceOf({ name, from }: EnvironmentConfig, given: string | undefined): string {
  const [first = buildEnvironment] = from;
  if (given === undefined || from.includes(given)) return given ?? first;
  throw new CodedError(
    'promotion-skips',
    `${name} is promoted to from ${from.join(', ')}, not from ${given}.`,
    {
      hint: `Promote to ${first} first, or change from of the environment ${name} in the configuration.`,
    },
  );
}

interface CopyOptions {
  readonly session: Session;
  readonly runtime: Runtime;
  readonly limits: SetLimits;
  readonly withAttachments: boolean;
  readonly via: 'copy' | 'replication';
}

async function readTarget(
  found: FoundImage,
  target: RepositoryRef,
  settings: Repository,
  targetTags: ImageTags,
  { session, runtime, ...options }: CopyOptions,
): Promise<ImageFacts> {
  const { location, root, image } = found;
  const tags = [...targetTags.tags, ...targetTags.outranked];
  const common = { ...found, target, targetTags, settings };
  if (isSameRepository(location, target)) {
    const holders = await findImages(session.ecr(target.registry), target.repository, tags);
    return { ...common, holders, content: undefined, attachments: undefined };
  }
  const copy = { name: image.name, root, source: location, target, settings, tags, ...options };
  return { ...common, ...(await surveyCopy(copy, session, runtime)) };
}

function isSameRepository(one: RepositoryRef, other: RepositoryRef): boolean {
  return registryKey(one.registry) === registryKey(other.registry) && one.repository === other.repository;
}
