import type { NewRepository } from '@towpath/ecr';
import { formatCount } from '@towpath/markdown';
import { labelOf } from '@towpath/reference';
import { mutabilityText } from './changes.ts';
import { isPolicyFormat } from './inputs.ts';
import { isChanged, type PlannedRepository, type ProvisionPlan } from './plan.ts';

/**
 * Returns the plan as a diff. The marks of repositories: `+` is created, `~` changes, `-` is deleted, `=` stays, `!` cannot
 * be changed, `?` is not managed. Undefined if the plan is not about repositories.
 */
export function diffOf(plan: ProvisionPlan): readonly string[] | undefined {
  const { mode, repositories, removals, registryChanges, registryBlocked, unmanaged, exports } = plan;
  if (mode === 'backfill' || (exports !== undefined && isPolicyFormat(exports.format))) return undefined;
  const registries = Map.groupBy(registryChanges, ({ registry }) => registry.host);
  return [
    ...repositories.flatMap(repositoryLines),
    ...[...registries].flatMap(([host, changes]) => [
      `~ registry ${host}`,
      ...changes.flatMap(({ setting, removed, added }) => settingLines(setting, removed, added)),
    ]),
    ...registryBlocked.map(({ message, hint }) => `! ${message} ${hint}`),
    ...removals.map((one) => `- ${labelOf(one)} (only if it is empty)`),
    ...unmanaged.map((label) => `? ${label} (not in this configuration)`),
    ...(exports?.files ?? []).map(({ name }) => `+ file ${name}`),
  ].map(oneLine);
}

/** A part of a value after a line end would have no mark, or the mark of something else. */
function oneLine(line: string): string {
  return line.replace(/\s*[\r\n]+\s*/g, ' ');
}

function repositoryLines(one: PlannedRepository): readonly string[] {
  const { create, changes, blocked, expiring, exposed, total } = one;
  const label = labelOf(one);
  if (!isChanged(one) && blocked.length === 0) return [`= ${label}`];
  const mark = create !== undefined ? '+' : changes.length > 0 ? '~' : '!';
  return [
    `${mark} ${label}`,
    ...(create === undefined ? [] : settingLines('repository', [], creationLines(create))),
    ...changes.flatMap(({ setting, removed, added }) => settingLines(setting, removed, added)),
    ...(expiring.length === 0
      ? []
      : [`  - ${expiring.length} of ${formatCount(total, 'image')} would expire or be archived`]),
    ...(exposed.length === 0
      ? []
      : [`  - ${exposed.length} of ${formatCount(total, 'image')} would lose the rule that keeps them`]),
    ...blocked.map(({ message, hint }) => `  ! ${message} ${hint}`),
  ];
}

function settingLines(setting: string, removed: readonly string[], added: readonly string[]): string[] {
  return [
    `    ${setting}`,
    ...removed.map((line) => `    - ${line}`),
    ...added.map((line) => `    + ${line}`),
  ];
}

function creationLines(created: NewRepository): readonly string[] {
  const { scanOnPush, encryption, tags = {} } = created;
  const key = 'key' in encryption && encryption.key !== undefined ? ` with ${encryption.key}` : '';
  return [
    mutabilityText(created),
    `scan on push: ${scanOnPush ? 'on' : 'off'}`,
    `encryption: ${encryption.type}${key}`,
    ...Object.entries(tags).map(([name, value]) => `${name}=${value}`),
  ];
}
