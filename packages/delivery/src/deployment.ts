import { insideWorkspace } from '@towpath/config';
import { requireWritable, removeFileInside, writeFileInside } from '@towpath/files';
import type { Annotation, Journal, Runtime } from '@towpath/flow';
import { formatReference, registryUri } from '@towpath/reference';
import { toTag } from '@towpath/tags';
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
 * as `sam deploy --parameter-overrides` takes them. Nothing in them means anything to a shell.
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

/** A file for those who deploy. */
export interface DeploymentFile {
  readonly name: (typeof fileNames)[number];
  readonly text: string;
  /** What its reader would refuse in it; empty: nothing. */
  readonly refusals: readonly string[];
}

/**
 * Files that the next tool reads. An image that goes to several registries is there from the first.
 *
 * - `imagedefinitions.json`: the ECS action of CodePipeline (CodePipeline user guide, "Image definitions file
 *   reference"); a container is called as its image.
 * - `towpath.auto.tfvars.json`: Terraform reads it by its name; the variable `towpath_images` is a map of objects.
 * - `template-configuration.json`: CodePipeline's CloudFormation action, and
 *   `aws cloudformation deploy --parameter-overrides file://…` of the AWS CLI's version 2.
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

/** What ECS lets a container be called (ECS API, ContainerDefinition): no dots, which an image may have. */
const containerName = /^[A-Za-z0-9_-]{1,255}$/;

/** Characters of a container's image (ECS API, ContainerDefinition). */
const maxImageLength = 255;

/** Bytes (CodePipeline user guide, "Image definitions file reference": 100 KB). */
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

/** The folder of the deployment files. */
export interface DeploymentFolder {
  readonly workspace: string;
  /** The absolute path. */
  readonly path: string;
}

/**
 * The folder that input `deployment-files` names; undefined without the input. Checks before anything is pushed that
 * the files can be written.
 *
 * @throws CodedError `config-invalid` if the folder is outside of the workspace, `input-invalid` if it is in `.git`, or
 *   if one of the files exists as a link, a folder or a device
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
 * Writes the deployment files, except those that their readers would refuse.
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
    // An older file would deploy other images.
    if (refusals.length > 0) {
      await removeFileInside(folder.workspace, path);
      continue;
    }
    await writeFileInside(folder.workspace, path, text);
    journal.wrote(`file ${path}`);
  }
}

/** Says why a file that was asked for is not written. */
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

/** The version as it reads in a tag: a template puts the two together. */
function parameters({ environment, version }: Pick<Deployment, 'environment' | 'version'>): {
  readonly Environment: string;
  readonly DeploymentVersion: string;
} {
  return { Environment: environment, DeploymentVersion: toTag(version) };
}
