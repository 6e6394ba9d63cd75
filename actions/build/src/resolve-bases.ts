import {
  resolveImage,
  withRegistryCredentials,
  type Buildx,
  type DockerConfig,
  type ResolvedImage,
} from '@towpath/buildx';
import type { Runtime } from '@towpath/flow';
import { formatReference, parseReference, type Reference } from '@towpath/reference';
import { pullAddress } from './image-sources.ts';
import type { RegistryFacts } from './registry-facts.ts';

/**
 * What the images that Dockerfiles name are now. One that cannot be asked for is left out: the builder may have it all
 * the same, and what it cannot have it tells of itself.
 */
export async function resolveBases(
  names: ReadonlySet<string>,
  { sources, credentials, withheld }: RegistryFacts,
  tools: { readonly buildx: Buildx; readonly docker: DockerConfig },
  runtime: Runtime,
): Promise<ReadonlyMap<string, ResolvedImage>> {
  if (withheld.length > 0) return new Map();
  const { buildx, docker } = tools;
  const spellings = bySpelling(names);
  return withRegistryCredentials(credentials, docker, runtime, async (env) => {
    const found = spellings.map(async ([first = '', ...others]): Promise<[string, ResolvedImage][]> => {
      const digest = parseReference(first)?.digest;
      const address = pullAddress(first, sources) ?? first;
      const image = digest === undefined ? await resolveImage(runtime, buildx, address, env) : { digest };
      if (image === undefined)
        runtime.log.info(
          `Base image ${first}: its digest cannot be found out. It is whatever the builder has or pulls, and what is built from it is never reused.`,
        );
      return image === undefined ? [] : [first, ...others].map((name) => [name, image]);
    });
    return new Map((await Promise.all(found)).flat());
  });
}

/** The names of one image, together: it is asked for once, for a tag may move between two questions. */
function bySpelling(names: ReadonlySet<string>): readonly (readonly string[])[] {
  const full = (reference: Reference | undefined, name: string) =>
    reference === undefined ? name : formatReference(reference);
  return [...Map.groupBy(names, (name) => full(parseReference(name), name)).values()];
}
