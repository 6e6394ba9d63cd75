import { forAll, waitForAll } from '@towpath/concurrency';
import { withPolicyFile, type EnvironmentConfig, type ImageConfig } from '@towpath/config';
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
import { ledgerOf, openEnvironment, entryTag, type EnvironmentLedger } from '@towpath/ledger';
import { SetLimits, type Manifest } from '@towpath/oci';
import {
  announceVersion,
  buildEnvironment,
  openProject,
  Locations,
  type EnvironmentRoles,
  type ImageTags,
  type Project,
} from '@towpath/project';
import { isSameRepository, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { renderTags, type Facts } from '@towpath/tags';
import { findByTags, type AdoptedImage } from './adopt.ts';
import { requireOnePartition } from './partitions.ts';
import { requireChecked } from './checked.ts';
import { readGate, type GateFacts } from './gate.ts';
import type { PromoteInputs } from './inputs.ts';
import { readReleaseFacts, type ReleaseFacts } from './releases.ts';
import { readSavedPlan, type SavedPlan } from './saved-plan.ts';
import { selectPromotion, selectRollback, type Selection } from './select.ts';
import type { SelectedImage } from './selected-image.ts';
import type { PromoteSession } from './session.ts';
import { findStaleTags, type StaleTags } from './stale-tags.ts';
import { describeAhead, describeTargets, type Settings } from './targets.ts';

/** An image in its source repository, and the state of its target repository. */
export interface ImageFacts extends SelectedImage {
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

export interface PromoteFacts extends Omit<Selection, 'images'> {
  readonly target: EnvironmentConfig;
  readonly images: readonly ImageFacts[];
  readonly environment: EnvironmentLedger;
  /** What an environment without entries runs, by its tags. */
  readonly adopted: readonly AdoptedImage[];
  /** The moving tags of images that stay, but that an earlier run did not set. */
  readonly stale: readonly StaleTags[];
  readonly releases: ReleaseFacts;
  readonly gate: GateFacts;
  readonly ci: Pick<Project['ci'], 'repository' | 'revision' | 'ref' | 'run' | 'actor'>;
  /** The facts for tag templates that do not depend on the image. */
  readonly tagFacts: Facts;
  readonly now: Date;
  /** The plan to apply, which must be what a promotion would do now. Undefined: no plan was given. */
  readonly saved?: SavedPlan;
  readonly deploymentFolder: DeploymentFolder | undefined;
}

/** How many entries of the target are read if earlier sets matter. One call reads them. */
const rollbackDepth = 100;

/**
 * Finds the images in the source environment, reads the state of the target environment and waits for the scans of
 * exactly these images. No image set is needed.
 */
export async function facts(
  inputs: PromoteInputs,
  session: PromoteSession,
  runtime: Runtime,
): Promise<PromoteFacts> {
  if (inputs.planFile === undefined) return readFacts(inputs, session, runtime);
  const saved = await readSavedPlan(inputs.planFile, runtime);
  return { ...(await readFacts(saved.inputs, session, runtime)), saved };
}

async function readFacts(
  inputs: PromoteInputs,
  session: PromoteSession,
  runtime: Runtime,
): Promise<PromoteFacts> {
  const { config: written, images, ci } = await openProject(inputs, runtime);
  const config = await withPolicyFile(written, inputs.policy, runtime.workspace);
  const locations = new Locations(config, session, rolesOf(inputs, config.environments));
  const target = targetOf(locations, inputs.targetEnvironment, config.environments);
  const { version, rollback, breakGlass } = inputs;
  if (!rollback) await requireOnePartition(locations, target);
  const kind = rollback ? 'rollback' : breakGlass === undefined ? 'promotion' : 'break-glass';
  session.undertaking = { locations, target, kind, version, ci };
  // A rollback delivers to the repositories that the entry names.
  const [{ environment, selection }, settings] = await waitForAll([
    select(inputs, locations, images, target, ci),
    inputs.rollback ? new Map() : describeAhead(images, target, locations),
  ]);
  announceVersion(selection.version, runtime.log);
  requireChecked(selection.images, inputs.checked);
  const [last] = environment.history;
  const keepTags = last === undefined ? [] : [entryTag(target.name, last.number)];
  const options = { known: ci.facts, settings, keepTags, runtime };
  const all = await readTargets(inputs, selection, locations, target, options);
  const registry = await locations.registry();
  requireDistinct(
    all.map(({ image: { name }, target: location, targetTags: { tags } }) => ({ name, location, tags })),
    [ledgerOf(registry), environment.location],
  );
  const isRecorded = environment.state === 'kept' || (environment.state === 'absent' && inputs.createLedger);
  const isNew = isRecorded && environment.history.length === 0;
  const isBlocking = !inputs.rollback && inputs.breakGlass === undefined;
  const adopted = isNew ? await adopt(selection, locations, config.images, target, runtime) : [];
  return {
    ...selection,
    target,
    images: all,
    environment,
    stale: await readStaleTags(inputs, selection, { ...environment, adopted }, target, {
      known: ci.facts,
      session,
      runtime,
    }),
    adopted,
    releases: await readReleaseFacts(selection, environment, isRecorded, session),
    gate: await readGate(
      selection.images,
      target,
      config,
      { timeout: inputs.timeout, isBlocking },
      locations,
      session,
      runtime,
    ),
    ci: { repository: ci.repository, revision: ci.revision, ref: ci.ref, run: ci.run, actor: ci.actor },
    tagFacts: ci.facts,
    now: runtime.clock.now(),
    deploymentFolder: await deploymentFolder(inputs, runtime),
  };
}

/** Reads the moving tags of the images that the promotion leaves as they are. */
async function readStaleTags(
  { rollback, only }: PromoteInputs,
  { images, absent }: Selection,
  { location, history: [newest], adopted }: EnvironmentLedger & Pick<PromoteFacts, 'adopted'>,
  { name, tags: templates }: EnvironmentConfig,
  { known, session, runtime }: Pick<CopyOptions, 'session' | 'runtime'> & { readonly known: Facts },
): Promise<readonly StaleTags[]> {
  const adoption = {
    environment: name,
    number: 1,
    kind: 'adoption' as const,
    images: adopted.map(({ image }) => image),
  };
  const last = newest ?? adoption;
  if (rollback) return [];
  const delivered = new Set(images.map(({ image }) => image.name));
  const stays = new Set(absent.map((image) => image.name));
  const kept = last.images.filter(
    (one) => !delivered.has(one.name) && (only.length > 0 || stays.has(one.name)),
  );
  const tags = { templates, facts: { ...known, environment: name } };
  return findStaleTags(last, kept, location.registry, tags, session, runtime);
}

function adopt(
  { version, images }: Selection,
  locations: Locations,
  configured: readonly ImageConfig[],
  target: EnvironmentConfig,
  runtime: Runtime,
): Promise<readonly AdoptedImage[]> {
  const promoted = new Set(images.map(({ image }) => image.name));
  return findByTags(locations, configured, target, { version, promoted }, runtime);
}

/** The source role also reads the registry that `publish` pushes to, because the release is there. */
function rolesOf(
  { sourceRole, targetRole, targetEnvironment }: PromoteInputs,
  environments: readonly EnvironmentConfig[],
): EnvironmentRoles {
  const sources = environments.find(({ name }) => name === targetEnvironment)?.from ?? [];
  const read =
    sourceRole === undefined ? [] : [...sources, buildEnvironment].map((name) => [name, sourceRole] as const);
  return new Map([...read, [targetEnvironment, targetRole]]);
}

async function select(
  inputs: PromoteInputs,
  locations: Locations,
  images: readonly ImageConfig[],
  target: EnvironmentConfig,
  { facts: known, run }: Pick<Project['ci'], 'facts' | 'run'>,
): Promise<{ readonly environment: EnvironmentLedger; readonly selection: Selection }> {
  if (inputs.rollback) {
    const environment = await openEnvironment(locations, target, { last: rollbackDepth });
    return { environment, selection: await selectRollback(inputs, locations, target, environment, run) };
  }
  const selection = await selectPromotion(inputs, locations, images, target, known);
  // ECR denies access to a repository of another account that does not exist, too.
  const isOptional = selection.ledger?.state === 'absent' && !inputs.createLedger;
  const last = inputs.moveVersionTags ? rollbackDepth : 1;
  return { environment: await openEnvironment(locations, target, { last, isOptional }), selection };
}

function targetOf(
  locations: Locations,
  name: string,
  environments: readonly EnvironmentConfig[],
): EnvironmentConfig {
  const target = locations.environment(name);
  if (target !== undefined) return target;
  throw new CodedError(
    'input-invalid',
    `Versions cannot be promoted to ${buildEnvironment}: publish writes them there.`,
    {
      hint: suggest(
        name,
        environments.map((environment) => environment.name),
      ),
    },
  );
}

async function readTargets(
  inputs: PromoteInputs,
  selection: Selection,
  locations: Locations,
  target: EnvironmentConfig,
  {
    known,
    settings: ahead,
    keepTags,
    runtime,
  }: Pick<CopyOptions, 'keepTags' | 'runtime'> & { readonly known: Facts; readonly settings: Settings },
): Promise<readonly ImageFacts[]> {
  const { images } = selection;
  // The images of a rollback are in their repositories already, whatever the configuration says now.
  const targets = await forAll(images, async ({ image, location }) =>
    inputs.rollback ? location : await locations.locate(image, target),
  );
  const settings = await describeTargets(images, targets, target, locations.session, ahead);
  const limits = new SetLimits();
  const withAttachments = inputs.attestations === 'copy';
  return forAll(images.entries(), async ([index, one]): Promise<ImageFacts> => {
    const [location, own] = [targets[index], settings[index]];
    if (location === undefined || own === undefined) throw new Error('every image has a target');
    const facts = { ...known, version: one.version };
    const tags = inputs.rollback
      ? rollbackTags(one, target, facts)
      : await locations.tags(one.image, target, facts);
    const { session } = locations;
    const { via = 'copy' } = target;
    const options = { session, runtime, limits, withAttachments, via, keepTags };
    return readTarget(one, location, own, tags, options);
  });
}

/** Returns the tags of an image that a rollback restores. Aliases such as `latest` return to it, too. */
function rollbackTags({ image }: SelectedImage, target: EnvironmentConfig, facts: Facts): ImageTags {
  const known = { ...facts, image: image.name, environment: target.name };
  const { tags, moving, versioned } = renderTags(target.tags, known, []);
  const kept = tags.filter((tag) => moving.includes(tag) || versioned.includes(tag));
  return { tags: kept, moving, versioned, outranked: [], skipped: [] };
}

interface CopyOptions {
  readonly session: Session;
  readonly runtime: Runtime;
  readonly limits: SetLimits;
  readonly withAttachments: boolean;
  readonly via: 'copy' | 'replication';
  /** Tags of entries that may keep the image. */
  readonly keepTags: readonly string[];
}

async function readTarget(
  found: SelectedImage,
  target: RepositoryRef,
  settings: Repository,
  targetTags: ImageTags,
  { session, runtime, keepTags, ...options }: CopyOptions,
): Promise<ImageFacts> {
  const { location, root, image, others } = found;
  // A tag with its version keeps an image. Otherwise the tag of an entry does.
  const kept = targetTags.versioned.length > 0 ? [] : keepTags;
  const tags = [...targetTags.tags, ...targetTags.outranked, ...kept];
  const common = { ...found, target, targetTags, settings };
  if (isSameRepository(location, target)) {
    const left = tags.filter((tag) => others?.tags.includes(tag) !== true);
    const read = await findImages(session.ecr(target.registry), target.repository, left);
    const holders = new Map([...(others?.holders ?? []), ...read]);
    return { ...common, holders, content: undefined, attachments: undefined };
  }
  const copy = { name: image.name, root, source: location, target, settings, tags, ...options };
  return { ...common, ...(await surveyCopy(copy, session, runtime)) };
}
