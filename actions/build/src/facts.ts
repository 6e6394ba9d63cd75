import { proxyOf, type Proxy } from '@towpath/build-args';
import { fingerprint } from '@towpath/build-context';
import {
  findBuilder,
  readDockerConfig,
  type Builder,
  type DockerConfig,
  type RegistryCredentials,
} from '@towpath/buildx';
import { insideWorkspace, type ImageConfig } from '@towpath/config';
import { baseImages } from '@towpath/dockerfile';
import { CodedError, type Problem } from '@towpath/errors';
import type { Credentials } from '@towpath/ecr';
import type { Runtime } from '@towpath/flow';
import type { Source } from '@towpath/image-set';
import type { Endpoints } from '@towpath/oci';
import { openProject, Registries } from '@towpath/project';
import { parseEcrHost, parsePlatform, parseReference, type Platform } from '@towpath/reference';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildInputs } from './inputs.ts';

/** An image of the configuration, and what its files say. */
export interface ImageFacts {
  readonly image: ImageConfig;
  /** Absolute. */
  readonly context: string;
  readonly dockerfile: string;
  readonly platforms: readonly Platform[];
  readonly args: ReadonlyMap<string, string>;
  readonly baseImages: readonly string[];
  readonly fingerprint: string;
}

export interface BuildFacts {
  readonly images: readonly ImageFacts[];
  readonly builder: Builder;
  readonly proxy: Proxy;
  readonly endpoints: Endpoints;
  readonly docker: DockerConfig;
  /** For the hosts that base images are pulled from, as they are dialled. */
  readonly credentials: RegistryCredentials;
  /** Private base images that cannot be had, because the sources come from a fork. */
  readonly withheld: readonly string[];
  readonly source: Source;
  /** The folder to leave the image set in, and one beside it for what is under way. */
  readonly imageSet: string;
  readonly temp: string;
}

/** Reads the configuration, the Dockerfiles, the contexts, the builder and the environment. */
export async function facts(inputs: BuildInputs, runtime: Runtime): Promise<BuildFacts> {
  const { config, images, ci } = await openProject(inputs, runtime, inputs);
  const builder = await findBuilder(runtime, inputs.builder);
  const read = await readImages(images, inputs, builder, runtime.workspace, config.file);
  const registries = new Registries(runtime, inputs.region);
  return {
    images: read,
    builder,
    proxy: proxyOf(runtime.env),
    endpoints: registries.endpoints,
    docker: await readDockerConfig(runtime.env),
    ...(await baseCredentials(read, registries, ci.fromFork)),
    source: { repository: ci.repository, revision: ci.revision, ref: ci.ref, run: ci.run },
    imageSet: inputs.imageSet ?? join(runtime.temp, 'towpath'),
    temp: runtime.temp,
  };
}

/** @throws CodedError that lists the problems of all images */
async function readImages(
  images: readonly ImageConfig[],
  inputs: BuildInputs,
  builder: Builder,
  workspace: string,
  file: string,
): Promise<readonly ImageFacts[]> {
  const readings = await Promise.allSettled(
    images.map((image) => readImage(image, inputs, builder, workspace, file)),
  );
  const problems = readings.flatMap((reading) =>
    reading.status === 'rejected' ? problemsOf(reading.reason) : [],
  );
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images cannot be built as they are.`);
  return readings.flatMap((reading) => (reading.status === 'fulfilled' ? reading.value : []));
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof CodedError) return error.problems;
  throw error;
}

async function readImage(
  image: ImageConfig,
  inputs: BuildInputs,
  builder: Builder,
  workspace: string,
  file: string,
): Promise<ImageFacts> {
  const context = await insideWorkspace(workspace, image.context);
  const dockerfile = await insideWorkspace(workspace, image.dockerfile);
  const platforms = firstFilled(inputs.platforms, image.platforms, builderPlatform(builder));
  const args = new Map([...image.args, ...inputs.args]);
  const text = await readDockerfile(image, dockerfile, file);
  return {
    image,
    context,
    dockerfile,
    platforms,
    args,
    baseImages: baseImages(text, { args, platforms }),
    fingerprint: await fingerprint({ context, dockerfile, target: image.target, args, platforms }),
  };
}

async function readDockerfile(image: ImageConfig, path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CodedError(
      'dockerfile-missing',
      `Image ${image.name} has no Dockerfile: ${image.dockerfile} cannot be read.`,
      {
        hint: `${file} names it; paths are relative to the root of the repository.`,
        cause,
      },
    );
  }
}

/** The first of the builder's platforms is its own; the others it emulates. */
function builderPlatform({ platforms: [own = ''] }: Builder): readonly Platform[] {
  const platform = parsePlatform(own);
  return platform === undefined ? [] : [platform];
}

function firstFilled<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  return lists.find((list) => list.length > 0) ?? [];
}

/**
 * Logins for the ECR registries that base images are pulled from; public bases need none, and no AWS credentials.
 *
 * @throws CodedError `credentials-missing`, unless the sources come from a fork, which can do nothing about it
 */
async function baseCredentials(
  images: readonly ImageFacts[],
  registries: Registries,
  fromFork: boolean,
): Promise<Pick<BuildFacts, 'credentials' | 'withheld'>> {
  const bases = [...new Set(images.flatMap((image) => image.baseImages))];
  const hostOf = (image: string) => parseReference(image)?.host ?? '';
  const owned = bases.filter((image) => parseEcrHost(hostOf(image)) !== undefined);
  try {
    const logins = [...new Set(owned.map(hostOf))].map((host) => login(host, registries));
    return { credentials: new Map((await Promise.all(logins)).flat()), withheld: [] };
  } catch (error) {
    if (fromFork && error instanceof CodedError && error.code === 'credentials-missing') {
      return { credentials: new Map(), withheld: owned };
    }
    throw error;
  }
}

/** By the address that the builder dials. */
async function login(host: string, registries: Registries): Promise<[string, Credentials][]> {
  const credentials = await registries.login.credentials(host);
  return credentials === undefined ? [] : [[registries.endpoints.get(host)?.host ?? host, credentials]];
}
