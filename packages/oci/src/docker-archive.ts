import { formatReference, parseReference } from '@towpath/reference';
import { createTarPacker } from 'modern-tar';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import type { ImageManifest } from './manifest.ts';
import type { ContentSource } from './survey.ts';

/** A single-platform image and its name in Docker. */
export interface ArchivedImage {
  /** The name with its tag: `web:build`. */
  readonly name: string;
  readonly manifest: ImageManifest;
  readonly source: Pick<ContentSource, 'blob'>;
}

/** A file of an archive: its content and its size in bytes. */
interface Entry {
  readonly path: string;
  readonly size: number;
  readonly open: () => Promise<Readable>;
}

/**
 * Returns images as a stream for `docker load`, without copies on disk or in memory. Blobs that several
 * images share are included once. The format is that of `docker save` since Docker 25, a tar that is valid in
 * two ways. It is an archive that every Docker version reads (`manifest.json`; Docker image specification
 * 1.2). It is also an OCI layout, which a Docker with the containerd image store keeps byte for byte. The
 * stream fails if a blob cannot be read.
 */
export function dockerArchive(images: readonly ArchivedImage[]): Readable {
  const { readable, controller } = createTarPacker();
  const write = async (): Promise<void> => {
    for (const { path: name, size, open } of entriesOf(images))
      await pipeline(await open(), Writable.fromWeb(controller.add({ name, size, mtime: new Date(0) })));
    controller.finalize();
  };
  write().catch((error: unknown) => {
    controller.error(error);
  });
  return Readable.fromWeb(readable);
}

function entriesOf(images: readonly ArchivedImage[]): readonly Entry[] {
  const entries = [
    content('oci-layout', { imageLayoutVersion: '1.0.0' }),
    content('index.json', {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: images.map(describe),
    }),
    content(
      'manifest.json',
      images.map(({ name, manifest: { config, layers } }) => ({
        Config: pathOf(config),
        RepoTags: [name],
        Layers: layers.map(pathOf),
      })),
    ),
    ...images.flatMap(blobEntries),
  ];
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}

/**
 * Adds the two annotations from which containerd's image store and other tools read the name (docker save,
 * 25.0).
 */
function describe({ name, manifest: { mediaType, digest, size } }: ArchivedImage): Descriptor {
  const reference = parseReference(name);
  if (reference?.tag === undefined) throw new Error(`${name} is not a name and a tag`);
  const annotations = {
    'io.containerd.image.name': formatReference(reference),
    'org.opencontainers.image.ref.name': reference.tag,
  };
  return { mediaType, digest, size, annotations };
}

function blobEntries({ manifest, source }: ArchivedImage): readonly Entry[] {
  const { text, size, config, layers } = manifest;
  const blobs = [config, ...layers].map((blob) => ({
    path: pathOf(blob),
    size: blob.size,
    open: () => source.blob(blob),
  }));
  return [...blobs, { path: pathOf(manifest), size, open: () => streamOf(text) }];
}

function content(path: string, document: object): Entry {
  const text = JSON.stringify(document);
  return { path, size: Buffer.byteLength(text), open: () => streamOf(text) };
}

function streamOf(text: string): Promise<Readable> {
  return Promise.resolve(Readable.from([Buffer.from(text)]));
}

function pathOf({ digest }: Pick<Descriptor, 'digest'>): string {
  return ['blobs', ...digest.split(':')].join('/');
}
