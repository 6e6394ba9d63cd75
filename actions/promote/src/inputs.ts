import {
  choice,
  flag,
  list,
  optional,
  readInputs,
  required,
  role,
  text,
  withDefault,
  withStatedDefault,
} from '@towpath/flow';
import {
  anyImages,
  namedImages,
  parseImageList,
  projectInputs,
  versionProblems,
  type GivenImage,
  type ProjectInputs,
} from '@towpath/project';

export interface PromoteInputs extends ProjectInputs {
  readonly version: string;
  /** The folder for deployment files, relative to the workspace. */
  readonly deploymentFiles: string | undefined;
  /** Must be the configured source of the target. Undefined: the configured source. */
  readonly sourceEnvironment: string | undefined;
  readonly targetEnvironment: string;
  /** The images that an earlier step checked. Undefined: all images. */
  readonly checked: readonly GivenImage[] | undefined;
  /** Whether version tags may be moved to another image. */
  readonly moveVersionTags: boolean;
  /** Whether signatures, SBOMs and other attachments of the images are copied with them. */
  readonly attestations: 'copy' | 'skip';
  /** The ARN of the role that reads the source. Undefined: the role of its environment, or the job's credentials. */
  readonly sourceRole: string | undefined;
  /** The ARN of the role that writes the target. Undefined: the role of its environment, or the job's credentials. */
  readonly targetRole: string | undefined;
}

export const inputs = readInputs(
  {
    ...projectInputs,
    version: required(text),
    'source-environment': optional(text),
    'target-environment': required(text),
    images: withStatedDefault(text, anyImages),
    'image-name': withDefault(list, []),
    'deployment-files': optional(text),
    'move-version-tags': withDefault(flag, false),
    'source-role': optional(role),
    'target-role': optional(role),
    attestations: withDefault(choice(['copy', 'skip']), 'copy'),
  },
  (values, problem): PromoteInputs => {
    for (const { message, hint } of versionProblems(values.version)) problem(message, hint);
    return {
      config: values.config,
      ...namedImages(values.only, values['image-name']),
      region: values.region,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
      version: values.version,
      deploymentFiles: values['deployment-files'],
      sourceEnvironment: values['source-environment'],
      targetEnvironment: values['target-environment'],
      checked: parseImageList(values.images, problem),
      moveVersionTags: values['move-version-tags'],
      attestations: values.attestations,
      sourceRole: values['source-role'],
      targetRole: values['target-role'],
    };
  },
);
