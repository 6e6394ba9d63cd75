import type { Digest } from '@towpath/reference';
import { link, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfExists, type DataFolder } from '../store/data-folder.ts';
import { Exclusive } from '../store/exclusive.ts';
import type { ImageRecord, RepositoryRecord } from './record.ts';
import { repositoryNotEmpty, repositoryNotFound } from './exceptions.ts';

const pullTimeAccuracy = 24 * 60 * 60 * 1000;

/** The account, which is the registry's id, and the region of a registry. */
export interface RegistryLocation {
  readonly account: string;
  readonly region: string;
}

/**
 * A repository with its record, manifests and layers. It is stored in a folder:
 *
 *     repository.json       the record; a folder without it is incomplete and ignored
 *     manifests/<hex>       a manifest; written before the record refers to it
 *     layers/<hex>          a layer; it exists once its file exists
 */
export class Repository {
  readonly location: RegistryLocation;
  /** The size of each layer in bytes. Configurations are layers, too. */
  readonly layers: ReadonlyMap<Digest, number>;
  readonly #layers: Map<Digest, number>;
  readonly #folder: string;
  readonly #data: DataFolder;
  readonly #exclusive = new Exclusive();
  #record: RepositoryRecord;
  #removed = false;

  private constructor(
    location: RegistryLocation,
    data: DataFolder,
    folder: string,
    record: RepositoryRecord,
    layers: Map<Digest, number>,
  ) {
    this.location = location;
    this.#data = data;
    this.#folder = folder;
    this.#record = record;
    this.#layers = layers;
    this.layers = layers;
  }

  static async create(
    location: RegistryLocation,
    data: DataFolder,
    folder: string,
    record: RepositoryRecord,
  ): Promise<Repository> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, 'manifests'), { recursive: true });
    await mkdir(join(folder, 'layers'));
    await data.sync(folder);
    await data.sync(join(folder, '..'));
    const repository = new Repository(location, data, folder, record, new Map());
    await repository.#write(record);
    return repository;
  }

  /** Loads a repository. Returns undefined if its creation or removal was interrupted. */
  static async load(
    location: RegistryLocation,
    data: DataFolder,
    folder: string,
  ): Promise<Repository | undefined> {
    const text = await readIfExists(recordFile(folder));
    if (text === undefined) return undefined;
    const layers = new Map<Digest, number>();
    for (const hex of await readdir(join(folder, 'layers'))) {
      layers.set(`sha256:${hex}` as Digest, (await stat(join(folder, 'layers', hex))).size);
    }
    return new Repository(location, data, folder, JSON.parse(text) as RepositoryRecord, layers);
  }

  get record(): RepositoryRecord {
    return this.#record;
  }

  get name(): string {
    return this.#record.name;
  }

  /**
   * Changes the record. Changes run one after the other, each on the result of the previous one. The new record becomes
   * visible once it is on disk.
   *
   * @param change returns the new record, or throws to change nothing
   * @throws Refusal RepositoryNotFoundException if the repository was removed meanwhile
   */
  async update(
    change: (record: RepositoryRecord) => RepositoryRecord | Promise<RepositoryRecord>,
  ): Promise<void> {
    await this.#runExclusively(async () => {
      const before = this.#record;
      const next = await change(before);
      if (next === before) return;
      await this.#write(next);
      this.#record = next;
      // After the record was written, but before the next change, which may add the same image again.
      const deleted = Object.keys(before.images).filter((digest) => !Object.hasOwn(next.images, digest));
      await Promise.all(deleted.map((digest) => rm(this.#manifestFile(digest as Digest))));
    });
  }

  /**
   * Records the time of a pull. ECR updates it once in 24 hours (ECR API, ImageDetail).
   *
   * @param now milliseconds since the epoch
   */
  async pulled(digest: Digest, now: number): Promise<void> {
    await this.updateImage(digest, (image) =>
      now - (image.pulledAt ?? -Infinity) < pullTimeAccuracy ? image : { ...image, pulledAt: now },
    );
  }

  /** Changes the record of an image, unless it was deleted meanwhile. */
  async updateImage(digest: Digest, change: (image: ImageRecord) => ImageRecord): Promise<void> {
    await this.update((record) => {
      const image = record.images[digest];
      const next = image === undefined ? undefined : change(image);
      if (next === undefined || next === image) return record;
      return { ...record, images: { ...record.images, [digest]: next } };
    });
  }

  async writeManifest(digest: Digest, bytes: Buffer): Promise<void> {
    await this.#data.write(this.#manifestFile(digest), bytes);
  }

  async readManifest(digest: Digest): Promise<Buffer> {
    return readFile(this.#manifestFile(digest));
  }

  layerFile(digest: Digest): string {
    return join(this.#folder, 'layers', hexOf(digest));
  }

  /**
   * Adds a layer by moving its file.
   *
   * @param temporary a synced file in the data folder with the layer's content
   * @throws Refusal RepositoryNotFoundException if the repository was removed meanwhile
   */
  async adoptLayer(digest: Digest, temporary: string): Promise<void> {
    await this.#runExclusively(async () => {
      await this.#data.adopt(temporary, this.layerFile(digest));
      this.#layers.set(digest, (await stat(this.layerFile(digest))).size);
    });
  }

  /** Adds a layer of another repository as a hard link, without copying it. */
  async shareLayer(digest: Digest, source: Repository): Promise<void> {
    const temporary = this.#data.temporaryFile();
    await link(source.layerFile(digest), temporary);
    await this.adoptLayer(digest, temporary);
  }

  /** Removes a layer. Images that contain it become incomplete. */
  async removeLayer(digest: Digest): Promise<void> {
    this.#layers.delete(digest);
    await rm(this.layerFile(digest));
  }

  /**
   * Removes everything, beginning with the record, so that a crash leaves only a folder that is ignored.
   *
   * @throws Refusal RepositoryNotEmptyException if it has images and `force` is false
   */
  async remove(force: boolean): Promise<void> {
    await this.#runExclusively(async () => {
      if (!force && Object.keys(this.#record.images).length > 0) {
        throw repositoryNotEmpty(this.name, this.location.account);
      }
      this.#removed = true;
      await rm(recordFile(this.#folder));
      await this.#data.sync(this.#folder);
      await rm(this.#folder, { recursive: true });
    });
  }

  /** Runs a task after all others. Fails if the repository was removed. */
  async #runExclusively(task: () => Promise<void>): Promise<void> {
    await this.#exclusive.run(async () => {
      if (this.#removed) throw repositoryNotFound(this.name, this.location.account);
      await task();
    });
  }

  async #write(record: RepositoryRecord): Promise<void> {
    await this.#data.write(recordFile(this.#folder), JSON.stringify(record));
  }

  #manifestFile(digest: Digest): string {
    return join(this.#folder, 'manifests', hexOf(digest));
  }
}

function recordFile(folder: string): string {
  return join(folder, 'repository.json');
}

function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
