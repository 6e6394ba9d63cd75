import { digestOf, formatEcrHost } from '@towpath/reference';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfExists, type DataFolder } from '../store/data-folder.ts';
import { Exclusive } from '../store/exclusive.ts';
import { publicHost, isPublicRegistry } from './public-registry.ts';
import type { RepositoryRecord } from './record.ts';
import { Repository, type RegistryLocation } from './repository.ts';
import { defaultSettings, type RegistrySettings } from './settings.ts';
import { Uploads, type UploadRules } from './uploads.ts';
import { repositoryAlreadyExists, repositoryNotFound } from './exceptions.ts';

/** The private registry of an account in one region, or its public registry. */
export class Registry implements RegistryLocation {
  readonly account: string;
  readonly region: string;
  readonly uploads: Uploads;
  readonly #data: DataFolder;
  readonly #folder: string;
  readonly #repositories: Map<string, Repository>;
  readonly #exclusive = new Exclusive();
  #settings: RegistrySettings;

  private constructor(
    { account, region }: RegistryLocation,
    data: DataFolder,
    folder: string,
    repositories: readonly Repository[],
    settings: RegistrySettings,
    rules: UploadRules,
  ) {
    this.account = account;
    this.region = region;
    this.uploads = new Uploads(data, rules);
    this.#data = data;
    this.#folder = folder;
    this.#repositories = new Map(repositories.map((one) => [one.name, one]));
    this.#settings = settings;
  }

  /** Loads a registry from the data folder, or creates an empty one. */
  static async open(location: RegistryLocation, data: DataFolder, rules: UploadRules): Promise<Registry> {
    const folder = join(data.path, 'registries', location.account, location.region);
    await mkdir(join(folder, 'repositories'), { recursive: true });
    const repositories: Repository[] = [];
    for (const name of await readdir(join(folder, 'repositories'))) {
      const repositoryFolder = join(folder, 'repositories', name);
      const repository = await Repository.load(location, data, repositoryFolder);
      if (repository === undefined) await rm(repositoryFolder, { recursive: true });
      else repositories.push(repository);
    }
    const text = await readIfExists(settingsFile(folder));
    const settings = text === undefined ? {} : (JSON.parse(text) as Partial<RegistrySettings>);
    return new Registry(location, data, folder, repositories, { ...defaultSettings, ...settings }, rules);
  }

  /** The host of the real registry. */
  get host(): string {
    return isPublicRegistry(this) ? publicHost : formatEcrHost(this.account, this.region);
  }

  get settings(): RegistrySettings {
    return this.#settings;
  }

  /** Changes the settings and stores them on disk before it returns. */
  async configure(change: (settings: RegistrySettings) => RegistrySettings): Promise<void> {
    await this.#exclusive.run(async () => {
      const next = change(this.#settings);
      await this.#data.write(settingsFile(this.#folder), JSON.stringify(next));
      this.#settings = next;
    });
  }

  /** The repositories, sorted by name. */
  get repositories(): readonly Repository[] {
    return [...this.#repositories.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  /** @throws Refusal RepositoryNotFoundException */
  repository(name: string): Repository {
    const repository = this.#repositories.get(name);
    if (repository === undefined) throw repositoryNotFound(name, this.account);
    return repository;
  }

  /** @throws Refusal RepositoryAlreadyExistsException */
  async create(record: RepositoryRecord): Promise<Repository> {
    return this.#exclusive.run(async () => {
      if (this.#repositories.has(record.name)) throw repositoryAlreadyExists(record.name, this.account);
      return this.#make(record);
    });
  }

  /** Returns the repository of the record's name. Concurrent calls get the same one. */
  async findOrCreate(record: RepositoryRecord): Promise<Repository> {
    return this.#exclusive.run(async () => this.find(record.name) ?? this.#make(record));
  }

  /** @throws Refusal RepositoryNotEmptyException if it has images and `force` is false */
  async remove(repository: Repository, force: boolean): Promise<void> {
    await this.#exclusive.run(async () => {
      await repository.remove(force);
      this.#repositories.delete(repository.name);
    });
  }

  async #make(record: RepositoryRecord): Promise<Repository> {
    const repository = await Repository.create(this, this.#data, this.#folderOf(record.name), record);
    this.#repositories.set(record.name, repository);
    return repository;
  }

  /** Returns the folder of a repository. A name that is too long for a file name is replaced by its digest. */
  #folderOf(name: string): string {
    const file = name.length < 200 ? name.replaceAll('/', '~') : digestOf(name).replace(':', '-');
    return join(this.#folder, 'repositories', file);
  }
}

function settingsFile(folder: string): string {
  return join(folder, 'registry.json');
}
