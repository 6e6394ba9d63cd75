import { forAll } from '@towpath/concurrency';
import { CodedError } from '@towpath/errors';
import { openFile, readFileWithin, type OpenOptions } from '@towpath/files';
import { digestOf, type Digest } from '@towpath/reference';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { jointSource } from './joint-source.ts';
import { blobsOf, parseManifest, type ImageIndex, type Manifest } from './manifest.ts';
import { ownChunks } from './owned-chunks.ts';
import { maxManifestBytes } from './limits.ts';
import type { ManifestDescriptor } from './reading-limits.ts';
import { readManifests, type ContentSource } from './survey.ts';

/** Bytes per read. Larger reads need fewer calls for a layer; this size still needs little memory. */
const chunkSize = 2 ** 19;

export interface LayoutOptions {
  /** Whether `blobs` may be a symbolic link, because the builds of one run share a folder. Default: false. */
  readonly linkedBlobs?: boolean;
}

/** An OCI image layout on disk (OCI image spec 1.1, image layout). */
export class Layout implements ContentSource {
  readonly folder: string;
  readonly #linkedBlobs: boolean;

  constructor(folder: string, { linkedBlobs = false }: LayoutOptions = {}) {
    this.folder = folder;
    this.#linkedBlobs = linkedBlobs;
  }

  /** @throws CodedError `image-set-invalid` if the folder is not a layout */
  async index(): Promise<ImageIndex> {
    const path = join(this.folder, 'index.json');
    const index = parseManifest(await this.#read(path), mediaTypes.ociIndex);
    if (index.kind === 'index') return index;
    throw torn(`${path} is not an image index.`);
  }

  /**
   * @throws CodedError `image-set-invalid` if the manifest is missing, or if its bytes have another size or
   * digest
   */
  async manifest({ digest, mediaType, size }: ManifestDescriptor): Promise<Manifest> {
    const bytes = await this.#read(this.blobPath(digest), size);
    if (digestOf(bytes) === digest) return parseManifest(bytes, mediaType);
    throw torn(`The bytes of ${digest} in ${this.folder} have another digest.`);
  }

  has({ digest }: Pick<Descriptor, 'digest'>): boolean {
    return existsSync(this.blobPath(digest));
  }

  /** @throws CodedError `image-set-invalid` if the blob is missing or has another size */
  async blob(descriptor: Descriptor): Promise<Readable> {
    return ownChunks((await this.open(descriptor)).createReadStream({ highWaterMark: chunkSize }));
  }

  /** @throws CodedError `image-set-invalid` if the content is missing or has another size */
  async open({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<FileHandle> {
    const file = await this.#open(this.blobPath(digest), `Blob ${digest} in ${this.folder}`);
    const found = (await file.stat()).size;
    if (found === size) return file;
    await file.close();
    throw torn(`Blob ${digest} in ${this.folder} has ${found} bytes instead of ${size}.`);
  }

  /** Writes a manifest or another small blob. Several writers may write the same one at the same time. */
  async put({ digest, text }: Pick<Manifest, 'digest' | 'text'>): Promise<void> {
    const path = this.blobPath(digest);
    const part = `${path}.${randomUUID()}`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(part, text);
    await rename(part, path);
  }

  /** Reads a file and returns its bytes. */
  async #read(path: string, expected?: number): Promise<Buffer> {
    await this.#requireNoLinks(path, path);
    const options = { ...refusal(path), maxBytes: maxManifestBytes };
    const bytes = await readFileWithin(path, options).catch(unreadable(path));
    if (expected === undefined || bytes.length === expected) return bytes;
    throw torn(`The bytes of ${path} have another digest: they are ${bytes.length} instead of ${expected}.`);
  }

  async #open(path: string, name: string): Promise<FileHandle> {
    await this.#requireNoLinks(path, name);
    return openFile(path, refusal(name)).catch(unreadable(name));
  }

  async #requireNoLinks(path: string, name: string): Promise<void> {
    if (this.#linkedBlobs) return;
    const links = await forAll(foldersTo(path, this.folder), (folder) =>
      lstat(folder).catch(() => undefined),
    );
    if (links.some((found) => found?.isSymbolicLink() === true))
      throw torn(`${name} cannot be read: it is behind a symbolic link.`);
  }

  blobPath(digest: Digest): string {
    return join(this.folder, 'blobs', ...digest.split(':'));
  }
}

/** Writes a layout. The layout is invalid until `close` writes its index. */
export class LayoutWriter {
  readonly #layout: Layout;

  constructor(folder: string, options?: LayoutOptions) {
    this.#layout = new Layout(folder, options);
  }

  /**
   * Moves an image from another layout into this one, with all its content. Files are moved, not copied.
   * Content that this layout already has is kept: images of one build share blobs, and equal images share all
   * of them.
   *
   * @throws CodedError `image-set-invalid` if content of the image is missing from both layouts or has
   * another size
   */
  async adopt(from: Layout, root: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<void> {
    const manifests = await readManifests(jointSource([this.#layout, from]), root);
    for (const blob of manifests.flatMap(blobsOf)) await this.#move(from, blob);
    for (const { digest, size } of manifests) await this.#move(from, { digest, size });
  }

  /** @param manifests the entries of the layout's index, each with its name as an annotation */
  async close(manifests: readonly Descriptor[]): Promise<void> {
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
    const { folder } = this.#layout;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await writeFile(join(folder, 'index.json.part'), JSON.stringify(index, undefined, 2));
    await rename(join(folder, 'index.json.part'), join(folder, 'index.json'));
  }

  async #move(from: Layout, blob: Pick<Descriptor, 'digest' | 'size'>): Promise<void> {
    const isHere = this.#layout.has(blob);
    await (await (isHere ? this.#layout : from).open(blob)).close();
    if (isHere) return;
    const target = this.#layout.blobPath(blob.digest);
    await mkdir(dirname(target), { recursive: true });
    await rename(from.blobPath(blob.digest), target);
  }
}

/** Returns the folders between the layout's folder and a path. */
function foldersTo(path: string, top: string): readonly string[] {
  const folder = dirname(path);
  return folder.length <= top.length ? [] : [...foldersTo(folder, top), folder];
}

const hint = 'The image set is incomplete or was edited. Build again, or transfer the whole folder.';

/** Returns how to reject a link. A layout may come from an untrusted source, so its files may not be links. */
function refusal(name: string): OpenOptions {
  return { code: 'image-set-invalid', name, followLink: false, hint };
}

function unreadable(name: string): (cause: unknown) => never {
  return (cause) => {
    throw cause instanceof CodedError ? cause : torn(`${name} cannot be read.`, cause);
  };
}

function torn(message: string, cause?: unknown): CodedError {
  return new CodedError('image-set-invalid', message, { hint, cause });
}
