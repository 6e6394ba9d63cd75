import { insideWorkspace } from '@towpath/config';
import type { Journal, Runtime } from '@towpath/flow';
import { formatReference, registryUri } from '@towpath/reference';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Delivery } from './delivery.ts';

/** What is deployed, as the tools that deploy ask for it. */
export interface Deployment {
  /** `build` for what `publish` has left. */
  readonly environment: string;
  readonly version: string;
  readonly deliveries: readonly Delivery[];
}

/**
 * The parameters of a SAM or CloudFormation template that makes a tag of them, `{Environment}-{DeploymentVersion}`,
 * as `sam deploy --parameter-overrides` takes them.
 */
export function parameterOverrides(deployment: Pick<Deployment, 'environment' | 'version'>): string {
  return Object.entries(parameters(deployment))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/**
 * Files that the next tool reads, by name. An image that goes to several registries is there from the first.
 *
 * - `imagedefinitions.json`: the ECS action of CodePipeline (CodePipeline user guide, "Image definitions file
 *   reference"); a container is called as its image.
 * - `towpath.auto.tfvars.json`: Terraform reads it by its name; the variable `towpath_images` is a map of objects.
 * - `template-configuration.json`: CodePipeline's CloudFormation action, and
 *   `aws cloudformation deploy --parameter-overrides file://…`.
 */
export function deploymentFiles(deployment: Deployment): Readonly<Record<string, unknown>> {
  const images = [...new Map(deployment.deliveries.toReversed().map((one) => [one.name, one])).values()]
    .reverse()
    .map(({ name, root: { digest }, moves, location: { registry, repository } }) => ({
      name,
      repository: `${registryUri(registry)}/${repository}`,
      tag: moves[0]?.tag ?? '',
      digest,
      image: formatReference({ host: registryUri(registry), repository, digest }),
    }));
  return {
    'imagedefinitions.json': images.map(({ name, image }) => ({ name, imageUri: image })),
    'towpath.auto.tfvars.json': {
      towpath_images: Object.fromEntries(images.map(({ name, ...image }) => [name, image])),
    },
    'template-configuration.json': { Parameters: parameters(deployment) },
  };
}

/**
 * The folder for the files of those who deploy, absolute; undefined where nobody asked for them.
 *
 * @throws CodedError `config-invalid` when it is outside of the workspace
 */
export async function deploymentFolder(
  { deploymentFiles: folder }: { readonly deploymentFiles: string | undefined },
  { workspace }: Pick<Runtime, 'workspace'>,
): Promise<string | undefined> {
  return folder === undefined ? undefined : insideWorkspace(workspace, folder);
}

/** Writes the files for those who deploy. */
export async function writeDeploymentFiles(
  folder: string | undefined,
  deployment: Deployment,
  journal: Journal,
): Promise<void> {
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(deploymentFiles(deployment))) {
    await writeFile(join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
    journal.wrote(`file ${join(folder, name)}`);
  }
}

function parameters({ environment, version }: Pick<Deployment, 'environment' | 'version'>): {
  readonly Environment: string;
  readonly DeploymentVersion: string;
} {
  return { Environment: environment, DeploymentVersion: version };
}
