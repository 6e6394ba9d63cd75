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
  /** Frontends that know no named contexts: BuildKit has them since Dockerfile 1.4. */
  readonly oldFrontends?: ReadonlySet<string>;
}

/** The label by which a frontend says what it can do (moby/buildkit, frontend/gateway). */
export function takesContexts(labels: Readonly<Record<string, string>>): boolean {
  return (labels['moby.buildkit.frontend.caps'] ?? '').split(',').includes('moby.buildkit.frontend.contexts');
}

/** Where an image comes from, by its registry's real name; undefined when it is no reference. */
export function sourceOf(image: string, { caches }: ImageSources): Reference | undefined {
  const reference = parseReference(image);
  return reference === undefined ? undefined : (throughCache(reference, caches) ?? reference);
}

/** The image that makes SBOMs where no other is named (moby/buildkit, frontend/attestations). */
const syft = 'docker/buildkit-syft-scanner:stable-1';

export function generatorOf({ generator = syft }: { readonly generator?: string }): string {
  return generator;
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
  /** Images that no context can stand for, and why. */
  readonly hidden: ReadonlyMap<string, 'stage' | 'frontend'>;
}

/** What of a Dockerfile decides whether contexts can stand for its images. */
export interface NamingDockerfile {
  readonly baseImages: readonly string[];
  /** Their names, in lower case. */
  readonly stages: ReadonlySet<string>;
  readonly frontend: { readonly image: string } | undefined;
}

/**
 * Named contexts for the base images that have another address than their names. BuildKit takes a context for a stage of
 * the same name, too (moby/buildkit, dockerfile2llb): of `FROM alpine AS alpine` the context would replace all steps.
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

/** The name of an image when it is so short that a stage may have it: of Docker Hub's own, the latest. */
function shortName(image: string): string | undefined {
  const { host, repository = '', tag, digest } = parseReference(image) ?? {};
  const isShort = host === 'docker.io' && tag === 'latest' && digest === undefined;
  return isShort ? /^library\/(?<name>[^/]+)$/.exec(repository)?.groups?.name : undefined;
}
