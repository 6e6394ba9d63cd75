import { severities } from '@towpath/findings/severity';
import { choice, duration, flag, optional, readInputs, text, withDefault } from '@towpath/flow';
import { projectInputs, versionProblems, type ProjectInputs } from '@towpath/project';
import type { GatePolicy } from '@towpath/scan-policy';

export interface GateInputs extends ProjectInputs {
  /** The published version to judge. Undefined: the images of the image set. */
  readonly version: string | undefined;
  /**
   * The environment of the images. Undefined: the source of the target environment, otherwise the build
   * environment.
   */
  readonly environment: string | undefined;
  /** The environment that the images will enter, whose gate policy applies. */
  readonly targetEnvironment: string | undefined;
  readonly imageSet: string | undefined;
  /** Replaces `gate.fail-on` of the configuration. */
  readonly failOn: GatePolicy['failOn'] | undefined;
  /** In milliseconds. */
  readonly timeout: number;
  /** Start basic scans of images whose scan is missing or too old. */
  readonly rescan: boolean;
  /** The age up to which a scan counts, in milliseconds. Undefined: any age. */
  readonly maxAge: number | undefined;
  /** Replaces `gate.on-unsupported` of the configuration. */
  readonly onUnsupported: GatePolicy['onUnsupported'];
  readonly reportOnly: boolean;
}

export const inputs = readInputs(
  {
    ...projectInputs,
    version: optional(text),
    environment: optional(text),
    'target-environment': optional(text),
    'image-set': optional(text),
    'fail-on': optional(choice([...severities, 'none'])),
    timeout: withDefault(duration, 15 * 60_000),
    rescan: withDefault(flag, false),
    'max-age': optional(duration),
    'on-unsupported': optional(choice(['fail', 'warn', 'report'])),
    'report-only': withDefault(flag, false),
  },
  (values, problem): GateInputs => {
    const wrong = values.version === undefined ? [] : versionProblems(values.version);
    for (const { message, hint } of wrong) problem(message, hint);
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
      failOn: values['fail-on'],
      timeout: values.timeout,
      rescan: values.rescan,
      maxAge: values['max-age'],
      onUnsupported: values['on-unsupported'],
      reportOnly: values['report-only'],
    };
  },
);
