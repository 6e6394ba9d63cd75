import { formatReference, parseReference } from '@towpath/reference';
import { createTarPacker } from 'modern-tar';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import type { ImageManifest } from './manifest.ts';
import type { ContentSource } from './survey.ts';

/** An image of one platform, and the name that it gets in Docker. */
export interface ArchivedImage {
  /** As people write it, with its tag: `web:build`. */
  readonly name: string;
  readonly manifest: ImageManifest;
  readonly source: Pick<ContentSource, 'blob'>;
}

/** A file of an archive: its bytes, and how many they are. */
interface Entry {
  readonly path: string;
  readonly size: number;
  readonly open: () => Promise<Readable>;
}

/**
 * Images as `docker load` takes them, as a stream: nothing is kept on the disk or in memory, and what several images
 * share is in it once. It is what `docker save` writes since Docker 25, a tar that can be read in two ways: as the
 * archive that every Docker knows (`manifest.json`; Docker image specification 1.2), and as an OCI layout, which a
 * Docker with containerd's store keeps byte for byte. The stream fails when a blob cannot be read.
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

/** The two annotations by which containerd's store and others name an image (docker save, 25.0). */
function describe({ name, manifest: { mediaType, digest, size } }: ArchivedImage): Descriptor {
  const reference = parseReference(name);
  if (reference?.tag === undefined) throw new Error(`${name} is no name and tag`);
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
