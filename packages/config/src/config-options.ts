import type { BakePrinter } from './bake.ts';

/** Which configuration to read, and how. */
export interface ConfigOptions {
  /** Absolute path of the repository. */
  readonly workspace: string;
  /** The configuration file, relative to the workspace. If absent, Towpath looks for one. */
  readonly file?: string;
  /** The image name for a single Dockerfile: the name of the repository. */
  readonly defaultName: string;
  /** Only for steps that build: the paths of a single Dockerfile and its context, if not in the root. */
  readonly single?: { readonly context?: string; readonly dockerfile?: string };
  /** Reads bake and Compose files. */
  readonly printBake: BakePrinter;
}
