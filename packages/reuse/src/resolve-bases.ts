import { resolveImage, type Buildx, type ResolvedImage } from '@towpath/buildx';
import { forAll } from '@towpath/concurrency';
import { withRegistryCredentials, type DockerConfig } from '@towpath/docker';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { configuredPlatform } from '@towpath/oci';
import { formatReference, parseEcrHost, parseReference, type Reference } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { pullAddress, sourceOf, takesContexts, type ImageSources } from './image-sources.ts';
import type { RegistryFacts } from './registry-facts.ts';

/** The clients that resolve image names to digests. */
interface Resolvers {
  readonly buildx: Buildx;
  /** The Docker configuration whose logins buildx uses. */
  readonly docker: DockerConfig;
  readonly session: Session;
}

/** The image names that Dockerfiles contain. */
export interface ImageNames {
  readonly names: ReadonlySet<string>;
  /** The names that are used as Dockerfile frontends. Their labels declare the supported features. */
  readonly frontends: ReadonlySet<string>;
}

/**
 * Resolves the images that Dockerfiles name to their current digests, with the labels of frontends. Images that
 * cannot be resolved are omitted: the builder may have them locally, and reports the error otherwise.
 */
export async function resolveBases(
  { names, frontends }: ImageNames,
  facts: RegistryFacts,
  resolvers: Resolvers,
  runtime: Runtime,
): Promise<ReadonlyMap<string, ResolvedImage>> {
  const { credentials, withheld } = facts;
  if (withheld.length > 0) return new Map();
  return withRegistryCredentials(credentials, resolvers.docker, runtime, async (env) => {
    const found = await forAll(bySpelling(names), async (spellings) => {
      const [first = ''] = spellings;
      const isFrontend = spellings.some((name) => frontends.has(name));
      const image = await resolve(first, isFrontend, facts, resolvers, { ...runtime, env });
      if (!('reason' in image)) return spellings.map((name) => [name, image] as const);
      runtime.log.info(
        `Image ${first}: its digest is unknown (${image.reason}). The builder uses its own copy or pulls the image, and images built from it are never reused.`,
      );
      return [];
    });
    return new Map(found.flat());
  });
}

/** Returns the sources with the resolved digests and the frontends that do not support named contexts. */
export function withDigests(
  sources: ImageSources,
  resolved: ReadonlyMap<string, ResolvedImage>,
  frontends: ReadonlySet<string>,
): ImageSources {
  const isOld = (name: string) => {
    const labels = resolved.get(name)?.labels;
    return labels !== undefined && !takesContexts(labels);
  };
  return {
    ...sources,
    digests: new Map([...resolved].map(([name, { digest }]) => [name, digest])),
    oldFrontends: new Set([...frontends].filter(isOld)),
  };
}

/** Resolves one image. Registries with a known login are queried directly: buildx takes several times as long. */
async function resolve(
  name: string,
  isFrontend: boolean,
  { sources, credentials }: RegistryFacts,
  { buildx, session }: Resolvers,
  runtime: Pick<Runtime, 'exec' | 'env'>,
): Promise<ResolvedImage | { readonly reason: string }> {
  const digest = parseReference(name)?.digest;
  if (digest !== undefined && !isFrontend) return { digest };
  const source = sourceOf(name, sources);
  const host = source && (sources.endpoints.get(source.host)?.host ?? source.host);
  if (!isFrontend && source !== undefined && host !== undefined && credentials.has(host))
    return ask(source, session);
  const image = await resolveImage(runtime, buildx, pullAddress(name, sources) ?? name, runtime.env);
  return 'reason' in image && digest !== undefined ? { digest } : image;
}

async function ask(
  { host, repository, tag = 'latest' }: Reference,
  session: Session,
): Promise<ResolvedImage | { readonly reason: string }> {
  const registry = parseEcrHost(host);
  if (registry === undefined) return { reason: `${host} is not an ECR registry` };
  try {
    const remote = session.remote(registry, repository);
    const manifest = await remote.find(tag);
    if (manifest === undefined) return { reason: `${host}/${repository} has no image ${tag}` };
    const platform = manifest.kind === 'image' ? await configuredPlatform(remote, manifest) : undefined;
    return { digest: manifest.digest, ...(platform !== undefined && { platform }) };
  } catch (error) {
    if (error instanceof CodedError) return { reason: error.message };
    throw error;
  }
}

/**
 * Groups the names that refer to the same image. Each image is resolved once, because a tag may move between two
 * requests.
 */
function bySpelling(names: ReadonlySet<string>): readonly (readonly string[])[] {
  const full = (reference: Reference | undefined, name: string) =>
    reference === undefined ? name : formatReference(reference);
  return [...Map.groupBy(names, (name) => full(parseReference(name), name)).values()];
}
