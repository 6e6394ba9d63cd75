import { forAll } from '@towpath/concurrency';
import { contradictions, type Config } from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import type { UsedImage } from '@towpath/ecr';
import { openEnvironment, type EnvironmentEntry } from '@towpath/ledger';
import { countOf, lifecycleRules } from '@towpath/lifecycle';
import { Locations, openProject } from '@towpath/project';
import { labelOf, registryKey } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { PlannedBackfill } from './backfill.ts';
import { compare } from './changes.ts';
import type { Difference } from './difference.ts';
import { aliasReader } from './encryption.ts';
import { protectedImages, readEffect, type ProtectedImage } from './expiring.ts';
import type { Effect } from './effect.ts';
import { accessOf, type Access } from './iam/access.ts';
import { isPolicyFormat, type ProvisionInputs } from './inputs.ts';
import { foreseenExpiry, readInUse, usersOf } from './in-use.ts';
import { readLive, readRegistries, type LiveRegistries } from './live.ts';
import type { LiveRepository } from './live-repository.ts';
import { matchingTargets } from './matching.ts';
import { doubleEncryptionHint, hasDoubleEncryption } from './regions.ts';
import type { RegistryComparison } from './registry/compare.ts';
import { readSavedPlan, type SavedPlan } from './saved-plan.ts';
import { findTargets, type PrivateRegistryRef, type Target } from './targets.ts';

/** A repository, its state and what differs. */
export interface RepositoryFacts {
  readonly target: Target;
  readonly live: LiveRepository | undefined;
  readonly difference: Difference;
  /** The effect of a new lifecycle policy; undefined if the policy stays. */
  readonly effect: Effect | undefined;
  readonly protected: readonly ProtectedImage[];
  /** What happens later to images in use. */
  readonly foreseen: readonly string[];
}

/** A repository that the configuration wants to be deleted. */
export interface Removal {
  readonly registry: PrivateRegistryRef;
  readonly repository: string;
}

export interface ProvisionFacts {
  readonly file: string;
  readonly repositories: readonly RepositoryFacts[];
  readonly removals: readonly Removal[];
  readonly registry: RegistryComparison;
  /** The registry of the build, if it is private. */
  readonly home: PrivateRegistryRef | undefined;
  /** Repositories beside those of the configuration, with the same prefix. */
  readonly unmanaged: readonly string[];
  readonly publicHosts: readonly string[];
  /** Patterns of `repositories.matching` that match no repository. */
  readonly unusedPatterns: readonly string[];
  readonly saved: SavedPlan | undefined;
  readonly backfills: readonly PlannedBackfill[];
  /** The URL of the run. */
  readonly run?: string;
  /** What the jobs of the configuration use. Defined if only policies are exported: then no repository is read. */
  readonly access?: { readonly jobs: Access; readonly targets: readonly Target[] };
}

/**
 * Reads the configuration and the state of all repositories. Writes nothing, except that ECR stores the preview of a
 * changed lifecycle policy with its repository.
 *
 * @throws CodedError `config-invalid` that lists every contradiction
 */
export async function facts(
  inputs: ProvisionInputs,
  session: Session,
  runtime: Runtime,
): Promise<ProvisionFacts> {
  const saved = inputs.planFile === undefined ? undefined : await readSavedPlan(inputs.planFile, runtime);
  const { config, images, ci } = await openProject(inputs, runtime);
  requireConsistent(config, config.repositories.problems);
  const locations = new Locations(config, session);
  const registry = await locations.registry();
  if (inputs.mode === 'backfill') return backfillFacts(config, registry, session);
  const { repositories: used, publicHosts } = await findTargets(config, locations, images);
  if (inputs.exportTo !== undefined && isPolicyFormat(inputs.exportTo.format))
    return { ...nothing(config), publicHosts, access: readAccess(config, used, registry) };
  const live = await readRegistries(
    [...(registry.kind === 'private' ? [registry] : []), ...used.map((one) => one.registry)],
    session,
  );
  const names = [...(live.get(registryKey(registry))?.keys() ?? [])];
  const own = new Set(
    used.flatMap((one) => (registryKey(one.registry) === registryKey(registry) ? [one.repository] : [])),
  );
  const isWhole = inputs.only.length === 0 && registry.kind === 'private';
  const matching = isWhole ? matchingTargets(config, registry, names, own) : { targets: [], unused: [] };
  const targets = [...used, ...matching.targets];
  const compared = await compareRegistryOf(config, registry, { names, own }, session);
  requireConsistent(config, [...newProblems(config, targets, live), ...compared.problems]);
  const readAlias = aliasReader(session);
  const differences = await forAll(targets, async (target) => {
    const listed = live.get(registryKey(target.registry))?.get(target.repository);
    const found = listed === undefined ? undefined : await readLive(target, listed, session, readAlias);
    return { target, live: found, difference: compare(target, found) };
  });
  const inUse = inUseReader(config, locations);
  const repositories = await forAll(differences, (one) => withEffect(one, inputs, locations, inUse, runtime));
  return {
    file: config.file,
    repositories,
    removals: inputs.only.length > 0 ? [] : removalsOf(config, targets, live),
    registry: { changes: compared.changes, blocked: compared.blocked, state: compared.state },
    home: registry.kind === 'private' ? registry : undefined,
    unmanaged: inputs.only.length > 0 ? [] : unmanagedOf(config, targets, live, registry.prefix),
    publicHosts,
    unusedPatterns: matching.unused,
    saved,
    ...(ci.run !== undefined && { run: ci.run }),
    backfills: [],
  };
}

/** @throws CodedError `config-invalid` if the registry replicates nothing */
async function backfillFacts(
  config: Config,
  registry: Awaited<ReturnType<Locations['registry']>>,
  session: Session,
): Promise<ProvisionFacts> {
  if (registry.kind === 'public')
    throw new CodedError('config-invalid', `${registry.host} cannot replicate images.`, {
      hint: 'Write a private registry.',
    });
  const { planBackfills } = await import('./backfill.ts');
  return { ...nothing(config), home: registry, backfills: await planBackfills(config, registry, session) };
}

/** Few configurations have settings of a registry, so what compares them is loaded here. */
async function compareRegistryOf(
  config: Config,
  registry: Awaited<ReturnType<Locations['registry']>>,
  repositories: { readonly names: readonly string[]; readonly own: ReadonlySet<string> },
  session: Session,
): Promise<RegistryComparison & { readonly problems: readonly Problem[] }> {
  if (registry.kind === 'public' || config.repositories.registry === undefined)
    return { changes: [], blocked: [], state: {}, problems: [] };
  const { compareRegistry } = await import('./registry/compare.ts');
  const { problems, ...rest } = await compareRegistry(config, registry, repositories, session);
  return {
    ...rest,
    problems: problems.map(({ message, hint }) => ({
      code: 'config-invalid',
      message,
      hint,
      position: { file: config.file },
    })),
  };
}

/** The facts of a run that reads no repository. */
function nothing({ file }: Config): ProvisionFacts {
  return {
    file,
    repositories: [],
    removals: [],
    registry: { changes: [], blocked: [], state: {} },
    home: undefined,
    unmanaged: [],
    publicHosts: [],
    unusedPatterns: [],
    saved: undefined,
    backfills: [],
  };
}

/** @throws CodedError `input-invalid` if the registry of the build is public */
function readAccess(
  config: Config,
  targets: readonly Target[],
  registry: Awaited<ReturnType<Locations['registry']>>,
): NonNullable<ProvisionFacts['access']> {
  if (registry.kind === 'public')
    throw new CodedError(
      'input-invalid',
      `${registry.host} is a public registry, which has other policies.`,
      {
        hint: 'Remove the input export. The documentation of permissions has the policies for public registries.',
      },
    );
  return { jobs: accessOf(config, targets, registry), targets };
}

function requireConsistent({ file }: Config, problems: readonly Problem[]): void {
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${file} has ${count} contradictions.`);
}

/**
 * Finds contradictions that only the real registries show. Two parameters can name the same registry, and two images
 * can share a repository. The default immutability matters only for repositories that are created.
 */
function newProblems(config: Config, targets: readonly Target[], live: LiveRegistries): readonly Problem[] {
  const lifecycle = targets.flatMap(({ written, protection, ...target }) =>
    written.lifecycle?.kind !== 'preset'
      ? []
      : lifecycleRules(written.lifecycle, protection).problems.map(({ path, message }): Problem => ({
          code: 'config-invalid',
          message: `repositories.${['lifecycle', ...path].join('.')} for ${labelOf(target)} ${message}.`,
          position: { file: config.file },
        })),
  );
  const created = targets.flatMap((target) => {
    if (target.uses === undefined || live.get(registryKey(target.registry))?.has(target.repository))
      return [];
    const found = target.uses.flatMap((use) => contradictions(config, use));
    return [
      ...found.filter(({ path: [setting] }) => setting !== 'lifecycle'),
      ...missingFeatures(target),
    ].map(({ path, message, hint }): Problem => ({
      code: 'config-invalid',
      message: `repositories.${path.join('.')} for the new repository ${labelOf(target)} ${message}.`,
      hint,
      position: { file: config.file },
    }));
  });
  return [...lifecycle, ...created];
}

/** Returns the settings of a new repository that its region does not have. */
function missingFeatures({
  registry: { region },
  written: { encryption },
}: Target): ReturnType<typeof contradictions> {
  if (encryption?.type !== 'KMS_DSSE' || hasDoubleEncryption(region)) return [];
  const message = `is KMS_DSSE, which ECR does not have in ${region}`;
  return [{ path: ['encryption'], message, hint: doubleEncryptionHint }];
}

async function withEffect(
  compared: Pick<RepositoryFacts, 'target' | 'live' | 'difference'>,
  { mode }: ProvisionInputs,
  locations: Locations,
  inUse: InUseReader,
  { clock, log }: Runtime,
): Promise<RepositoryFacts> {
  const { target, live, difference } = compared;
  const policy = difference.changes.find((change) => change.setting === 'lifecycle')?.value ?? undefined;
  if (policy === undefined || live === undefined || mode === 'check')
    return { ...compared, effect: undefined, protected: [], foreseen: [] };
  log.info(`Asking ECR for a preview of the lifecycle policy of ${labelOf(target)}.`);
  const effect = await readEffect(target, { before: live.lifecycle, policy }, locations.session, clock);
  const entries =
    effect.images.length + effect.exposed.length === 0 ? new Map() : await readEntries(target, locations);
  const used = effect.listed.length === 0 ? undefined : await inUse();
  const users = used && usersOf(target, effect, used);
  return {
    ...compared,
    effect,
    protected: protectedImages(target, effect, entries, users),
    foreseen: users === undefined ? [] : foreseenExpiry(policy, effect, users, clock.now()),
  };
}

/** Returns what services use, or undefined if the configuration does not ask for it. */
type InUseReader = () => Promise<readonly UsedImage[] | undefined>;

/** All repositories share the answer. Without a change of a lifecycle policy, nothing is read. */
function inUseReader({ repositories: { inUse }, environments }: Config, locations: Locations): InUseReader {
  let reading: Promise<readonly UsedImage[]> | undefined;
  return async () => {
    if (inUse === undefined) return undefined;
    reading ??= forAll([undefined, ...environments], (one) => locations.environmentRegistry(one)).then(
      (registries) => readInUse(inUse, registries, locations.session),
    );
    return reading;
  };
}

/** The number of sets of an environment that may not expire, if the configuration keeps all its images. */
const lastSets = 10;

/** @throws CodedError `access-denied` if the ledger cannot be read, because its entries protect images */
async function readEntries(
  { uses = [], written: { lifecycle } }: Target,
  locations: Locations,
): Promise<ReadonlyMap<string, readonly EnvironmentEntry[]>> {
  const environments = new Set(uses.flatMap((use) => use.environments));
  const read = await forAll(environments, async (environment) => {
    const { name } = environment;
    const count = lifecycle?.kind === 'preset' ? countOf(lifecycle, name) : undefined;
    const { history } = await openEnvironment(locations, environment, { last: count ?? lastSets });
    return [name, history] as const;
  });
  return new Map(read);
}

/** Repositories of the configuration are never removed, even if they are listed. */
function removalsOf(config: Config, targets: readonly Target[], live: LiveRegistries): readonly Removal[] {
  const { remove } = config.repositories;
  const used = targets.filter(({ repository }) => remove.includes(repository));
  if (used.length > 0)
    requireConsistent(
      config,
      used.map(({ repository }) => ({
        code: 'config-invalid',
        message: `repositories.remove lists ${repository}, which the configuration uses.`,
        hint: 'Remove it from the list, or remove the image.',
        position: { file: config.file },
      })),
    );
  const registries = new Map(targets.map(({ registry }) => [registryKey(registry), registry]));
  return [...registries].flatMap(([key, registry]) =>
    remove.flatMap((repository) => (live.get(key)?.has(repository) ? [{ registry, repository }] : [])),
  );
}

/** The maximum number of unmanaged repositories to list. */
const maxUnmanaged = 100;

function unmanagedOf(
  { repositories: { remove } }: Config,
  targets: readonly Target[],
  live: LiveRegistries,
  prefix: string,
): readonly string[] {
  const known = new Set(targets.map(labelOf));
  const registries = new Map(targets.map(({ registry }) => [registryKey(registry), registry]));
  if (prefix === '') return [];
  return [...registries]
    .flatMap(([key, registry]) =>
      [...(live.get(key)?.keys() ?? [])]
        .filter((repository) => repository.startsWith(`${prefix}/`) && !remove.includes(repository))
        .map((repository) => labelOf({ registry, repository })),
    )
    .filter((label) => !known.has(label))
    .slice(0, maxUnmanaged);
}
