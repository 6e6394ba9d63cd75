import { mediaTypes, type Descriptor } from '@towpath/oci';
import type { Account } from '@towpath/stage';
import { digestOf, type Digest } from '@towpath/reference';

/** An artifact to push beside an image, as cosign, oras or regctl would. */
export interface ArtifactDraft {
  /** The manifest that it is about, in its `subject`. Default: it has none, as in the tag scheme. */
  readonly subject?: Digest;
  readonly tag?: string;
  readonly artifactType?: string;
  /** The content of its layer. */
  readonly content: string;
  /** Annotations, each of a layer with the same content. cosign writes signatures there. Default: one layer without. */
  readonly annotations?: readonly Readonly<Record<string, string>>[];
}

/** Pushes an artifact and returns its descriptor. */
export async function attach(
  account: Account,
  repository: string,
  { subject, tag, artifactType = 'application/vnd.example.sbom', content, annotations = [{}] }: ArtifactDraft,
): Promise<Descriptor> {
  const layer = Buffer.from(content);
  const config = Buffer.from('{}');
  for (const blob of [layer, config]) await account.putBlob(repository, blob);
  const subjectBytes =
    subject === undefined ? undefined : Buffer.byteLength(await account.manifestText(repository, subject));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: annotations.map((own) => ({
      mediaType: 'application/vnd.example',
      digest: digestOf(layer),
      size: layer.length,
      annotations: own,
    })),
    ...(subject !== undefined && {
      subject: { mediaType: mediaTypes.ociManifest, digest: subject, size: subjectBytes },
    }),
  };
  return putDocument(account, repository, manifest, mediaTypes.ociManifest, tag);
}

/** Pushes an index under a tag, as the tag scheme for referrers has it. */
export async function putIndex(
  account: Account,
  repository: string,
  tag: string,
  manifests: readonly Descriptor[],
): Promise<Descriptor> {
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return putDocument(account, repository, index, mediaTypes.ociIndex, tag);
}

async function putDocument(
  account: Account,
  repository: string,
  document: object,
  mediaType: string,
  tag: string | undefined,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(document));
  await account.putManifest(repository, bytes, mediaType, tag);
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
