import type { Problem } from '@towpath/errors';
import type { Annotation, Report } from '@towpath/flow';
import { bullets, code, formatCount, heading, md, page, table, type Content } from '@towpath/markdown';
import { labelOf } from '@towpath/reference';
import { join } from 'node:path';
import type { ProvisionResult } from './execute.ts';
import { groupBySubject } from './groups.ts';
import { isPolicyFormat } from './inputs.ts';
import { isChanged, type PlannedRepository, type ProvisionPlan } from './plan.ts';

/** The maximum number of expiring images in the summary; the others are only counted. */
const shownImages = 50;

/** The maximum number of arrows before an image: a signature of an attestation has two. */
const maxDepth = 3;

export function report(plan: ProvisionPlan, result: ProvisionResult): Report {
  if (plan.exports !== undefined && isPolicyFormat(plan.exports.format)) return reportPolicies(plan.exports);
  if (plan.mode === 'backfill') return reportBackfills(plan, result);
  const { mode, repositories, removals, registryChanges, registryBlocked, unmanaged, publicHosts } = plan;
  const changed = repositories.filter(isChanged);
  const isSame = changed.length + removals.length + registryChanges.length === 0;
  const blocked = [...repositories.flatMap((one) => one.blocked), ...registryBlocked];
  return {
    outputs: {
      changed: String(!isSame),
      repositories: JSON.stringify(repositories.map(summarise)),
    },
    refusals: [...(mode === 'check' ? differences(plan) : []), ...result.ineffective.map(ineffective)],
    annotations: [
      ...blocked.map(({ message, hint }) => warning(`${message} ${hint}`)),
      ...repositories.flatMap(({ warnings }) => warnings.map(warning)),
      ...plan.unusedPatterns.map((pattern) =>
        warning(`repositories.matching.${pattern} matches no repository. Check the pattern.`),
      ),
      ...repositories.flatMap(annotateUnused),
      ...result.notEmpty.map((label) =>
        warning(`${label} has images, so it was not deleted. Images are never deleted.`),
      ),
      ...(plan.exports?.files ?? []).flatMap(({ notes }) =>
        notes.map((message): Annotation => ({ level: 'notice', message })),
      ),
      ...(plan.exports?.files ?? []).flatMap(({ name, missing }) =>
        missing.map((what) =>
          warning(`${name} does not have ${what}: the tool cannot express it. Keep it in towpath.yaml.`),
        ),
      ),
      ...publicHosts.map((host) =>
        warning(`Repositories of ${host} have none of these settings and were left out.`),
      ),
    ],
    summary: page(
      heading(3, titleOf(plan, changed.length, result)),
      isSame && blocked.length === 0
        ? 'All repositories are as the configuration describes them.'
        : undefined,
      plan.mode === 'plan' && !isSame
        ? 'This plan changed nothing. To make the changes, set mode: apply.'
        : undefined,
      table(
        ['', 'Repository', 'Setting', 'Before', 'After'],
        [
          ...repositories.flatMap(rowsOf),
          ...registryChanges.map(({ registry, setting, removed, added }) => [
            '~',
            code(registry.host),
            setting,
            removed.join('; '),
            added.join('; '),
          ]),
          ...removals.map((one) => [
            '-',
            code(labelOf(one)),
            'repository',
            'exists',
            'deleted if it is empty',
          ]),
        ],
      ),
      ...(plan.exports?.files ?? []).flatMap(({ name, missing }) =>
        missing.length === 0
          ? []
          : page(md`Not in ${code(name)}, because the tool cannot express it:`, bullets(missing)),
      ),
      blocked.length === 0
        ? undefined
        : page('Cannot change:', bullets(blocked.map(({ message, hint }) => `${message} ${hint}`))),
      ...repositories.flatMap(describeExpiring),
      ...repositories.flatMap(describeExposed),
      ...registryChanges.flatMap(({ registry, notes }) =>
        notes.length === 0 ? [] : page(md`About the registry ${code(registry.host)}:`, bullets(notes)),
      ),
      ...repositories.filter(({ notes }) => notes.length > 0).map(describeNotes),
      unmanaged.length === 0
        ? undefined
        : page('Not in this configuration, and left alone:', bullets(unmanaged.map((label) => code(label)))),
    ),
  };
}

/** The progress of a back-fill that an earlier run started is in the summary. */
function reportBackfills({ backfills }: ProvisionPlan, { backfills: started }: ProvisionResult): Report {
  const count = Object.keys(started).length;
  const rows = backfills.map(({ destination: { account, region }, last, isRunning }, index): Content[] => {
    const id = started[index];
    const { total = 0, completed = 0, failed = 0 } = last?.progress ?? {};
    const state = id !== undefined ? `started ${id}` : isRunning ? 'a back-fill is in progress' : 'waits';
    const before =
      last === undefined ? '' : `${last.status}: ${completed} of ${total} copied, ${failed} failed`;
    return [code(account), code(region), state, before];
  });
  return {
    outputs: { changed: String(count > 0), repositories: '[]' },
    refusals: [],
    annotations: backfills.flatMap(({ destination: { account, region } }, index) =>
      started[index] === undefined
        ? [
            warning(
              `No back-fill to ${account} in ${region} was started, because one is in progress in ${region}. Run mode: backfill again when it ended.`,
            ),
          ]
        : [],
    ),
    summary: page(
      heading(3, `Started ${formatCount(count, 'back-fill')}`),
      'A back-fill copies images that were pushed before the replication rule. Run mode: backfill again to see its progress.',
      table(['Account', 'Region', 'Now', 'Before'], rows),
    ),
  };
}

/** The policies are the result of the step, so the summary shows them. */
function reportPolicies({ files, folder }: NonNullable<ProvisionPlan['exports']>): Report {
  return {
    outputs: { changed: 'false', repositories: '[]' },
    annotations: files.flatMap(({ notes }) =>
      notes.map((message): Annotation => ({ level: 'notice', message })),
    ),
    summary: page(
      heading(3, `Policies: wrote ${formatCount(files.length, 'file')}`),
      files.length === 0 ? 'The configuration needs no such policy.' : undefined,
      bullets(files.map(({ name }) => code(join(folder, name)))),
    ),
  };
}

/** A rule that ECR accepted, but that does not work. */
function ineffective(message: string): Problem {
  return {
    code: 'outside-failed',
    message,
    hint: 'Correct the secret or the role of the rule, and run provision again.',
  };
}

function titleOf({ mode }: ProvisionPlan, count: number, { applied }: ProvisionResult): string {
  const what = formatCount(count, 'repository', 'repositories');
  if (applied) return `Provisioned: changed ${what}`;
  return mode === 'check'
    ? `Check: ${what} ${count === 1 ? 'differs' : 'differ'}`
    : `Plan: ${what} to change`;
}

function warning(message: string): Annotation {
  return { level: 'warning', message };
}

function summarise(one: PlannedRepository): object {
  const { registry, repository, create, changes, blocked, expiring, exposed } = one;
  return {
    account: registry.account,
    region: registry.region,
    repository,
    action: create !== undefined ? 'create' : changes.length > 0 ? 'change' : 'leave',
    settings: changes.map(({ setting }) => setting),
    blocked: blocked.map(({ setting }) => setting),
    expiring: expiring.length,
    exposed: exposed.length,
  };
}

/** Returns a refusal for each difference. What cannot be changed is a difference, too. */
function differences({
  repositories,
  removals,
  registryChanges,
  registryBlocked,
}: ProvisionPlan): readonly Problem[] {
  const apply = 'Run provision with mode: apply, or change the configuration.';
  return [
    ...repositories.flatMap((one): Problem[] => {
      const label = labelOf(one);
      const differ = (message: string, hint = apply): Problem => ({
        code: 'repositories-differ',
        message,
        hint,
      });
      return [
        ...(one.create === undefined ? [] : [differ(`${label} does not exist.`)]),
        ...(one.create === undefined ? one.changes : []).map(({ setting, removed, added }) =>
          differ(
            `${setting} of ${label} differs: ${removed.join('; ') || 'nothing'} instead of ${added.join('; ') || 'nothing'}.`,
          ),
        ),
        ...one.blocked.map(({ message, hint }) => differ(message, hint)),
      ];
    }),
    ...registryChanges.map(({ registry, setting, removed, added }): Problem => ({
      code: 'repositories-differ',
      message: `${setting} of the registry ${registry.host} differs: ${removed.join('; ') || 'nothing'} instead of ${added.join('; ') || 'nothing'}.`,
      hint: apply,
    })),
    ...registryBlocked.map(({ message, hint }): Problem => ({ code: 'repositories-differ', message, hint })),
    ...removals.map((one): Problem => ({
      code: 'repositories-differ',
      message: `${labelOf(one)} exists, but repositories.remove lists it.`,
      hint: apply,
    })),
  ];
}

function rowsOf(one: PlannedRepository): Content[][] {
  const label = code(labelOf(one));
  const blocked = one.blocked.map(({ setting }) => ['!', label, setting, '', '']);
  if (!isChanged(one)) return blocked.length > 0 ? blocked : [['=', label, '', '', '']];
  const created: Content[][] =
    one.create === undefined ? [] : [['+', label, 'repository', '', one.create.mutability]];
  return [
    ...created,
    ...one.changes.map(({ setting, removed, added }) => [
      one.create === undefined ? '~' : '+',
      label,
      setting,
      removed.join('; '),
      added.join('; '),
    ]),
    ...blocked,
  ];
}

function describeExpiring(one: PlannedRepository): Content[] {
  const { expiring, total } = one;
  if (expiring.length === 0) return [];
  const rows = groupBySubject(expiring)
    .slice(0, shownImages)
    .map(({ image: { digest, tags, platforms = [], action, rule }, depth }) => [
      md`${'↳ '.repeat(Math.min(depth, maxDepth))}${code(digest)}`,
      tags.join(', '),
      platforms.join(', '),
      action,
      rule,
    ]);
  const rest = expiring.length - rows.length;
  return [
    page(
      md`The new lifecycle policy of ${code(labelOf(one))} acts on ${expiring.length} of ${formatCount(total, 'image')}:`,
      table(['Image', 'Tags', 'Platforms', 'Action', 'Rule'], rows),
      rest === 0 ? undefined : `And ${rest} more.`,
    ),
  ];
}

function describeExposed(one: PlannedRepository): Content[] {
  const { exposed, total } = one;
  if (exposed.length === 0) return [];
  const rows = exposed
    .slice(0, shownImages)
    .map(({ digest, tags, platforms = [], action, rule, on }) => [
      code(digest),
      tags.join(', '),
      platforms.join(', '),
      action,
      rule,
      on,
    ]);
  const rest = exposed.length - rows.length;
  return [
    page(
      md`The new lifecycle policy of ${code(labelOf(one))} lacks the rules that keep ${exposed.length} of ${formatCount(total, 'image')} now. They expire later:`,
      table(['Image', 'Tags', 'Platforms', 'Action', 'Rule', 'On'], rows),
      rest === 0 ? undefined : `And ${rest} more.`,
    ),
  ];
}

function describeNotes(one: PlannedRepository): Content {
  return page(md`About ${code(labelOf(one))}:`, bullets(one.notes));
}

function annotateUnused(one: PlannedRepository): Annotation[] {
  if (one.unused.length === 0) return [];
  const rules = one.unused.join(', ');
  const message = `Rules ${rules} of the new lifecycle policy of ${labelOf(one)} match no image. Check their tags: perhaps nothing uses them any more.`;
  return [{ level: 'notice', message }];
}
