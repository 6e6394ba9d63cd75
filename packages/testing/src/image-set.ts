import { writeImageSet, type BuiltImage } from '@towpath/image-set';
import { mediaTypes, type Descriptor } from '@towpath/oci';
import type { Digest } from '@towpath/reference';
import { putBlob, writeIndex } from '@towpath/setup/oci-layout';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { temporaryFolder } from './folder.ts';

/** An image that a test asks for. */
export interface ImageDraft {
  readonly name: string;
  /** By default linux/amd64: one platform makes a manifest, several make an index. */
  readonly platforms?: readonly string[];
  /** What its layers hold: other content, another digest. */
  readonly content?: string;
  /** What it was built from: by default the content. */
  readonly sources?: string;
  /** Instead of a hash of its sources. */
  readonly fingerprint?: string | undefined;
  /** The digests of its base images. */
  readonly bases?: BuiltImage['bases'];
  /** An index of an index of its platforms, one with an artifact beside them, or one whose descriptors name none. */
  readonly shape?: 'nested' | 'with-artifact' | 'without-platforms';
  /** Instructions for images that are based on it. */
  readonly onBuild?: readonly string[];
  /** What its own layer is, other than a layer that registries store. */
  readonly layer?: Pick<Descriptor, 'urls'> & { readonly mediaType?: string };
  /** Whether its platforms have something that attests what they are, and what that says. */
  readonly attested?: boolean | StatementDraft;
  /** Where it is, when nothing was built: the set has no blob of it. */
  readonly reused?: BuiltImage['reused'];
}

/** What a test has attested. */
export interface StatementDraft {
  /** The run that built, for provenance to name: of another run, other bytes. */
  readonly run?: string;
  /** By default provenance alone. */
  readonly predicates?: readonly string[];
}

const fingerprintKey = 'dev.towpath.fingerprint';

/**
 * Writes an image set as `build` leaves it, of real bytes with real digests.
 *
 * @param revision the commit that was built
 */
export async function makeImageSet(
  folder: string,
  drafts: readonly ImageDraft[],
  revision = 'c'.repeat(40),
): Promise<readonly BuiltImage[]> {
  mkdirSync(folder, { recursive: true });
  const built = drafts.map((draft) => {
    const { reused } = draft;
    return { ...makeImage(reused === undefined ? folder : temporaryFolder(), draft), reused };
  });
  const manifests = built.map(({ name, digest, mediaType, size }) => ({
    ...{ mediaType, digest, size },
    annotations: { 'org.opencontainers.image.ref.name': name },
  }));
  writeIndex(folder, manifests);
  await writeImageSet(folder, { schemaVersion: 1, source: { revision }, images: [...built] });
  return built;
}

function makeImage(folder: string, draft: ImageDraft): BuiltImage {
  const { name, platforms = ['linux/amd64'], content = name, sources = content } = draft;
  const { fingerprint = createHash('sha256').update(sources).digest('hex') } = draft;
  const annotations = { [fingerprintKey]: fingerprint };
  const several = platforms.length > 1;
  const children = platforms.map((platform) =>
    makeManifest(
      folder,
      platform,
      { content, layer: draft.layer, onBuild: draft.onBuild },
      several ? undefined : annotations,
    ),
  );
  const members = shaped(folder, draft.shape, children);
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: members, annotations };
  const root = several ? put(folder, mediaTypes.ociIndex, JSON.stringify(index)) : children[0];
  if (root === undefined) throw new Error('an image has a platform');
  return {
    name,
    digest: root.digest,
    mediaType: root.mediaType,
    size: root.size,
    bytes: root.size,
    platforms: Object.fromEntries(
      platforms.map((platform, index) => [platform, children[index]?.digest ?? root.digest]),
    ),
    fingerprint,
    bases: draft.bases,
    labels: {},
    attestations: attest(folder, children, draft.attested ?? false),
  };
}

function shaped(folder: string, shape: ImageDraft['shape'], children: readonly Descriptor[]) {
  if (shape === 'nested') {
    const inner = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: children };
    return [put(folder, mediaTypes.ociIndex, JSON.stringify(inner))];
  }
  if (shape === undefined) return children;
  if (shape === 'without-platforms') return children.map((child) => ({ ...child, platform: undefined }));
  const artifact = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.example.notes',
    config: put(folder, 'application/vnd.oci.empty.v1+json', '{}'),
    layers: [put(folder, 'text/plain', 'notes')],
  };
  return [...children, put(folder, mediaTypes.ociManifest, JSON.stringify(artifact))];
}

function makeManifest(
  folder: string,
  platform: string,
  { content, layer: kind, onBuild }: Pick<ImageDraft, 'content' | 'layer' | 'onBuild'>,
  annotations?: object,
): Descriptor {
  const [os = '', architecture = ''] = platform.split('/');
  const layer = put(folder, 'application/vnd.oci.image.layer.v1.tar', `${content ?? ''} for ${platform}`);
  const config = {
    ...{ os, architecture, rootfs: { type: 'layers', diff_ids: [layer.digest] } },
    ...(onBuild !== undefined && { config: { OnBuild: onBuild } }),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: put(folder, 'application/vnd.oci.image.config.v1+json', JSON.stringify(config)),
    layers: [put(folder, 'application/vnd.oci.image.layer.v1.tar', 'the base of all'), { ...layer, ...kind }],
    annotations,
  };
  return { ...put(folder, mediaTypes.ociManifest, JSON.stringify(manifest)), platform: { os, architecture } };
}

function attest(
  folder: string,
  children: readonly Descriptor[],
  attested: boolean | StatementDraft,
): BuiltImage['attestations'] {
  if (attested === false) return [];
  const said = attested === true ? {} : attested;
  return children.map((child) => attestPlatform(folder, child, said));
}

/** What BuildKit says about a platform, as a referrer of it. */
function attestPlatform(
  folder: string,
  { digest, mediaType, size }: Descriptor,
  { run, predicates = ['https://slsa.dev/provenance/v1'] }: StatementDraft,
): BuiltImage['attestations'][number] {
  const state = (predicateType: string) => {
    const predicate = { runDetails: { builder: { id: run ?? '' } } };
    const statement = JSON.stringify({ subject: digest, predicateType, predicate });
    const annotations = { 'in-toto.io/predicate-type': predicateType };
    return { ...put(folder, 'application/vnd.in-toto+json', statement), annotations };
  };
  const artifactType = 'application/vnd.docker.attestation.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: put(folder, 'application/vnd.oci.image.config.v1+json', '{"os":"unknown"}'),
    layers: predicates.map(state),
    subject: { mediaType, digest, size },
  };
  const root = put(folder, mediaTypes.ociManifest, JSON.stringify(manifest));
  return { digest: root.digest, mediaType: root.mediaType, size: root.size, artifactType, subject: digest };
}

function put(folder: string, mediaType: string, content: string): Descriptor {
  const { digest, size } = putBlob(folder, mediaType, Buffer.from(content));
  return { mediaType, digest: digest as Digest, size };
}
