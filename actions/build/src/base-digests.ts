import { resolveDigest, withRegistryCredentials, type Buildx, type DockerConfig } from '@towpath/buildx';
import type { Runtime } from '@towpath/flow';
import { parseReference } from '@towpath/reference';
import { pullAddress } from './image-sources.ts';
import type { RegistryFacts } from './registry-facts.ts';

/**
 * What the images that Dockerfiles name are now. One that cannot be asked for is left out: the builder may have it all
 * the same, and what it cannot have it tells of itself.
 */
export async function baseDigests(
  names: ReadonlySet<string>,
  { sources, credentials, withheld }: RegistryFacts,
  tools: { readonly buildx: Buildx; readonly docker: DockerConfig },
  runtime: Runtime,
): Promise<ReadonlyMap<string, string>> {
  if (withheld.length > 0) return new Map();
  const { buildx, docker } = tools;
  return withRegistryCredentials(credentials, docker, runtime, async (env) => {
    const found = [...names].map(async (name): Promise<[string, string][]> => {
      const written = parseReference(name)?.digest;
      const digest =
        written ?? (await resolveDigest(runtime, buildx, pullAddress(name, sources) ?? name, env));
      if (digest === undefined) runtime.log.debug(`The digest of ${name} cannot be found out.`);
      return digest === undefined ? [] : [[name, digest]];
    });
    return new Map((await Promise.all(found)).flat());
  });
}
