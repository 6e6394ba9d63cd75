import { loadConfig, selectImages, type Config, type ImageConfig } from '@towpath/config';
import { flag, list, optional, text, withDefault, type Runtime } from '@towpath/flow';
import { ciFacts, type CiFacts } from '@towpath/tags';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** The inputs that every action has. */
export const projectInputs = {
  config: optional(text),
  only: withDefault(list, []),
  region: optional(text),
  'dry-run': withDefault(flag, false),
};

/** What they become. */
export interface ProjectInputs {
  readonly config: string | undefined;
  readonly only: readonly string[];
  readonly region: string | undefined;
  readonly dryRun: boolean;
}

/** The repository that an action works for. */
export interface Project {
  readonly config: Config;
  /** The images that this step acts on. */
  readonly images: readonly ImageConfig[];
  readonly ci: CiFacts;
}

/** What a bare Dockerfile is built from, where it is not in the root. */
export interface BareInputs {
  readonly context?: string;
  readonly dockerfile?: string;
}

/**
 * Reads the configuration of the workspace and the facts of the run.
 *
 * @throws CodedError `config-missing`, `config-invalid`, `input-invalid`
 */
export async function openProject(
  { config: file, only }: ProjectInputs,
  runtime: Runtime,
  bare: BareInputs = {},
): Promise<Project> {
  const { env, workspace, clock } = runtime;
  const config = await loadConfig({
    workspace,
    file,
    bareName: basename(env.GITHUB_REPOSITORY ?? workspace),
    bareContext: bare.context,
    bareDockerfile: bare.dockerfile,
  });
  runtime.log.info(`Configuration: ${config.file}`);
  return {
    config,
    images: selectImages(config, only),
    ci: ciFacts(env, await readEvent(env.GITHUB_EVENT_PATH), clock.now()),
  };
}

async function readEvent(path: string | undefined): Promise<unknown> {
  return path === undefined || path === '' ? undefined : JSON.parse(await readFile(path, 'utf8'));
}
