import { lintSeverities } from '@towpath/dockerfile-rules';
import {
  choice,
  flag,
  list,
  optional,
  readInputs,
  text,
  withDefault,
  type CommonInputs,
} from '@towpath/flow';

export const failLevels = [...lintSeverities, 'never'] as const;
/** The lowest severity that fails the step. */
export type FailLevel = (typeof failLevels)[number];

const uses = ['auto', 'on', 'off'] as const;
/** Whether another linter runs: `auto` if it is installed. */
export type Use = (typeof uses)[number];

/** The files to write, by their format. Relative to the workspace. */
export interface OutputFiles {
  readonly text: string | undefined;
  readonly json: string | undefined;
  readonly sarif: string | undefined;
  readonly junit: string | undefined;
  readonly codeQuality: string | undefined;
}

export interface LintInputs extends CommonInputs {
  readonly config: string | undefined;
  readonly only: readonly string[];
  /** Dockerfiles or patterns. Empty: those of the configuration. */
  readonly files: readonly string[];
  readonly failOn: FailLevel;
  readonly fix: boolean;
  readonly buildkit: Use;
  readonly hadolint: Use;
  readonly out: OutputFiles;
}

export const inputs = readInputs(
  {
    config: optional(text),
    only: withDefault(list, []),
    files: withDefault(list, []),
    'fail-on': withDefault(choice(failLevels), 'error'),
    fix: withDefault(flag, false),
    buildkit: withDefault(choice(uses), 'auto'),
    hadolint: withDefault(choice(uses), 'auto'),
    'text-out': optional(text),
    'json-out': optional(text),
    'sarif-out': optional(text),
    'junit-out': optional(text),
    'code-quality-out': optional(text),
    'dry-run': withDefault(flag, false),
    'plan-out': optional(text),
  },
  (values, problem): LintInputs => {
    const out = {
      text: values['text-out'],
      json: values['json-out'],
      sarif: values['sarif-out'],
      junit: values['junit-out'],
      codeQuality: values['code-quality-out'],
    };
    const given = Object.values(out).filter((one) => one !== undefined);
    for (const [index, one] of given.entries())
      if (given.indexOf(one) !== index)
        problem(`Two inputs name the file ${JSON.stringify(one)}.`, 'Give each report a file of its own.');
    if (values.files.length > 0 && values.only.length > 0)
      problem(
        'Inputs files and only exclude each other.',
        'Remove one of them: only names images, files names Dockerfiles.',
      );
    return {
      config: values.config,
      only: values.only,
      files: values.files,
      failOn: values['fail-on'],
      fix: values.fix,
      buildkit: values.buildkit,
      hadolint: values.hadolint,
      out,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
    };
  },
);
