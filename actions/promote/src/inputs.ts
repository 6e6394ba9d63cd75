import { list, optional, readInputs, required, text, withDefault } from '@towpath/flow';
import { projectInputs, type ProjectInputs } from '@towpath/project';

export interface PromoteInputs extends ProjectInputs {
  readonly version: string;
  /** Must be the one that the target comes from; undefined: that one. */
  readonly sourceEnvironment: string | undefined;
  readonly targetEnvironment: string;
}

export const inputs = readInputs(
  {
    ...projectInputs,
    version: required(text),
    'source-environment': optional(text),
    'target-environment': required(text),
    'image-name': withDefault(list, []),
  },
  (values): PromoteInputs => ({
    config: values.config,
    only: [...new Set([...values.only, ...values['image-name']])],
    region: values.region,
    dryRun: values['dry-run'],
    version: values.version,
    sourceEnvironment: values['source-environment'],
    targetEnvironment: values['target-environment'],
  }),
);
