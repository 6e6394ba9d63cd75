import { severities } from '@towpath/findings/severity';
import {
  choice,
  duration,
  flag,
  list,
  optional,
  readInputs,
  secretText,
  text,
  withDefault,
  withStatedDefault,
} from '@towpath/flow';
import { anyImages, projectInputs, versionProblems, type ProjectInputs } from '@towpath/project';
import type { GatePolicy } from '@towpath/scan-policy';
import { normalize } from 'node:path';
import { parseImageReferences, type ReferredImage } from './image-references.ts';

export interface GateInputs extends ProjectInputs {
  /** The published version to judge. */
  readonly version: string | undefined;
  /**
   * The environment of the images. Without a version, images or an image set, its current images are judged.
   * Undefined: the source of the target environment, otherwise the build environment.
   */
  readonly environment: string | undefined;
  /** The environment that the images will enter, whose gate policy applies. */
  readonly targetEnvironment: string | undefined;
  readonly imageSet: string | undefined;
  /** The images to judge, instead of a version or the image set. */
  readonly images: readonly ReferredImage[] | undefined;
  /** The reports of scanners that replace ECR's scans: paths relative to the workspace, or patterns. */
  readonly reports: readonly string[];
  /** The policy file that replaces the gates of the configuration, relative to the workspace. */
  readonly policy: string | undefined;
  /** The report of an earlier run. What failed there does not fail again. Relative to the workspace. */
  readonly baselineReport: string | undefined;
  /** Replaces `gate.fail-on` of the policy. */
  readonly failOn: GatePolicy['failOn'] | undefined;
  /** In milliseconds. */
  readonly timeout: number;
  /** Start basic scans of images whose scan is missing or too old. */
  readonly rescan: boolean;
  /** Replaces `gate.max-age` of the configuration, in milliseconds. */
  readonly maxAge: number | undefined;
  /** Replaces `gate.on-unsupported` of the configuration. */
  readonly onUnsupported: GatePolicy['onUnsupported'];
  readonly reportOnly: boolean;
  /** The file for the findings as SARIF, relative to the workspace. */
  readonly sarifOut: string | undefined;
  /** The file for the report as JSON, relative to the workspace. */
  readonly reportOut: string | undefined;
  /** The file for the verdict as JUnit XML, relative to the workspace. */
  readonly junitOut: string | undefined;
  /** Whether to comment on the pull request of the run. */
  readonly comment: boolean;
  /** Whether to open an issue for images that do not pass. */
  readonly issue: boolean;
  /** The token for the comment and the issue. Undefined if there is none to write. */
  readonly token: string | undefined;
}

export const inputs = readInputs(
  {
    ...projectInputs,
    version: optional(text),
    environment: optional(text),
    'target-environment': optional(text),
    'image-set': optional(text),
    images: withStatedDefault(text, anyImages),
    reports: withDefault(list, []),
    policy: optional(text),
    'baseline-report': optional(text),
    'fail-on': optional(choice([...severities, 'none'])),
    timeout: withDefault(duration, 15 * 60_000),
    rescan: withDefault(flag, false),
    'max-age': optional(duration),
    'on-unsupported': optional(choice(['fail', 'warn', 'report'])),
    'report-only': withDefault(flag, false),
    'sarif-out': optional(text),
    'report-out': optional(text),
    'junit-out': optional(text),
    comment: withDefault(flag, false),
    issue: withDefault(flag, false),
    token: optional(secretText),
  },
  (values, problem): GateInputs => {
    const wrong = values.version === undefined ? [] : versionProblems(values.version);
    for (const { message, hint } of wrong) problem(message, hint);
    const images = parseImageReferences(values.images, problem);
    const given = { version: values.version, 'image-set': values['image-set'], images };
    const subjects = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (subjects.length > 1)
      problem(
        `Inputs ${subjects.join(' and ')} exclude each other.`,
        'Set one of them: each names the images to judge.',
      );
    const { comment, issue, token } = values;
    if ((comment || issue) && token === undefined)
      problem(
        `Input token is empty, and ${comment ? 'comment' : 'issue'}: true needs a token.`,
        'Remove token to use the token of the job.',
      );
    const files = [
      values['sarif-out'],
      values['report-out'],
      values['junit-out'],
      values['plan-out'],
    ].flatMap((path) => path ?? []);
    if (new Set(files.map((path) => normalize(path))).size < files.length)
      problem(
        'Two of the inputs sarif-out, report-out, junit-out and plan-out name the same file.',
        'Give each file its own name.',
      );
    return {
      config: values.config,
      only: values.only,
      region: values.region,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
      version: values.version,
      environment: values.environment,
      targetEnvironment: values['target-environment'],
      imageSet: values['image-set'],
      images,
      reports: values.reports,
      policy: values.policy,
      baselineReport: values['baseline-report'],
      failOn: values['fail-on'],
      timeout: values.timeout,
      rescan: values.rescan,
      maxAge: values['max-age'],
      onUnsupported: values['on-unsupported'],
      reportOnly: values['report-only'],
      sarifOut: values['sarif-out'],
      reportOut: values['report-out'],
      junitOut: values['junit-out'],
      comment,
      issue,
      token: comment || issue ? token : undefined,
    };
  },
);
