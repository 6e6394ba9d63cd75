import { insideWorkspace } from '@towpath/config';
import { requireWritable, removeFileInside, writeFileInside } from '@towpath/files';
import type { Annotation, Journal, Runtime } from '@towpath/flow';
import { formatReference, registryUri } from '@towpath/reference';
import { toTag } from '@towpath/tags';
import { join } from 'node:path';
import type { Delivery } from './delivery.ts';

/** The images and the version, for the files that deployment tools read. */
export interface Deployment {
  /** `build` for an image that `publish` pushed. */
  readonly environment: string;
  readonly version: string;
  readonly deliveries: readonly Delivery[];
}

/**
 * Returns template parameters in the form of `sam deploy --parameter-overrides`. A SAM or CloudFormation template
 * combines them into a tag: `{Environment}-{DeploymentVersion}`. The values contain no shell metacharacters.
 */
export function parameterOverrides(deployment: Pick<Deployment, 'environment' | 'version'>): string {
  return Object.entries(parameters(deployment))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

const fileNames = [
  'imagedefinitions.json',
  'towpath.auto.tfvars.json',
  'template-configuration.json',
] as const;

/** A file that a deployment tool reads. */
export interface DeploymentFile {
  readonly name: (typeof fileNames)[number];
  readonly text: string;
  /** Reasons why the tool would reject the file. Empty if there are none. */
  readonly refusals: readonly string[];
}

/**
 * Returns the files for deployment tools. An image in several registries is listed with the first.
 *
 * - `imagedefinitions.json`: the ECS action of CodePipeline (CodePipeline user guide, "Image definitions file
 * reference"); the container has the name of the image.
 * - `towpath.auto.tfvars.json`: Terraform loads it automatically; the variable `towpath_images` is a map of objects.
 * - `template-configuration.json`: CodePipeline's CloudFormation action, and `aws cloudformation deploy
 * --parameter-overrides file://…` of AWS CLI version 2.
 */
export function deploymentFiles(deployment: Deployment): readonly DeploymentFile[] {
  const images = deployedImages(deployment);
  const definitions = images.map(({ name, image }) => ({ name, imageUri: image }));
  const variables = {
    towpath_images: Object.fromEntries(images.map(({ name, ...image }) => [name, image])),
  };
  return [
    {
      name: 'imagedefinitions.json',
      text: print(definitions),
      refusals: [...definitions.flatMap(refuseDefinition), ...refuseSize(print(definitions))],
    },
    { name: 'towpath.auto.tfvars.json', text: print(variables), refusals: [] },
    {
      name: 'template-configuration.json',
      text: print({ Parameters: parameters(deployment) }),
      refusals: [],
    },
  ];
}

interface DeployedImage {
  readonly name: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly image: string;
}

function deployedImages({ deliveries }: Deployment): readonly DeployedImage[] {
  return [...new Map(deliveries.toReversed().map((one) => [one.name, one])).values()]
    .reverse()
    .map(({ name, root: { digest }, moves, location: { registry, repository } }) => ({
      name,
      repository: `${registryUri(registry)}/${repository}`,
      tag: moves[0]?.tag ?? '',
      digest,
      image: formatReference({ host: registryUri(registry), repository, digest }),
    }));
}

/** Valid container names in ECS (ECS API, ContainerDefinition). Unlike image names, they cannot contain dots. */
const containerName = /^[A-Za-z0-9_-]{1,255}$/;

/** The maximum length of a container's image reference, in characters (ECS API, ContainerDefinition). */
const maxImageLength = 255;

/** In bytes (CodePipeline user guide, "Image definitions file reference": 100 KB). */
const maxDefinitionsSize = 100_000;

function refuseDefinition({ name, imageUri }: { name: string; imageUri: string }): string[] {
  return [
    ...(containerName.test(name)
      ? []
      : [`no container of ECS can be called ${name}: it takes letters, digits, - and _, 255 at most`]),
    ...(imageUri.length <= maxImageLength
      ? []
      : [`${imageUri} is longer than the ${maxImageLength} characters that ECS takes`]),
  ];
}

function refuseSize(text: string): string[] {
  const size = Buffer.byteLength(text);
  return size <= maxDefinitionsSize ? [] : [`it would have ${size} bytes, and CodePipeline reads 100 KB`];
}

function print(content: unknown): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** The folder for the deployment files. */
export interface DeploymentFolder {
  readonly workspace: string;
  /** The absolute path. */
  readonly path: string;
}

/**
 * Returns the folder of the input `deployment-files`, or undefined without the input. Checks that the files can be
 * written before anything is pushed.
 *
 * @throws CodedError `config-invalid` if the folder is outside the workspace
 * @throws CodedError `input-invalid` if the folder is in `.git`, or one of the files exists as a link, a folder or a
 * device
 */
export async function deploymentFolder(
  { deploymentFiles: folder }: { readonly deploymentFiles: string | undefined },
  { workspace }: Pick<Runtime, 'workspace'>,
): Promise<DeploymentFolder | undefined> {
  if (folder === undefined) return undefined;
  const path = await insideWorkspace(workspace, folder);
  await requireWritable(workspace, path, fileNames);
  return { workspace, path };
}

/**
 * Writes the deployment files, except those that their tools would reject.
 *
 * @throws CodedError `input-invalid` as {@link deploymentFolder} does
 */
export async function writeDeploymentFiles(
  folder: DeploymentFolder | undefined,
  deployment: Deployment,
  journal: Journal,
): Promise<void> {
  if (folder === undefined) return;
  for (const { name, text, refusals } of deploymentFiles(deployment)) {
    const path = join(folder.path, name);
    // Remove an older file, which would deploy other images.
    if (refusals.length > 0) {
      await removeFileInside(folder.workspace, path);
      continue;
    }
    await writeFileInside(folder.workspace, path, text);
    journal.wrote(`file ${path}`);
  }
}

/** Returns warnings that say why a requested file was not written. */
export function annotateDeploymentFiles(
  folder: DeploymentFolder | undefined,
  deployment: Deployment,
): Annotation[] {
  if (folder === undefined) return [];
  return deploymentFiles(deployment)
    .filter(({ refusals }) => refusals.length > 0)
    .map(({ name, refusals }) => ({
      level: 'warning',
      message: `${name} is not written: ${refusals.join('; ')}.`,
    }));
}

/** Returns the parameters, with the version in the form that tags use. */
function parameters({ environment, version }: Pick<Deployment, 'environment' | 'version'>): {
  readonly Environment: string;
  readonly DeploymentVersion: string;
} {
  return { Environment: environment, DeploymentVersion: toTag(version) };
}
