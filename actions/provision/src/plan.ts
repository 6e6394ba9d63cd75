import { CodedError, type Problem } from '@towpath/errors';
import type { PlannedStep } from '@towpath/flow';
import type { PreviewedImage } from '@towpath/ecr';
import { readPolicy, type LifecycleRule } from '@towpath/lifecycle';
import { formatCount } from '@towpath/markdown';
import { labelOf, registryKey } from '@towpath/reference';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { PlannedBackfill } from './backfill.ts';
import type { Blocked, Change, Difference } from './difference.ts';
import { exportFiles, type ExportedRegistry, type ExportFile } from './export.ts';
import type { Effect, LaterImage } from './effect.ts';
import type { ProvisionFacts, Removal, RepositoryFacts } from './facts.ts';
import { exportPolicies } from './iam/export-policies.ts';
import { dateOf } from './in-use.ts';
import { isPolicyFormat, type MaxExpire, type Mode, type ProvisionInputs } from './inputs.ts';
import { membersOf, type Member } from './platforms.ts';
import { replicaLosses } from './registry/replication.ts';
import type { RegistryBlocked, RegistryChange } from './registry/setting.ts';
import { stateAfter } from './state.ts';
import type { PrivateRegistryRef } from './targets.ts';

/** What happens to one repository. */
export interface PlannedRepository {
  readonly registry: PrivateRegistryRef;
  readonly repository: string;
  readonly arn?: string;
  readonly create?: Difference['create'];
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** The images that a new lifecycle policy expires or archives. */
  readonly expiring: readonly ({
    readonly digest: string;
    readonly tags: readonly string[];
    readonly action: string;
    readonly rule: number;
  } & Member)[];
  /** The images that expire later, because the new policy lacks the rule that kept them. With the day, in UTC. */
  readonly exposed: readonly (PlannedRepository['expiring'][number] & { readonly on: string })[];
  readonly total: number;
  readonly unused: readonly number[];
}

export interface ProvisionPlan {
  readonly mode: Mode;
  /** The digest of the configuration and of the state that the plan was made from, without images. */
  readonly basis: string;
  readonly repositories: readonly PlannedRepository[];
  readonly removals: readonly Removal[];
  readonly registryChanges: readonly RegistryChange[];
  readonly registryBlocked: readonly RegistryBlocked[];
  readonly unusedPatterns: readonly string[];
  /** With `mode: backfill`. */
  readonly backfills: readonly PlannedBackfill[];
  readonly unmanaged: readonly string[];
  readonly publicHosts: readonly string[];
  /** The state as code of another tool or policies, and the folder for the files. */
  readonly exports?: NonNullable<ProvisionInputs['exportTo']> & { readonly files: readonly ExportFile[] };
  /** The comment on the pull request, with the URL of the run. */
  readonly comment?: { readonly run?: string };
  /** The file of the saved plan that is applied. */
  readonly planFile?: string;
}

/**
 * @throws CodedError `expiry-refused` if a lifecycle policy would expire protected or too many images
 * @throws CodedError `plan-outdated` if a saved plan does not match the state any more
 */
export function plan(inputs: ProvisionInputs, facts: ProvisionFacts): ProvisionPlan {
  const { mode, maxExpire, planFile, exportTo } = inputs;
  const problems = facts.repositories.flatMap((one) => expiryProblems(one, maxExpire));
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} problems with expiring images.`);
  const planned: ProvisionPlan = {
    mode,
    basis: basisOf(facts),
    repositories: facts.repositories.map((one) => planRepository(one, facts)),
    removals: facts.removals,
    registryChanges: facts.registry.changes,
    registryBlocked: facts.registry.blocked,
    unusedPatterns: facts.unusedPatterns,
    backfills: facts.backfills,
    unmanaged: facts.unmanaged,
    publicHosts: facts.publicHosts,
    ...(exportTo !== undefined && {
      exports: { ...exportTo, files: filesOf(exportTo.format, facts) },
    }),
    ...(inputs.comment && { comment: { ...(facts.run !== undefined && { run: facts.run }) } }),
    ...(planFile !== undefined && { planFile }),
  };
  if (facts.saved !== undefined) requireCurrent(facts.saved, planned);
  return planned;
}

function exportedRegistry({ home, registry: { state } }: ProvisionFacts): ExportedRegistry | undefined {
  return home === undefined || Object.keys(state).length === 0 ? undefined : { registry: home, state };
}

/** Replicated deletions are known if the configuration manages the replication. */
function lossesOf(
  { target, effect }: RepositoryFacts,
  { home, registry }: ProvisionFacts,
): readonly string[] {
  const isHome = home !== undefined && registryKey(home) === registryKey(target.registry);
  const expires = effect?.images.some(({ action }) => action === 'expire') ?? false;
  return isHome && expires ? replicaLosses(registry.state.replication ?? [], target.repository) : [];
}

function filesOf(
  format: NonNullable<ProvisionInputs['exportTo']>['format'],
  facts: ProvisionFacts,
): readonly ExportFile[] {
  const { repositories, access } = facts;
  if (!isPolicyFormat(format))
    return exportFiles(format, repositories.map(stateAfter), exportedRegistry(facts));
  return access === undefined ? [] : exportPolicies(format, access.jobs, access.targets);
}

function planRepository(one: RepositoryFacts, facts: ProvisionFacts): PlannedRepository {
  const { target, live, difference, effect, foreseen } = one;
  const members = effect === undefined ? new Map<string, Member>() : membersOf(effect);
  const shown = ({ digest, tags, action, rule }: PreviewedImage) => ({
    digest,
    tags,
    action,
    rule,
    ...members.get(digest),
  });
  const { registry, repository } = target;
  return {
    registry,
    repository,
    ...(live !== undefined && { arn: live.arn }),
    ...difference,
    notes: [
      ...difference.notes,
      ...unknownOld(effect),
      ...foreseen,
      ...lossesOf(one, facts),
      ...orphansOf(one),
    ],
    expiring: (effect?.images ?? []).map(shown),
    exposed: taggedExposed(effect).map((image) => ({ ...shown(image), on: dateOf(image.at) })),
    total: effect?.total ?? 0,
    unused: effect?.unused ?? [],
  };
}

/** ECR expires an index without its images (aws/containers-roadmap#1466). Only a rule for images without tags expires them. */
function orphansOf({ target: { repository }, difference, effect }: RepositoryFacts): readonly string[] {
  const policy = difference.changes.find(({ setting }) => setting === 'lifecycle')?.value;
  const going = new Set<string>(
    (effect?.images ?? []).flatMap(({ action, digest }) => (action === 'expire' ? [digest] : [])),
  );
  const left = [...(effect?.platforms ?? [])].filter(
    ([index, images]) => going.has(index) && !(images instanceof CodedError) && images.length > 0,
  );
  const rules = typeof policy === 'string' ? readPolicy(policy) : undefined;
  if (left.length === 0 || rules === undefined || rules.some(expiresUntagged)) return [];
  return [
    `No rule expires images without tags. ECR keeps the images of an index that expired, so those of ${formatCount(left.length, 'index', 'indexes')} stay in ${repository}. Add expire: { untagged: 1d } to lifecycle.`,
  ];
}

function expiresUntagged({ selection: { tagStatus, storageClass }, action }: LifecycleRule): boolean {
  return tagStatus !== 'tagged' && storageClass !== 'archive' && action.type === 'expire';
}

/** Images of an index have no tags, and stay as long as the index. */
function taggedExposed(effect: Effect | undefined): readonly LaterImage[] {
  return (effect?.exposed ?? []).filter(({ tags }) => tags.length > 0);
}

function unknownOld(effect: Effect | undefined): readonly string[] {
  return effect?.isOldUnknown === true
    ? [
        'The lifecycle policy that the repository has now has an unknown form. The plan cannot show which images lose a rule that keeps them.',
      ]
    : [];
}

/** Images are not part of the basis: a push does not make a plan invalid. Their expiry is judged again before it is applied. */
function basisOf({ repositories, removals, registry }: ProvisionFacts): string {
  const seen = repositories.map(
    ({ target: { registry, repository, written, protection }, live, difference }) => ({
      registry,
      repository,
      written,
      protection,
      live,
      difference,
    }),
  );
  const text = JSON.stringify([seen, removals, registry], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** @throws CodedError `plan-outdated` */
function requireCurrent(
  { file, applied, basis, actions }: NonNullable<ProvisionFacts['saved']>,
  planned: ProvisionPlan,
): void {
  const outdated = (message: string) =>
    new CodedError('plan-outdated', message, {
      hint: 'Run provision with mode: plan and plan-out, review the plan, and apply it.',
    });
  if (applied !== undefined) throw outdated(`The plan ${file} was already applied at ${applied}.`);
  if (basis !== planned.basis)
    throw outdated(
      `The plan ${file} is outdated: the configuration or a repository changed after it was made.`,
    );
  if (actions !== JSON.stringify(actionsOf(planned)))
    throw outdated(
      `The plan ${file} differs from the plan for this configuration, although nothing changed.`,
    );
}

/** Returns the part of a plan that is executed. */
function actionsOf({
  repositories,
  removals,
  registryChanges,
}: Pick<ProvisionPlan, 'repositories' | 'removals' | 'registryChanges'>): unknown {
  return [
    repositories.map(({ registry, repository, create, changes }) => ({
      registry,
      repository,
      create,
      changes,
    })),
    removals,
    registryChanges,
  ];
}

/** The maximum number of protected images to report for one repository. */
const maxReported = 10;

function expiryProblems(
  { target, effect, protected: kept }: RepositoryFacts,
  { count, percent }: MaxExpire,
): readonly Problem[] {
  if (effect === undefined) return [];
  const label = labelOf(target);
  const problems = kept.slice(0, maxReported).map(({ image, reason }): Problem => ({
    code: 'expiry-refused',
    message: `The new lifecycle policy of ${label} would ${image.action} ${[...image.tags, image.digest].slice(0, 2).join(', ')} by rule ${image.rule}${'at' in image ? ` on ${dateOf(image.at)}, because it lacks the rule that keeps this image now` : ''}: ${reason}.`,
    hint: 'Change lifecycle in the configuration so that no rule selects this image before a rule that keeps it.',
  }));
  if (kept.length > maxReported)
    problems.push({
      code: 'expiry-refused',
      message: `${kept.length - maxReported} more images of ${label} are protected.`,
    });
  const exposed = taggedExposed(effect).length;
  const going = effect.images.length + exposed;
  // The images of an index and attestations have no tags. They must not hide how many tagged images expire.
  const goingTagged = effect.images.filter(({ tags }) => tags.length > 0).length + exposed;
  const share = 100 * Math.max(going / Math.max(effect.total, 1), goingTagged / Math.max(effect.tagged, 1));
  if (going > count || share > percent)
    problems.push({
      code: 'expiry-refused',
      message: `The new lifecycle policy of ${label} would expire or archive ${going} of ${effect.total} images, which is more than max-expire allows.${exposed === 0 ? '' : ` ${formatCount(exposed, 'image')} of them would lose the rule that keeps them now.`}`,
      hint: `Check the images with dry-run: true and max-expire: 100%. To apply the policy, set max-expire: ${going}, ${Math.ceil(share)}%.`,
    });
  return problems;
}

/** Whether anything is to be done to a repository. */
export function isChanged({ create, changes }: PlannedRepository): boolean {
  return create !== undefined || changes.length > 0;
}

export function describe(plan: ProvisionPlan): readonly PlannedStep[] {
  const { mode, repositories, removals, registryChanges, exports, backfills } = plan;
  const verb = mode === 'apply' ? '' : 'would ';
  return [
    ...repositories.flatMap((one) => [
      ...(one.create === undefined
        ? []
        : [{ what: `${verb}create repository ${labelOf(one)}`, why: 'it does not exist' }]),
      ...one.changes.map(({ setting, removed, added }) => ({
        what: `${verb}change ${setting} of ${labelOf(one)}`,
        why: `from ${removed.join('; ') || 'nothing'} to ${added.join('; ') || 'nothing'}`,
      })),
    ]),
    ...registryChanges.map(({ registry, setting, removed, added }) => ({
      what: `${verb}change ${setting} of the registry ${registry.host}`,
      why: `from ${removed.join('; ') || 'nothing'} to ${added.join('; ') || 'nothing'}`,
    })),
    ...backfills
      .filter(({ isRunning }) => !isRunning)
      .map(({ registry, destination: { account, region } }) => ({
        what: `start a back-fill of ${registry.host} to ${account} in ${region}`,
        why: 'mode is backfill',
      })),
    ...(exports?.files ?? []).map(({ name }) => ({
      what: `write ${join(exports?.folder ?? '', name)}`,
      why: 'the input export is set',
    })),
    ...removals.map((one) => ({
      what: `${verb}delete repository ${labelOf(one)} if it is empty`,
      why: 'repositories.remove lists it',
    })),
  ];
}
