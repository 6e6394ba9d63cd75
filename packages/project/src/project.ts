import { printBake } from '@towpath/buildx';
import { baseCommit, ciFacts, type BaseCommit, type CiFacts } from '@towpath/ci';
import { waitForAll } from '@towpath/concurrency';
import { loadConfig, selectImages, type Config, type ImageConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import { flag, list, optional, text, withDefault, type CommonInputs, type Runtime } from '@towpath/flow';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { evaluation, type EvaluatedConfig } from './evaluated-config.ts';
import { readCheckout, type CheckedOutCommit } from './checkout.ts';

/** The inputs that every action has. */
export const projectInputs = {
  config: optional(text),
  only: withDefault(list, []),
  region: optional(text),
  'dry-run': withDefault(flag, false),
  'plan-out': optional(text),
};

/** The values of these inputs. */
export interface ProjectInputs extends CommonInputs {
  readonly config: string | undefined;
  readonly only: readonly string[];
  /** A single value of the input `image-name`: the name of the image in a repository without a configuration. */
  readonly imageName?: string;
  readonly region: string | undefined;
  /** A file with the bake or Compose file as the job that planned a matrix evaluated it. Undefined: it is evaluated. */
  readonly evaluatedConfig?: string | undefined;
  /** Whether the configuration may have no images, because the action handles repositories of other teams, too. */
  readonly withoutImages?: boolean;
}

/** Combines the inputs `only` and `image-name`. */
export function namedImages(
  only: readonly string[],
  imageNames: readonly string[],
): Pick<ProjectInputs, 'only' | 'imageName'> {
  const [imageName] = imageNames.length === 1 ? imageNames : [];
  return { only: [...new Set([...only, ...imageNames])], ...(imageName !== undefined && { imageName }) };
}

/** The repository that an action runs for. */
export interface Project {
  readonly config: Config;
  /** The images that this step handles. */
  readonly images: readonly ImageConfig[];
  readonly ci: CiFacts;
  /** Undefined if it is unknown: the workspace is in no repository, or git is not installed. */
  readonly checkout: CheckedOutCommit | undefined;
  /** The commit to compare with to find what changed. */
  readonly base: BaseCommit;
  /** The bake or Compose file as it was evaluated. Undefined: the configuration is neither. */
  readonly evaluated: EvaluatedConfig | undefined;
}

/**
 * Reads the configuration of the workspace and the facts of the run.
 *
 * @param single for `build`: the location of the Dockerfile in a repository without a configuration
 * @throws CodedError `config-missing`, `config-invalid`, `input-invalid`
 */
export async function openProject(
  { config: file, only, imageName, evaluatedConfig, withoutImages = false }: ProjectInputs,
  { env, workspace, clock, log, exec }: Runtime,
  single?: { readonly context?: string; readonly dockerfile?: string },
): Promise<Project> {
  const defaultName = imageName ?? basename(env.GITHUB_REPOSITORY ?? workspace);
  const { print, result } = await evaluation(
    evaluatedConfig === undefined ? undefined : resolve(workspace, evaluatedConfig),
    ({ files, folder }) => printBake({ exec }, files, join(workspace, folder), { env }),
  );
  const [config, found] = await waitForAll([
    loadConfig({ workspace, file, defaultName, single, printBake: print }),
    readCheckout({ exec, workspace }),
  ]);
  if (imageName === undefined) requireCheckout(config, workspace);
  if (config.images.length === 0 && !withoutImages)
    throw new CodedError('config-invalid', `${config.file} has no images. It is only for provision.`, {
      hint: 'Name an image under images, or set the input config to another file.',
    });
  log.info(`Configuration: ${config.file}`);
  for (const message of config.notices) log.annotate({ level: 'notice', message });
  const checkout = knownCheckout(found, log);
  const event = await readEvent(env.GITHUB_EVENT_PATH);
  const ci = ciFacts({ env, event, checkout, now: clock.now() });
  if (ci.otherRevision !== undefined)
    log.annotate({
      level: 'notice',
      message: `This run is for commit ${ci.otherRevision}, but ${ci.revision ?? ''} is checked out: version, tags and release describe the commit that is checked out.`,
    });
  return {
    config,
    images: selectImages(config, only),
    ci,
    checkout,
    base: baseCommit(env, event, checkout),
    evaluated: result(),
  };
}

function knownCheckout(
  checkout: Awaited<ReturnType<typeof readCheckout>>,
  log: Runtime['log'],
): CheckedOutCommit | undefined {
  if (checkout === undefined || 'commit' in checkout) return checkout;
  log.annotate({
    level: 'warning',
    message: `The commit that is checked out is unknown, so the commit of the run is used: ${checkout.unknown} ${checkout.hint}`,
  });
  return undefined;
}

/**
 * Requires a checkout if the repository has no configuration. Otherwise a step that does not build could look for an
 * image that does not exist, in a workspace with only a downloaded image set.
 *
 * @throws CodedError `config-missing`
 */
function requireCheckout({ isBare = false }: Config, workspace: string): void {
  const isCheckedOut = ['.git', 'Dockerfile'].some((name) => existsSync(join(workspace, name)));
  if (!isBare || isCheckedOut) return;
  throw new CodedError('config-missing', `There is no configuration and no checkout in ${workspace}.`, {
    hint: 'Run actions/checkout in a step before this one.',
  });
}

/** In bytes. Webhook payloads have at most 25 MB (GitHub Docs, "Webhook events and payloads"). */
const maxEvent = 25 * 2 ** 20;

async function readEvent(path: string | undefined): Promise<unknown> {
  if (path === undefined || path === '') return undefined;
  return JSON.parse(await readTextWithin(path, { code: 'input-invalid', maxBytes: maxEvent }));
}
