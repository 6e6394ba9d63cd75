import type { Digest } from '@towpath/reference';
import { link, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfExists, syncFolder, type DataFolder } from '../store/data-folder.ts';
import { Exclusive } from '../store/exclusive.ts';
import type { ImageRecord, RepositoryRecord } from './record.ts';
import { repositoryNotEmpty, repositoryNotFound } from './exceptions.ts';

const pullTimeAccuracy = 24 * 60 * 60 * 1000;

/** Where a repository is: the account is the registry's id. */
export interface RegistryLocation {
  readonly account: string;
  readonly region: string;
}

/**
 * A repository: a record, the bytes of its manifests, and its layers. On the disk it is a folder:
 *
 *     repository.json       the record; without it there is no repository
 *     manifests/<hex>       exists before the record names it
 *     layers/<hex>          a layer is in the repository when its file is
 */
export class Repository {
  readonly location: RegistryLocation;
  /** Size in bytes of each layer. A configuration is a layer like any other. */
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
    await syncFolder(folder);
    await syncFolder(join(folder, '..'));
    const repository = new Repository(location, data, folder, record, new Map());
    await repository.#write(record);
    return repository;
  }

  /** The repository in the folder, or undefined when its creation or its removal was cut short. */
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
   * Changes the record; one change at a time, each from what the one before left. Nobody sees the new record
   * before it is on the disk.
   *
   * @param change throws to leave everything as it is
   * @throws Refusal RepositoryNotFoundException when the repository was removed meanwhile
   */
  async update(
    change: (record: RepositoryRecord) => RepositoryRecord | Promise<RepositoryRecord>,
  ): Promise<void> {
    await this.#alone(async () => {
      const before = this.#record;
      const next = await change(before);
      if (next === before) return;
      await this.#write(next);
      this.#record = next;
      // Only now, and before the next change: the same image may be on its way back.
      const gone = Object.keys(before.images).filter((digest) => !Object.hasOwn(next.images, digest));
      await Promise.all(gone.map((digest) => rm(this.#manifestFile(digest as Digest))));
    });
  }

  /**
   * Notes that an image was pulled. ECR refreshes the time once in 24 hours (ECR API, ImageDetail).
   *
   * @param now milliseconds since the epoch
   */
  async pulled(digest: Digest, now: number): Promise<void> {
    await this.updateImage(digest, (image) =>
      now - (image.pulledAt ?? -Infinity) < pullTimeAccuracy ? image : { ...image, pulledAt: now },
    );
  }

  /** Changes what is kept of an image, unless the image has gone. */
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
   * @param temporary a synced file of the data folder with these bytes; it is gone afterwards
   * @throws Refusal RepositoryNotFoundException when the repository was removed meanwhile
   */
  async adoptLayer(digest: Digest, temporary: string): Promise<void> {
    await this.#alone(async () => {
      await this.#data.adopt(temporary, this.layerFile(digest));
      this.#layers.set(digest, (await stat(this.layerFile(digest))).size);
    });
  }

  /** Takes over a layer of another repository without copying it: the two files are one. */
  async shareLayer(digest: Digest, source: Repository): Promise<void> {
    const temporary = this.#data.temporaryFile();
    await link(source.layerFile(digest), temporary);
    await this.adoptLayer(digest, temporary);
  }

  /** Forgets a layer. Whatever image has it is broken. */
  async removeLayer(digest: Digest): Promise<void> {
    this.#layers.delete(digest);
    await rm(this.layerFile(digest));
  }

  /**
   * Removes everything, the record first: whatever a crash leaves behind is no repository.
   *
   * @throws Refusal RepositoryNotEmptyException when there are images and no force
   */
  async remove(force: boolean): Promise<void> {
    await this.#alone(async () => {
      if (!force && Object.keys(this.#record.images).length > 0) {
        throw repositoryNotEmpty(this.name, this.location.account);
      }
      this.#removed = true;
      await rm(recordFile(this.#folder));
      await syncFolder(this.#folder);
      await rm(this.#folder, { recursive: true });
    });
  }

  /** One change at a time, and none to what is no longer there. */
  async #alone(task: () => Promise<void>): Promise<void> {
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
