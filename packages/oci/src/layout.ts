import { CodedError } from '@towpath/errors';
import { digestOf, type Digest } from '@towpath/reference';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ContentSource } from './copy.ts';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { parseManifest, type ImageIndex, type Manifest } from './manifest.ts';

/** An OCI image layout on disk (OCI image spec 1.1, image layout). */
export class Layout implements ContentSource {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws CodedError `image-set-invalid` when the folder holds no layout */
  async index(): Promise<ImageIndex> {
    const index = parseManifest(await this.#read(join(this.folder, 'index.json')), mediaTypes.ociIndex);
    if (index.kind === 'index') return index;
    throw new CodedError('image-set-invalid', `${this.folder}/index.json is no image index.`);
  }

  /** @throws CodedError `image-set-invalid` when it is absent, or when its bytes have another digest */
  async manifest({ digest, mediaType }: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<Manifest> {
    const bytes = await this.#read(this.blobPath(digest));
    if (digestOf(bytes) !== digest) {
      throw new CodedError(
        'image-set-invalid',
        `The bytes of ${digest} in ${this.folder} have another digest.`,
      );
    }
    return parseManifest(bytes, mediaType);
  }

  /** @throws CodedError `image-set-invalid` when it is absent, or has another size */
  async blob({ digest, size }: Descriptor): Promise<Readable> {
    const path = this.blobPath(digest);
    const found = await sizeOf(path);
    if (found !== size) {
      const what = found === undefined ? 'is missing' : `has ${found} bytes instead of ${size}`;
      throw new CodedError('image-set-invalid', `Blob ${digest} ${what} in ${this.folder}.`, {
        hint: 'The image set is torn. Build again, or bring the whole folder over.',
      });
    }
    return createReadStream(path);
  }

  blobPath(digest: Digest): string {
    return join(this.folder, 'blobs', ...digest.split(':'));
  }

  async #read(path: string): Promise<Buffer> {
    try {
      return await readFile(path);
    } catch (cause) {
      throw new CodedError('image-set-invalid', `${path} cannot be read.`, {
        hint: 'The image set is torn. Build again, or bring the whole folder over.',
        cause,
      });
    }
  }
}

/** Writes a layout. Nothing of it counts before `close` has put its index in place. */
export class LayoutWriter {
  readonly #layout: Layout;

  constructor(folder: string) {
    this.#layout = new Layout(folder);
  }

  /** Takes over every blob that a manifest of another layout needs; they are moved, not copied. */
  async adopt(from: Layout, root: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<void> {
    const manifest = await from.manifest(root);
    if (manifest.kind === 'index') {
      for (const child of manifest.manifests) await this.adopt(from, child);
    } else {
      for (const { digest } of [manifest.config, ...manifest.layers]) await this.#move(from, digest);
    }
    await this.#move(from, manifest.digest);
  }

  /** @param manifests what the layout offers, each with its name as an annotation */
  async close(manifests: readonly Descriptor[]): Promise<void> {
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
    const { folder } = this.#layout;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await writeFile(join(folder, 'index.json.part'), JSON.stringify(index, undefined, 2));
    await rename(join(folder, 'index.json.part'), join(folder, 'index.json'));
  }

  async #move(from: Layout, digest: Digest): Promise<void> {
    const target = this.#layout.blobPath(digest);
    if ((await sizeOf(target)) !== undefined) return;
    await mkdir(join(target, '..'), { recursive: true });
    await rename(from.blobPath(digest), target);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
