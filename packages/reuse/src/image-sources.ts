import type { Endpoints } from '@towpath/oci';
import {
  formatReference,
  parseReference,
  throughCache,
  type Digest,
  type PullThroughCache,
  type Reference,
} from '@towpath/reference';

/** The caches, endpoints and digests that determine where an image is pulled from. */
export interface ImageSources {
  readonly caches: readonly PullThroughCache[];
  readonly endpoints: Endpoints;
  /** The digests of image names at the time of the lookup, if they could be resolved. Builds pull these digests. */
  readonly digests?: ReadonlyMap<string, Digest>;
  /** Frontends without support for named contexts, which Dockerfile 1.4 introduced. */
  readonly oldFrontends?: ReadonlySet<string>;
}

/** Returns whether a frontend supports named contexts, according to its labels (moby/buildkit, frontend/gateway). */
export function takesContexts(labels: Readonly<Record<string, string>>): boolean {
  return (labels['moby.buildkit.frontend.caps'] ?? '').split(',').includes('moby.buildkit.frontend.contexts');
}

/** Returns the reference of an image in its actual registry; undefined if the name is not a valid reference. */
export function sourceOf(image: string, { caches }: ImageSources): Reference | undefined {
  const reference = parseReference(image);
  return reference === undefined ? undefined : (throughCache(reference, caches) ?? reference);
}

/** BuildKit's default SBOM generator (moby/buildkit, frontend/attestations). */
const syft = 'docker/buildkit-syft-scanner:stable-1';

export function generatorOf({ generator = syft }: { readonly generator?: string }): string {
  return generator;
}

/** Returns the address to pull an image from; undefined if the image's own name is enough. */
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

/** The base images that are replaced by another address or by their digest, and those that cannot be. */
export interface Substitutes {
  /** Named contexts: image name in the Dockerfile → address. */
  readonly contexts: ReadonlyMap<string, string>;
  /** Images that a named context cannot replace, and why. */
  readonly hidden: ReadonlyMap<string, 'stage' | 'frontend'>;
}

/** The parts of a Dockerfile that decide whether named contexts can replace its base images. */
export interface NamingDockerfile {
  readonly baseImages: readonly string[];
  /** Stage names, in lower case. */
  readonly stages: ReadonlySet<string>;
  readonly frontend: { readonly image: string } | undefined;
}

/**
 * Returns named contexts for the base images whose address differs from their name.
 *
 * BuildKit also applies a named context to a stage of the same name (moby/buildkit, dockerfile2llb). For `FROM alpine
 * AS alpine` the context would replace all steps of the stage.
 */
export function substitutes(
  { baseImages, stages, frontend }: NamingDockerfile,
  sources: ImageSources,
): Substitutes {
  const isOld = sources.oldFrontends?.has(frontend?.image ?? '') === true;
  const contexts = new Map<string, string>();
  const hidden = new Map<string, 'stage' | 'frontend'>();
  for (const image of baseImages) {
    const address = pullAddress(image, sources);
    if (address === undefined) continue;
    if (isOld) hidden.set(image, 'frontend');
    else if (stages.has(shortName(image) ?? '')) hidden.set(image, 'stage');
    else contexts.set(image, address);
  }
  return { contexts, hidden };
}

/**
 * Returns the short name of an official Docker Hub image with the tag `latest`, because a stage may have the same
 * name.
 */
function shortName(image: string): string | undefined {
  const { host, repository = '', tag, digest } = parseReference(image) ?? {};
  const isShort = host === 'docker.io' && tag === 'latest' && digest === undefined;
  return isShort ? /^library\/(?<name>[^/]+)$/.exec(repository)?.groups?.name : undefined;
}
