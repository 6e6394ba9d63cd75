import type { Buildx, ResolvedImage } from '@towpath/buildx';
import type { Runtime } from '@towpath/flow';
import type { Session } from '@towpath/session';
import type { ImageSources } from './image-sources.ts';
import { readRegistries, type RegistryFacts, type RegistryQuestion } from './registry-facts.ts';
import { resolveBases, withDigests, type ImageNames } from './resolve-bases.ts';

/** The registries of the images that a build pulls, and the current digests of these images. */
export interface BaseFacts extends RegistryFacts {
  /** With the digests. */
  readonly sources: ImageSources;
  /** The images that Dockerfiles name, if they could be found, by name. */
  readonly resolved: ReadonlyMap<string, ResolvedImage>;
}

/**
 * Finds the registries of the images that a build pulls, logs in to them, and resolves the images that Dockerfiles name.
 *
 * @throws CodedError `credentials-missing`, unless the sources come from a fork, which cannot fix it
 */
export async function readBases(
  question: RegistryQuestion,
  names: ImageNames,
  { buildx, session }: { readonly buildx: Buildx; readonly session: Session },
  runtime: Runtime,
): Promise<BaseFacts> {
  const found = await readRegistries(question, session, runtime.log);
  const { docker } = question;
  const resolved = await resolveBases(names, found, { buildx, docker, session }, runtime);
  return { ...found, sources: withDigests(found.sources, resolved, names.frontends), resolved };
}
