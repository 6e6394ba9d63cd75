import * as z from 'zod';
import { parseJson } from './json.ts';
import { maxStatementBytes } from './limits.ts';
import type { Manifest } from './manifest.ts';
import { readBlob } from './read-blob.ts';
import type { ContentSource } from './survey.ts';

/** The artifact type under which BuildKit stores attestations (BuildKit docs, "Image attestation storage"). */
export const attestationType = 'application/vnd.docker.attestation.manifest.v1+json';

/** The annotation with which BuildKit marks the kind of a statement's layer. */
const predicateType = 'in-toto.io/predicate-type';

/** Prefix of all versions (SLSA, "Provenance"). */
const provenanceType = 'https://slsa.dev/provenance/';

/** SLSA version 1 names the builder in another field than earlier versions. */
const provenance = z.object({
  predicate: z.object({
    runDetails: z.object({ builder: z.object({ id: z.string() }) }).optional(),
    builder: z.object({ id: z.string() }).optional(),
  }),
});

/** Returns the kinds of the statements in a manifest. Without kinds, it returns the artifact type. */
export function statementKinds(manifest: Manifest): ReadonlySet<string> {
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  const kinds = layers.flatMap(({ annotations }) => annotations?.[predicateType] ?? []);
  return new Set(kinds.length === 0 ? [manifest.artifactType ?? manifest.mediaType] : kinds);
}

/**
 * Returns the builder that the provenance in a manifest names.
 *
 * @returns undefined if the manifest has no provenance, or one without a builder
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
