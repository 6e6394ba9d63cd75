import { isDigest, type Digest } from '@towpath/reference';
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

/** An input of a build. */
export interface Material {
  /** E.g. `pkg:docker/node@22?platform=linux%2Famd64`. */
  readonly uri: string;
  readonly digest: Digest;
}

const material = z.object({ uri: z.string().max(4096), digest: z.object({ sha256: z.string().length(64) }) });
const materialList = z.array(material.optional().catch(undefined)).max(10_000).optional();

/** SLSA version 1 names the materials in another field than earlier versions. */
const materials = z.object({
  predicate: z.object({
    buildDefinition: z.object({ resolvedDependencies: materialList }).optional(),
    materials: materialList,
  }),
});

/** Returns the images and sources that the provenance in a manifest lists. It is a claim of the builder. */
export async function materialsOf(
  manifest: Manifest,
  source: Pick<ContentSource, 'blob'>,
): Promise<readonly Material[]> {
  const { success, data } = materials.safeParse(await readProvenance(manifest, source));
  if (!success) return [];
  const { buildDefinition, materials: earlier } = data.predicate;
  return (buildDefinition?.resolvedDependencies ?? earlier ?? []).flatMap((one) => {
    const digest = `sha256:${one?.digest.sha256 ?? ''}`;
    return one !== undefined && isDigest(digest) ? [{ uri: one.uri, digest }] : [];
  });
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
  const { success, data } = provenance.safeParse(await readProvenance(manifest, source));
  if (!success) return undefined;
  const { runDetails, builder } = data.predicate;
  return (runDetails?.builder ?? builder)?.id;
}

async function readProvenance(manifest: Manifest, source: Pick<ContentSource, 'blob'>): Promise<unknown> {
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  const layer = layers.find(({ annotations }) => annotations?.[predicateType]?.startsWith(provenanceType));
  if (layer === undefined) return undefined;
  return parseJson(await readBlob(source, layer, maxStatementBytes, manifest.digest));
}
