import { severities } from '@towpath/findings/severity';
import {
  choice,
  duration,
  flag,
  optional,
  readInputs,
  text,
  withDefault,
  withStatedDefault,
} from '@towpath/flow';
import { anyImages, projectInputs, versionProblems, type ProjectInputs } from '@towpath/project';
import type { GatePolicy } from '@towpath/scan-policy';
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
    images: withStatedDefault(text, anyImages),
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
    const images = parseImageReferences(values.images, problem);
    const given = { version: values.version, 'image-set': values['image-set'], images };
    const subjects = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (subjects.length > 1)
      problem(
        `Inputs ${subjects.join(' and ')} exclude each other.`,
        'Set one of them: each names the images to judge.',
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
      failOn: values['fail-on'],
      timeout: values.timeout,
      rescan: values.rescan,
      maxAge: values['max-age'],
      onUnsupported: values['on-unsupported'],
      reportOnly: values['report-only'],
    };
  },
);
