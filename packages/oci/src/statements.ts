import * as z from 'zod';
import { parseJson } from './json.ts';
import { maxStatementBytes } from './limits.ts';
import type { Manifest } from './manifest.ts';
import { readBlob } from './read-blob.ts';
import type { ContentSource } from './survey.ts';

/** The artifact type under which BuildKit stores attestations (BuildKit docs, "Image attestation storage"). */
export const attestationType = 'application/vnd.docker.attestation.manifest.v1+json';

/** What BuildKit names the kind of a statement by, beside the layer that is the statement. */
const predicateType = 'in-toto.io/predicate-type';

/** Of all versions (SLSA, "Provenance"). */
const provenanceType = 'https://slsa.dev/provenance/';

/** SLSA names who built in one place in version 1, and in another before it. */
const provenance = z.object({
  predicate: z.object({
    runDetails: z.object({ builder: z.object({ id: z.string() }) }).optional(),
    builder: z.object({ id: z.string() }).optional(),
  }),
});

/** The kinds of the statements that a manifest holds; its artifact type where they have none. */
export function statementKinds(manifest: Manifest): ReadonlySet<string> {
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  const kinds = layers.flatMap(({ annotations }) => annotations?.[predicateType] ?? []);
  return new Set(kinds.length === 0 ? [manifest.artifactType ?? manifest.mediaType] : kinds);
}

/**
 * Who says to have built, as the provenance in a manifest has it.
 *
 * @returns undefined when the manifest holds no provenance, or one that names nobody
 */
export async function builderOf(
  manifest: Manifest,
  source: Pick<ContentSource, 'blob'>,
): Promise<string | undefined> {
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  const layer = layers.find(({ annotations }) => annotations?.[predicateType]?.startsWith(provenanceType));
  if (layer === undefined) return undefined;
  const { success, data } = provenance.safeParse(
    parseJson(await readBlob(source, layer, maxStatementBytes, manifest.digest)),
  );
  if (!success) return undefined;
  const { runDetails, builder } = data.predicate;
  return (runDetails?.builder ?? builder)?.id;
}
