import { flag, list, optional, readInputs, required, text, withDefault } from '@towpath/flow';
import { namedImages, projectInputs, versionProblems, type ProjectInputs } from '@towpath/project';
import { parseChecked, type CheckedImage } from './checked.ts';

export interface PromoteInputs extends ProjectInputs {
  readonly version: string;
  /** The folder for those who deploy, relative to the workspace. */
  readonly deploymentFiles: string | undefined;
  /** Must be the one that the target comes from; undefined: that one. */
  readonly sourceEnvironment: string | undefined;
  readonly targetEnvironment: string;
  /** The images that an earlier step checked; undefined if the input is not set. */
  readonly checked: readonly CheckedImage[] | undefined;
  /** Whether tags that hold the version may be moved to another image. */
  readonly moveVersionTags: boolean;
}

export const inputs = readInputs(
  {
    ...projectInputs,
    version: required(text),
    'source-environment': optional(text),
    'target-environment': required(text),
    images: optional(text),
    'image-name': withDefault(list, []),
    'deployment-files': optional(text),
    'move-version-tags': withDefault(flag, false),
  },
  (values, problem): PromoteInputs => {
    for (const { message, hint } of versionProblems(values.version)) problem(message, hint);
    return {
      config: values.config,
      ...namedImages(values.only, values['image-name']),
      region: values.region,
      dryRun: values['dry-run'],
      version: values.version,
      deploymentFiles: values['deployment-files'],
      sourceEnvironment: values['source-environment'],
      targetEnvironment: values['target-environment'],
      checked: parseChecked(values.images, problem),
      moveVersionTags: values['move-version-tags'],
    };
  },
);
