import type { ExportFormat } from './export.ts';
import { choice, flag, optional, readInputs, secretText, text, withDefault } from '@towpath/flow';
import { projectInputs, type ProjectInputs } from '@towpath/project';

/**
 * - `plan` shows the changes. - `apply` makes them. - `check` fails if there are any.
 * - `backfill` copies images that exist to the destinations of the replication, and changes nothing else.
 */
export type Mode = 'plan' | 'apply' | 'check' | 'backfill';

/** The brake: how many images of one repository a new lifecycle policy may expire. */
export interface MaxExpire {
  readonly count: number;
  readonly percent: number;
}

/** Policies that the configuration needs. They do not depend on the state of repositories. */
export type PolicyFormat = 'iam' | 'repository-policies';

export function isPolicyFormat(format: ExportFormat | PolicyFormat): format is PolicyFormat {
  return format === 'iam' || format === 'repository-policies';
}

export interface ProvisionInputs extends ProjectInputs {
  readonly mode: Mode;
  readonly maxExpire: MaxExpire;
  /** The file of a saved plan to apply, relative to the workspace. */
  readonly planFile: string | undefined;
  /** Writes the state as code of another tool, or policies of IAM. */
  readonly exportTo: { readonly format: ExportFormat | PolicyFormat; readonly folder: string } | undefined;
  /** Whether to show the plan as a comment on the pull request of the run. */
  readonly comment: boolean;
  /** The token for the comment. Undefined if no comment is written. */
  readonly token: string | undefined;
}

export const inputs = readInputs(
  {
    ...projectInputs,
    mode: withDefault(choice(['plan', 'apply', 'check', 'backfill']), 'plan'),
    'max-expire': withDefault(text, '100, 25%'),
    plan: optional(text),
    export: optional(choice(['terraform', 'cloudformation', 'iam', 'repository-policies'])),
    'export-folder': withDefault(text, '.'),
    comment: withDefault(flag, false),
    token: optional(secretText),
  },
  (values, problem): ProvisionInputs => {
    const { mode, plan, comment, token } = values;
    if (comment && token === undefined)
      problem(
        'Input token is empty, and comment: true needs a token.',
        'Remove token to use the token of the job.',
      );
    if (plan !== undefined && mode !== 'apply')
      problem(
        'Input plan is a saved plan to apply, but mode is not apply.',
        'Set mode: apply, or remove plan.',
      );
    if (mode === 'backfill' && values.export !== undefined)
      problem(
        'Input export does not work with mode: backfill, which copies images only.',
        'Set mode: plan, or remove export.',
      );
    if (values.export !== undefined && isPolicyFormat(values.export) && mode !== 'plan')
      problem(
        `Input export is ${values.export}, which reads and changes no repository, but mode is ${mode}.`,
        'Set mode: plan, and run another step to apply or check.',
      );
    return {
      config: values.config,
      only: values.only,
      withoutImages: true,
      region: values.region,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
      mode,
      maxExpire: parseMaxExpire(values['max-expire'], problem),
      planFile: plan,
      exportTo:
        values.export === undefined ? undefined : { format: values.export, folder: values['export-folder'] },
      comment,
      token: comment ? token : undefined,
    };
  },
);

/** Reads a number of images, a percentage, or both. What is not given has no limit. */
function parseMaxExpire(given: string, problem: (message: string, hint: string) => void): MaxExpire {
  const parts = given.split(',').map((part) => part.trim());
  const counts = parts.filter((part) => /^\d{1,6}$/.test(part)).map(Number);
  const percents = parts
    .filter((part) => /^(?:\d{1,2}|100)%$/.test(part))
    .map((part) => Number(part.slice(0, -1)));
  if (counts.length > 1 || percents.length > 1 || counts.length + percents.length !== parts.length)
    problem(
      `Input max-expire is ${JSON.stringify(given)}: it must be a number of images, a percentage, or both.`,
      'Write for example 100, 25%. To allow any number, write 100%.',
    );
  return { count: counts[0] ?? Infinity, percent: percents[0] ?? 100 };
}
