import { writeImageSet, type BuiltImage } from '@towpath/image-set';
import { mediaTypes, type Descriptor } from '@towpath/oci';
import type { Digest } from '@towpath/reference';
import { putBlob, writeIndex } from '@towpath/setup/oci-layout';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { temporaryFolder } from './folder.ts';

/** An image to create for a test. */
export interface ImageDraft {
  readonly name: string;
  /** Default: linux/amd64. With one platform the image is a manifest, with several it is an index. */
  readonly platforms?: readonly string[];
  /** The content of the layers, which determines the digest. */
  readonly content?: string;
  /** The sources that the image was built from. Default: the content. */
  readonly sources?: string;
  /** Default: a hash of the sources. */
  readonly fingerprint?: string | undefined;
  /** The contents of the layers below its own. Default: one layer that all images share, which the config does not list. */
  readonly below?: readonly string[];
  /** The digests of its base images. */
  readonly bases?: BuiltImage['bases'];
  /**
   * An unusual index: `nested` has an index in the index, `with-artifact` has an artifact next to the platforms, and
   * `without-platforms` has descriptors without a platform.
   */
  readonly shape?: 'nested' | 'with-artifact' | 'without-platforms';
  /** The ONBUILD instructions. */
  readonly onBuild?: readonly string[];
  /** The descriptor of the image's own layer, for a layer that is foreign or has another media type. */
  readonly layer?: Pick<Descriptor, 'urls'> & { readonly mediaType?: string };
  /** Whether the platforms have attestations, or the content of these attestations. */
  readonly attested?: boolean | StatementDraft;
  /** The published image that was reused. The set contains no blobs of it. */
  readonly reused?: BuiltImage['reused'];
}

/** The attestations of a platform. */
export interface StatementDraft {
  /** The run in the provenance. Another run gives other bytes. */
  readonly run?: string;
  /** The predicate types. Default: provenance only. */
  readonly predicates?: readonly string[];
}

const fingerprintKey = 'dev.towpath.fingerprint';

/**
 * Writes an image set as `build` does, with real bytes and real digests.
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
  const isIndex = platforms.length > 1;
  const children = platforms.map((platform) =>
    makeManifest(
      folder,
      platform,
      { content, layer: draft.layer, onBuild: draft.onBuild, below: draft.below },
      isIndex ? undefined : annotations,
    ),
  );
  const manifests = indexEntries(folder, draft.shape, children);
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests, annotations };
  const root = isIndex ? put(folder, mediaTypes.ociIndex, JSON.stringify(index)) : children[0];
  if (root === undefined) throw new Error('an image needs at least one platform');
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

function indexEntries(folder: string, shape: ImageDraft['shape'], children: readonly Descriptor[]) {
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
  { content, layer: overrides, onBuild, below }: Pick<ImageDraft, 'content' | 'layer' | 'onBuild' | 'below'>,
  annotations?: object,
): Descriptor {
  const [os = '', architecture = ''] = platform.split('/');
  const layer = put(folder, 'application/vnd.oci.image.layer.v1.tar', `${content ?? ''} for ${platform}`);
  const lower = (below ?? ['the base of all']).map((one) =>
    put(folder, 'application/vnd.oci.image.layer.v1.tar', one),
  );
  const listed = below === undefined ? [layer] : [...lower, layer];
  const config = {
    ...{ os, architecture, rootfs: { type: 'layers', diff_ids: listed.map(({ digest }) => digest) } },
    ...(onBuild !== undefined && { config: { OnBuild: onBuild } }),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: put(folder, 'application/vnd.oci.image.config.v1+json', JSON.stringify(config)),
    layers: [...lower, { ...layer, ...overrides }],
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
  const statements = attested === true ? {} : attested;
  return children.map((child) => attestPlatform(folder, child, statements));
}

/** Writes the attestations of a platform as a referrer, as BuildKit does. */
function attestPlatform(
  folder: string,
  { digest, mediaType, size }: Descriptor,
  { run, predicates = ['https://slsa.dev/provenance/v1'] }: StatementDraft,
): BuiltImage['attestations'][number] {
  const statementLayer = (predicateType: string) => {
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
    layers: predicates.map(statementLayer),
    subject: { mediaType, digest, size },
  };
  const root = put(folder, mediaTypes.ociManifest, JSON.stringify(manifest));
  return { digest: root.digest, mediaType: root.mediaType, size: root.size, artifactType, subject: digest };
}

function put(folder: string, mediaType: string, content: string): Descriptor {
  const { digest, size } = putBlob(folder, mediaType, Buffer.from(content));
  return { mediaType, digest: digest as Digest, size };
}
