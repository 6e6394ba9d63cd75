import {
  choice,
  duration,
  flag,
  list,
  optional,
  readInputs,
  required,
  role,
  secretText,
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

/** The value of the input `version` for the version that the source environment runs. */
export const currentVersion = 'current';

export interface PromoteInputs extends ProjectInputs {
  /** A version, or `current`. Undefined only with `rollback`: the previous set. */
  readonly version: string | undefined;
  /** The file of a plan to apply, relative to the workspace. The other inputs are those of the plan. */
  readonly planFile: string | undefined;
  /** Whether the environment returns to an earlier set. */
  readonly rollback: boolean;
  /** Whether an older version may replace a newer one. */
  readonly allowOlder: boolean;
  /** Why the verdict of the gate and the soak time do not block. Undefined: they block. */
  readonly breakGlass: string | undefined;
  /** The reason for a rollback. The ledger records it. */
  readonly reason: string | undefined;
  /** Whether a ledger that does not exist is created. */
  readonly createLedger: boolean;
  /** The policy file that replaces the gates of the configuration, relative to the workspace. */
  readonly policy: string | undefined;
  /** How long to wait for the scans, in milliseconds. */
  readonly timeout: number;
  /** The folder for deployment files, relative to the workspace. */
  readonly deploymentFiles: string | undefined;
  /** Must be a configured source of the target. Undefined: the first configured source that has the version. */
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
  /** The token that creates a deployment. Undefined: none is created. */
  readonly token: string | undefined;
  /** The URL of the environment, for the deployment. */
  readonly environmentUrl: string | undefined;
}

/** As in the schema of an entry. */
const maxReason = 1024;

export const inputs = readInputs(
  {
    ...projectInputs,
    version: optional(text),
    'source-environment': optional(text),
    'target-environment': required(text),
    plan: optional(text),
    images: withStatedDefault(text, anyImages),
    'image-name': withDefault(list, []),
    'deployment-files': optional(text),
    'move-version-tags': withDefault(flag, false),
    'source-role': optional(role),
    'target-role': optional(role),
    attestations: withDefault(choice(['copy', 'skip']), 'copy'),
    rollback: withDefault(flag, false),
    'allow-older': withDefault(flag, false),
    'break-glass': optional(text),
    reason: optional(text),
    'create-ledger': withDefault(flag, false),
    token: optional(secretText),
    'environment-url': optional(text),
    policy: optional(text),
    timeout: withDefault(duration, 15 * 60_000),
  },
  (values, problem): PromoteInputs => {
    const { version, rollback } = values;
    const isNamed = version !== undefined && (rollback || version !== currentVersion);
    for (const { message, hint } of isNamed ? versionProblems(version) : []) problem(message, hint);
    if (version === undefined && !rollback && values.plan === undefined)
      problem('Input version is missing.', 'Give the version to promote, or current, or rollback: true.');
    const only = namedImages(values.only, values['image-name']);
    if (rollback && only.only.length > 0)
      problem(
        'Input only cannot be used with rollback: true, which returns all images of the environment.',
        'Remove only.',
      );
    if (rollback && values['source-environment'] !== undefined)
      problem(
        'Input source-environment cannot be used with rollback: true, because a rollback has no source environment.',
        'Remove source-environment.',
      );
    for (const name of ['break-glass', 'reason'] as const)
      if ((values[name]?.length ?? 0) > maxReason)
        problem(`Input ${name} has more than ${maxReason} characters.`, 'Shorten it.');
    return {
      config: values.config,
      ...only,
      region: values.region,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
      version,
      planFile: values.plan,
      rollback,
      allowOlder: values['allow-older'],
      breakGlass: values['break-glass'],
      reason: values.reason,
      createLedger: values['create-ledger'],
      policy: values.policy,
      timeout: values.timeout,
      deploymentFiles: values['deployment-files'],
      sourceEnvironment: values['source-environment'],
      targetEnvironment: values['target-environment'],
      checked: parseImageList(values.images, problem),
      moveVersionTags: values['move-version-tags'],
      attestations: values.attestations,
      sourceRole: values['source-role'],
      targetRole: values['target-role'],
      token: values.token,
      environmentUrl: values['environment-url'],
    };
  },
);
