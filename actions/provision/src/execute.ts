import { forAll } from '@towpath/concurrency';
import {
  addResourceTags,
  createRepository,
  deleteEmptyRepository,
  deleteLifecyclePolicy,
  putLifecyclePolicy,
  putScanOnPush,
  putTagMutability,
  removeResourceTags,
  repositoryPolicy,
  setRepositoryPolicy,
  type PrivateEcr,
} from '@towpath/ecr';
import { writeFileInside } from '@towpath/files';
import type { Journal, Runtime } from '@towpath/flow';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { join } from 'node:path';
import type { Change } from './difference.ts';
import { isChanged, type PlannedRepository, type ProvisionPlan } from './plan.ts';
import { ownStatements, sameStatements, withReaders } from './readers.ts';
import { describeDestination } from './registry/destination.ts';
import { markApplied } from './saved-plan.ts';

export interface ProvisionResult {
  readonly applied: boolean;
  /** Repositories that were to be deleted, but have images. */
  readonly notEmpty: readonly string[];
  /** Why changes of the registry have no effect, for example because a cache cannot log in to its upstream. */
  readonly ineffective: readonly string[];
  /** The ids of the back-fills that were started, by the position of the planned back-fill. */
  readonly backfills: Readonly<Record<number, string>>;
}

/**
 * Applies a plan: first new repositories, then settings that only allow or describe, and lifecycle policies last,
 * because they expire images. Nothing is deleted except empty repositories of `repositories.remove`.
 */
export async function execute(
  plan: ProvisionPlan,
  session: Session,
  runtime: Runtime,
  journal: Journal,
): Promise<ProvisionResult> {
  await writeExports(plan, runtime, journal);
  if (plan.mode !== 'apply')
    return {
      applied: false,
      notEmpty: [],
      ineffective: [],
      backfills: await startBackfills(plan, session, journal),
    };
  const changed = plan.repositories.filter(isChanged);
  await forAll(changed, async (one) => {
    if (one.create === undefined) return;
    await createRepository(session.ecr(one.registry), one.create);
    journal.wrote(`created ${labelOf(one)}`);
  });
  for (const settings of order)
    await forAll(changed, async (one) => {
      for (const change of one.changes.filter(({ setting }) => settings.includes(setting))) {
        await apply(one, change, session.ecr(one.registry));
        journal.wrote(`changed ${change.setting} of ${labelOf(one)}`);
      }
    });
  const ineffective = await applyRegistryChanges(plan, session, journal);
  const notEmpty = await forAll(plan.removals, async (one) => {
    const isDeleted = await deleteEmptyRepository(session.ecr(one.registry), one.repository);
    if (isDeleted) journal.wrote(`deleted ${labelOf(one)}`);
    return isDeleted ? [] : [labelOf(one)];
  });
  if (plan.planFile !== undefined) await markApplied(plan.planFile, runtime);
  return { applied: true, notEmpty: notEmpty.flat(), ineffective, backfills: {} };
}

/** ECR runs one back-fill for a region at a time. It refuses a second one, which a later run starts. */
async function startBackfills(
  { backfills }: ProvisionPlan,
  session: Session,
  journal: Journal,
): Promise<ProvisionResult['backfills']> {
  if (backfills.length === 0) return {};
  const { runBackfill } = await import('./backfill.ts');
  const started: Record<number, string> = {};
  for (const [index, one] of backfills.entries()) {
    const id = one.isRunning ? undefined : await runBackfill(one, session);
    if (id === undefined) continue;
    started[index] = id;
    journal.wrote(`started back-fill ${id} to ${describeDestination(one.destination)}`);
  }
  return started;
}

/** One after the other, because a cache needs its template, and a replication the policy. */
async function applyRegistryChanges(
  { registryChanges }: ProvisionPlan,
  session: Session,
  journal: Journal,
): Promise<readonly string[]> {
  if (registryChanges.length === 0) return [];
  const { applyRegistryChange } = await import('./registry/apply.ts');
  const ineffective: string[] = [];
  for (const change of registryChanges) {
    const reason = await applyRegistryChange(change, session.ecr(change.registry));
    if (reason !== undefined) ineffective.push(reason);
    journal.wrote(`changed ${change.setting} of the registry ${change.registry.host}`);
  }
  return ineffective;
}

async function writeExports(
  { exports }: ProvisionPlan,
  { workspace }: Runtime,
  journal: Journal,
): Promise<void> {
  if (exports === undefined) return;
  for (const { name, text } of exports.files) {
    const file = join(exports.folder, name);
    await writeFileInside(workspace, file, text);
    journal.wrote(file);
  }
}

const order: readonly (readonly Change['setting'][])[] = [
  ['tags', 'scan-on-push', 'readers', 'immutability'],
  ['lifecycle'],
];

async function apply({ repository, arn }: PlannedRepository, change: Change, ecr: PrivateEcr): Promise<void> {
  switch (change.setting) {
    case 'immutability':
      return putTagMutability(ecr, change.value);
    case 'scan-on-push':
      return putScanOnPush(ecr, repository, change.value);
    case 'tags':
      return applyTags(ecr, arn ?? '', change.value);
    case 'readers':
      return applyReaders(ecr, repository, change.value);
    case 'lifecycle':
      return change.value === null
        ? deleteLifecyclePolicy(ecr, repository)
        : putLifecyclePolicy(ecr, repository, change.value);
  }
}

/** Removes tags first: a repository has at most 50. */
async function applyTags(
  ecr: PrivateEcr,
  arn: string,
  tags: Extract<Change, { setting: 'tags' }>['value'],
): Promise<void> {
  const entries = Object.entries(tags);
  const gone = entries.flatMap(([key, value]) => (value === null ? [key] : []));
  const set = entries.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  if (gone.length > 0) await removeResourceTags(ecr, arn, gone);
  if (set.length > 0) await addResourceTags(ecr, arn, Object.fromEntries(set));
}

/** Reads the policy again, because others may have changed their statements since the plan was made. */
async function applyReaders(
  ecr: PrivateEcr,
  repository: string,
  statements: Extract<Change, { setting: 'readers' }>['value'],
): Promise<void> {
  const text = await repositoryPolicy(ecr, repository);
  if (sameStatements(ownStatements(text), statements)) return;
  await setRepositoryPolicy(ecr, repository, withReaders(text, statements));
}
