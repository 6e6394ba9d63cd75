import { insideWorkspace } from '@towpath/config';
import { requireWritable, removeFileInside, writeFileInside } from '@towpath/files';
import type { Annotation, Journal, Runtime } from '@towpath/flow';
import { formatReference, registryUri } from '@towpath/reference';
import { toTag } from '@towpath/tags';
import { basename, dirname, join } from 'node:path';
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
  'imageDetail.json',
  'towpath.auto.tfvars.json',
  'template-configuration.json',
  'towpath.values.json',
  'kustomize/kustomization.yaml',
] as const;

/** A file that a deployment tool reads. */
export interface DeploymentFile {
  /** Its path in the folder. */
  readonly name: (typeof fileNames)[number];
  /** Undefined if the file has no form for these images. */
  readonly text: string | undefined;
  /** Reasons why the tool would reject the file. Empty if there are none. */
  readonly refusals: readonly string[];
}

/**
 * Returns the files for deployment tools. An image in several registries is listed with the first.
 *
 * - `imagedefinitions.json`: the ECS action of CodePipeline (CodePipeline user guide, "Image definitions file
 * reference"); the container has the name of the image.
 * - `imageDetail.json`: its blue/green ECS action (ibidem). The file has room for one image, so it exists only for one.
 * - `towpath.auto.tfvars.json`: Terraform loads it automatically; the variable `towpath_images` is a map of objects.
 * - `template-configuration.json`: CodePipeline's CloudFormation action, and `aws cloudformation deploy
 * --parameter-overrides file://…` of AWS CLI version 2.
 * - `towpath.values.json`: values for a Helm chart. YAML includes JSON.
 * - `kustomize/kustomization.yaml`: a component for Kustomize, which finds it by this name only. It replaces the images
 * that have the names of the configuration.
 */
export function deploymentFiles(deployment: Deployment): readonly DeploymentFile[] {
  const images = deployedImages(deployment);
  const definitions = images.map(({ name, image }) => ({ name, imageUri: image }));
  const byName = Object.fromEntries(images.map(({ name, ...image }) => [name, image]));
  const [only, ...others] = images;
  return [
    {
      name: 'imagedefinitions.json',
      text: print(definitions),
      refusals: [...images.flatMap(refuseDefinition), ...refuseSize(print(definitions))],
    },
    {
      name: 'imageDetail.json',
      text: only === undefined || others.length > 0 ? undefined : print({ ImageURI: only.image }),
      refusals: others.length > 0 ? [] : images.flatMap(refuseImage),
    },
    { name: 'towpath.auto.tfvars.json', text: print({ towpath_images: byName }), refusals: [] },
    {
      name: 'template-configuration.json',
      text: print({ Parameters: parameters(deployment) }),
      refusals: [],
    },
    { name: 'towpath.values.json', text: print({ images: byName }), refusals: [] },
    { name: 'kustomize/kustomization.yaml', text: kustomization(images), refusals: [] },
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

/** Returns a Kustomize component. Every value is a quoted string: a name such as `1` would be a number. */
function kustomization(images: readonly DeployedImage[]): string {
  const entries = images.flatMap(({ name, repository, digest }) => [
    `  - name: ${JSON.stringify(name)}`,
    `    newName: ${JSON.stringify(repository)}`,
    `    digest: ${JSON.stringify(digest)}`,
  ]);
  const head = ['apiVersion: kustomize.config.k8s.io/v1alpha1', 'kind: Component', 'images:'];
  return `${[...head, ...entries].join('\n')}\n`;
}

/** Valid container names in ECS (ECS API, ContainerDefinition). Unlike image names, they cannot contain dots. */
const containerName = /^[A-Za-z0-9_-]{1,255}$/;

/** The maximum length of a container's image reference, in characters (ECS API, ContainerDefinition). */
const maxImageLength = 255;

/** In bytes (CodePipeline user guide, "Image definitions file reference": 100 KB). */
const maxDefinitionsSize = 100_000;

function refuseDefinition(image: DeployedImage): string[] {
  const { name } = image;
  return [
    ...(containerName.test(name)
      ? []
      : [`no container of ECS can be called ${name}: it takes letters, digits, - and _, 255 at most`]),
    ...refuseImage(image),
  ];
}

function refuseImage({ image }: DeployedImage): string[] {
  return image.length <= maxImageLength
    ? []
    : [`${image} is longer than the ${maxImageLength} characters that ECS takes`];
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
  const path = insideWorkspace(workspace, folder);
  const folders = Map.groupBy(fileNames, (name) => join(path, dirname(name)));
  for (const [one, names] of folders)
    await requireWritable(
      workspace,
      one,
      names.map((name) => basename(name)),
    );
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
    if (text === undefined || refusals.length > 0) {
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
