import { pathMatcher } from '@towpath/build-context';
import { readPlatforms } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import {
  count,
  list,
  optional,
  pairs,
  readInputs,
  text,
  withDefault,
  withStatedDefault,
} from '@towpath/flow';
import { parseRunners, type RunnerMap } from '@towpath/matrix';
import { projectInputs, type ProjectInputs } from '@towpath/project';
import type { Platform } from '@towpath/reference';
import { parseReuse, type ReuseInput } from '@towpath/reuse';

/** Files outside of the contexts that some images depend on. */
export interface SharedPath {
  readonly matches: (path: string) => boolean;
  /** Undefined: all images. */
  readonly images: readonly string[] | undefined;
}

export interface MatrixInputs extends ProjectInputs {
  /** Overrides the configuration. If empty, the configuration applies. */
  readonly platforms: readonly Platform[];
  readonly runners: RunnerMap;
  readonly shared: readonly SharedPath[];
  /** A commit or a branch, or `none`. Undefined: the base of the event. */
  readonly base: string | undefined;
  readonly maxJobs: number;
  /** The images that are reused instead of built. Overrides the configuration. */
  readonly reuse: ReuseInput | undefined;
  /** The build args of the jobs, in addition to the configured ones. The fingerprints depend on them. */
  readonly args: ReadonlyMap<string, string>;
  /** The inputs for a repository that has only a Dockerfile. */
  readonly context: string | undefined;
  readonly dockerfile: string | undefined;
}

type Complain = (message: string, hint?: string) => void;

/** The default of the input `runners`. */
const hostedRunners = 'default=ubuntu-latest\nlinux/arm64=ubuntu-24.04-arm';

/** GitHub's limit of jobs for one matrix (GitHub docs, "Usage limits"). */
const maxJobs = 256;

export const inputs = readInputs(
  {
    ...projectInputs,
    platforms: withDefault(list, []),
    runners: withStatedDefault(text, hostedRunners),
    'shared-paths': optional(text),
    base: optional(text),
    'max-jobs': withDefault(count, maxJobs),
    reuse: optional(text),
    'build-args': withDefault(pairs, new Map<string, string>()),
    'build-context': optional(text),
    dockerfile: optional(text),
  },
  (values, problem): MatrixInputs => {
    const runners = parseRunners(values.runners, problem);
    if (values['max-jobs'] > maxJobs)
      problem(`Input max-jobs is ${values['max-jobs']}: GitHub allows ${maxJobs} jobs in one matrix.`);
    return {
      config: values.config,
      only: values.only,
      region: values.region,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
      platforms: readPlatforms(values.platforms, problem),
      runners: runners ?? { default: '', byPlatform: new Map() },
      shared: readShared(values['shared-paths'] ?? '', problem),
      base: values.base,
      maxJobs: values['max-jobs'],
      reuse: parseReuse(values.reuse, problem),
      args: values['build-args'],
      context: values['build-context'],
      dockerfile: values.dockerfile,
    };
  },
);

/** Reads lines of the form `pattern=image,image`. `*` stands for all images. */
function readShared(given: string, problem: Complain): readonly SharedPath[] {
  const lines = given.split('\n').map((line) => line.trim());
  return lines.flatMap((line): SharedPath[] => {
    if (line === '' || line.startsWith('#')) return [];
    const { pattern = '', names = '' } = /^(?<pattern>.+)=(?<names>[^=]*)$/.exec(line)?.groups ?? {};
    const images = names.split(',').map((name) => name.trim());
    if (pattern.trim() === '' || images.includes('')) {
      problem(
        `Input shared-paths has the line ${JSON.stringify(line)}.`,
        'Write pattern=images, e.g. package-lock.json=web,api or proto/**=*.',
      );
      return [];
    }
    try {
      return [{ matches: pathMatcher(pattern.trim()), images: images.includes('*') ? undefined : images }];
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      problem(`Input shared-paths has an invalid pattern: ${error.message}`);
      return [];
    }
  });
}
