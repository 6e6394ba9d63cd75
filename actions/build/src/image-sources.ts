import type { Endpoints } from '@towpath/oci';
import {
  formatReference,
  parseReference,
  throughCache,
  type Digest,
  type PullThroughCache,
  type Reference,
} from '@towpath/reference';

/** What stands between an image's name and the place that it is pulled from. */
export interface ImageSources {
  readonly caches: readonly PullThroughCache[];
  readonly endpoints: Endpoints;
  /** What the names of images stood for when they were looked up, as far as they could be: these are pulled. */
  readonly digests?: ReadonlyMap<string, Digest>;
}

/** Where an image comes from, by its registry's real name; undefined when it is no reference. */
export function sourceOf(image: string, { caches }: ImageSources): Reference | undefined {
  const reference = parseReference(image);
  return reference === undefined ? undefined : (throughCache(reference, caches) ?? reference);
}

/** The address that an image is pulled from; undefined when the builder finds it by the image's own name. */
export function pullAddress(image: string, sources: ImageSources): string | undefined {
  const reference = parseReference(image);
  const source = sourceOf(image, sources);
  if (reference === undefined || source === undefined) return undefined;
  const digest = reference.digest ?? sources.digests?.get(image);
  const endpoint = sources.endpoints.get(source.host);
  const isElsewhere = endpoint !== undefined || source.host !== reference.host;
  if (!isElsewhere && digest === reference.digest) return undefined;
  const host =
    endpoint === undefined ? source.host : `${endpoint.host}${endpoint.pathname.replace(/\/$/, '')}`;
  return formatReference({ ...source, host, digest });
}

/** What the builder is told of base images that are pulled from elsewhere, or by what their names stood for. */
export interface Substitutes {
  /** Named contexts: image as the Dockerfile names it → address. */
  readonly contexts: ReadonlyMap<string, string>;
  /** Images that no context can stand for. */
  readonly hidden: readonly string[];
}

/**
 * Named contexts for the base images that have another address than their names. BuildKit takes a context for a stage of the same
 * name, too (moby/buildkit, dockerfile2llb): of `FROM alpine AS alpine` the context would replace all steps.
 *
 * @param stages their names, in lower case
 */
export function substitutes(
  images: readonly string[],
  stages: ReadonlySet<string>,
  sources: ImageSources,
): Substitutes {
  const moved = images.flatMap((image) => {
    const address = pullAddress(image, sources);
    return address === undefined ? [] : [[image, address] as const];
  });
  const isHidden = (image: string) => stages.has(shortName(image) ?? '');
  return {
    contexts: new Map(moved.filter(([image]) => !isHidden(image))),
    hidden: moved.flatMap(([image]) => (isHidden(image) ? [image] : [])),
  };
}

/** The name of an image when it is so short that a stage may have it: of Docker Hub's own, the latest. */
function shortName(image: string): string | undefined {
  const { host, repository = '', tag, digest } = parseReference(image) ?? {};
  const isShort = host === 'docker.io' && tag === 'latest' && digest === undefined;
  return isShort ? /^library\/(?<name>[^/]+)$/.exec(repository)?.groups?.name : undefined;
}
