import { proxyBuildArgs } from '@towpath/build-args';
import type { Buildx, BuildRequest, DockerConfig, RegistryCredentials } from '@towpath/buildx';
import type { PlannedStep } from '@towpath/flow';
import { fingerprintAnnotation, type Source } from '@towpath/image-set';
import type { Endpoints } from '@towpath/oci';
import { formatPlatform, formatReference, parseReference, type Platform } from '@towpath/reference';
import { join } from 'node:path';
import type { BuildFacts, ImageFacts } from './facts.ts';
import type { BuildInputs } from './inputs.ts';

export interface PlannedBuild {
  readonly name: string;
  readonly platforms: readonly Platform[];
  readonly fingerprint: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly request: BuildRequest;
}

export interface BuildPlan {
  readonly builds: readonly PlannedBuild[];
  /** Private base images that cannot be had: then nothing is built. */
  readonly withheld: readonly string[];
  readonly buildx: Buildx;
  /** Values of the build args that are given by name. */
  readonly argValues: Readonly<Record<string, string>>;
  /** Docker's configuration, which lends itself with the credentials. */
  readonly docker: DockerConfig;
  readonly credentials: RegistryCredentials;
  readonly source: Source;
  readonly imageSet: string;
  /** Where the builds leave their layouts until the set is whole. */
  readonly workFolder: string;
}

export function plan(_inputs: BuildInputs, facts: BuildFacts): BuildPlan {
  const { images, builder, proxy, docker, credentials, withheld, source, imageSet, temp } = facts;
  const workFolder = join(temp, 'towpath-build');
  return {
    builds:
      withheld.length > 0
        ? []
        : images.map((image) => planBuild(image, facts, join(workFolder, image.image.name))),
    withheld,
    buildx: builder.buildx,
    argValues: proxyBuildArgs(proxy).values,
    docker,
    credentials,
    source,
    imageSet,
    workFolder,
  };
}

export function describe({ builds, imageSet }: BuildPlan): readonly PlannedStep[] {
  return builds.map(({ name, platforms, request }) => ({
    what: `build ${name} for ${platforms.map(formatPlatform).join(', ')} from ${request.dockerfile}`,
    why: `it becomes part of the image set in ${imageSet}`,
  }));
}

function planBuild(
  { image, context, dockerfile, platforms, args, baseImages, fingerprint }: ImageFacts,
  { builder, proxy, endpoints }: BuildFacts,
  output: string,
): PlannedBuild {
  const request: BuildRequest = {
    context,
    dockerfile,
    target: image.target,
    platforms,
    args,
    argNames: proxyBuildArgs(proxy).names.filter((name) => !args.has(name)),
    labels: image.labels,
    annotations: new Map([[fingerprintAnnotation, fingerprint]]),
    substitutes: substitutesFor(baseImages, endpoints),
    output,
    builder: builder.name,
  };
  return { name: image.name, platforms, fingerprint, labels: image.labels, request };
}

/** Base images whose registry is dialled elsewhere: the builder must be told, for it knows nothing of the mapping. */
function substitutesFor(images: readonly string[], endpoints: Endpoints): ReadonlyMap<string, string> {
  return new Map(
    images.flatMap((image) => {
      const reference = parseReference(image);
      const endpoint = reference === undefined ? undefined : endpoints.get(reference.host);
      if (reference === undefined || endpoint === undefined) return [];
      return [
        [
          image,
          formatReference({ ...reference, host: `${endpoint.host}${endpoint.pathname.replace(/\/$/, '')}` }),
        ],
      ];
    }),
  );
}
