import type { ContextSecrets } from './context-secrets.ts';
import type { Platform } from '@towpath/reference';

/** What is known about the image of a Dockerfile besides its text. */
export interface LintOptions {
  /** The build args. */
  readonly args?: ReadonlyMap<string, string>;
  /** The platforms to build for. If empty, linux/amd64 is assumed. */
  readonly platforms?: readonly Platform[];
  /** The stage to build. Default: the last one. */
  readonly target?: string;
  /** The targets of other images that are built from the same Dockerfile. */
  readonly otherTargets?: readonly (string | undefined)[];
  /** The names of named contexts, in lower case. */
  readonly contexts?: ReadonlySet<string>;
  /** Upstream host → the registry and prefix of its pull-through cache. */
  readonly mirrors?: ReadonlyMap<string, string>;
  /** Whether the image is for AWS Lambda, which ignores USER. */
  readonly isLambda?: boolean;
  /** Why AWS Lambda cannot run the image as it is configured. */
  readonly lambdaProblems?: readonly ImageProblem[];
  /** The secret files of the build contexts, by the lower-case name of the context; '' is the build context. */
  readonly secrets?: ReadonlyMap<string, ContextSecrets>;
  /** Contexts of `target:` images that lack a platform. */
  readonly lackingPlatforms?: readonly LackingPlatform[];
}

/** A problem of the image that is in the configuration, not in the Dockerfile. */
export interface ImageProblem {
  readonly message: string;
  readonly hint: string;
}

/** A `target:` context whose image is not built for a platform that the Dockerfile needs. */
export interface LackingPlatform extends ImageProblem {
  /** The line of the stage that uses it. */
  readonly line: number;
}
