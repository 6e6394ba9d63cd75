import { waitForAll } from '@towpath/concurrency';
import {
  imageRepository,
  environmentRepository,
  type Config,
  type EnvironmentConfig,
  type ImageConfig,
  type LedgerMode,
  type RegistrySource,
} from '@towpath/config';
import { listTags } from '@towpath/ecr';
import { CodedError, suggest } from '@towpath/errors';
import {
  partitionInArn,
  partitionOfRegistry,
  registryUri,
  type Registry,
  type RegistryRef,
  type RepositoryRef,
} from '@towpath/reference';
import type { Session } from '@towpath/session';
import {
  haveAliases,
  renderTags,
  renderVersionTag,
  versionsOf,
  type AliasRules,
  type Facts,
  type RenderedTags,
  type TagTemplate,
} from '@towpath/tags';

/** The tags of an image in an environment. */
export interface ImageTags extends RenderedTags {
  /** The rules for aliases such as `latest`; absent if there are none. */
  readonly aliases?: AliasRules;
}

/** The environment name for the repositories that `publish` pushes to. */
export const buildEnvironment = 'build';

/** A registry with the prefix of its repositories and the role that reads and writes it. */
export type LocatedRegistry = RegistryRef & Pick<Registry, 'prefix'>;

/** ARNs of roles by environment. The role of `build` reads and writes the registry that `publish` pushes to. */
export type EnvironmentRoles = ReadonlyMap<string, string | undefined>;

/** Determines the registry, repository and tags of images in each environment. */
export class Locations {
  readonly session: Session;
  readonly #config: Config;
  /** Keyed by environment and source. */
  readonly #resolved = new Map<string, Promise<Registry>>();

  readonly #roles: EnvironmentRoles;

  /** @param roles used instead of those of the configuration */
  constructor(config: Config, session: Session, roles: EnvironmentRoles = new Map()) {
    this.#config = config;
    this.session = session;
    this.#roles = roles;
  }

  /** Whether the ledger is read and written. */
  get ledgerMode(): LedgerMode {
    return this.#config.ledger;
  }

  /** The environments of the configuration, in promotion order. */
  get environments(): readonly EnvironmentConfig[] {
    return this.#config.environments;
  }

  get images(): readonly ImageConfig[] {
    return this.#config.images;
  }

  /**
   * Returns the environment with this name; undefined for the repositories that `publish` pushes to.
   *
   * @throws CodedError `input-invalid` if there is none
   */
  environment(name: string): EnvironmentConfig | undefined {
    if (name === buildEnvironment) return undefined;
    const { environments, file } = this.#config;
    const environment = environments.find((one) => one.name === name);
    if (environment !== undefined) return environment;
    const names = [buildEnvironment, ...environments.map((one) => one.name)];
    throw new CodedError('input-invalid', `${file} has no environment ${JSON.stringify(name)}.`, {
      hint: suggest(name, names),
    });
  }

  /**
   * Returns the registry that `publish` pushes to.
   *
   * @throws CodedError `registry-unknown`, `parameter-missing`, …
   */
  async registry(): Promise<LocatedRegistry> {
    return this.#withRole(await this.#resolve(this.#config.registry, buildEnvironment), undefined);
  }

  /**
   * Returns the registry of an environment, with the prefix that its repositories have. The prefix is that of the
   * build, because an environment's repositories are named after those of the build.
   *
   * @param environment undefined for the repositories that `publish` pushes to
   * @throws CodedError `registry-unknown`, `parameter-missing`, …
   */
  async environmentRegistry(environment: EnvironmentConfig | undefined): Promise<LocatedRegistry> {
    const { registry: common } = this.#config;
    const [{ prefix }, registry] = await waitForAll([
      this.#resolve(common, buildEnvironment),
      this.#resolve(environment?.registry ?? common, environment?.name ?? buildEnvironment),
    ]);
    return { ...this.#withRole(registry, environment), prefix };
  }

  /**
   * Returns the repository of an image.
   *
   * @param environment undefined for the repositories that `publish` pushes to
   * @throws CodedError `registry-unknown`, `parameter-missing`, …
   */
  async locate(image: ImageConfig, environment: EnvironmentConfig | undefined): Promise<RepositoryRef> {
    const name = environment?.name ?? buildEnvironment;
    const { registry: common } = this.#config;
    const [built, registry] = await waitForAll([
      this.#resolve(common, buildEnvironment),
      this.#resolve(environment?.registry ?? common, name),
    ]);
    const repository = imageRepository(image, built);
    return {
      registry: this.#withRole(registry, environment),
      repository:
        environment === undefined ? repository : environmentRepository(environment, image, repository),
    };
  }

  /**
   * Returns the tags that an image gets.
   *
   * @param environment undefined for the repositories that `publish` pushes to
   * @param templates used instead of the environment's templates
   * @throws CodedError `tag-invalid` if no template can be filled with these facts
   */
  async tags(
    image: ImageConfig,
    environment: EnvironmentConfig | undefined,
    facts: Facts,
    templates: readonly TagTemplate[] = environment?.tags ?? this.#config.tags,
  ): Promise<ImageTags> {
    const known = { ...facts, image: image.name, environment: environment?.name };
    if (!haveAliases(templates)) return requireTags(image, renderTags(templates, known, []));
    const rendered = renderTags(templates, known, await this.#taken(image, environment));
    return { ...requireTags(image, rendered), aliases: { templates, facts: known } };
  }

  /** Returns the versions that the tags of a published image contain. */
  versionsOf(image: ImageConfig, tags: readonly string[]): readonly string[] {
    const found = versionsOf(tags, this.#config.tags, { image: image.name }) ?? [];
    return [...new Set(found.map(({ version }) => version))];
  }

  /**
   * Returns the tag that identifies a version of an image. It depends only on facts that do not change later, so not
   * on the current commit or run.
   *
   * @param environment undefined for the repositories that `publish` pushes to
   * @throws CodedError `tag-invalid` if the environment has no suitable template
   */
  versionTag(image: ImageConfig, environment: EnvironmentConfig | undefined, version: string): string {
    const templates = environment?.tags ?? this.#config.tags;
    const tag = renderVersionTag(templates, { version, image: image.name, environment: environment?.name });
    if (tag !== undefined) return tag;
    const sources = templates.map(({ source }) => source).join(', ');
    throw new CodedError(
      'tag-invalid',
      `A version cannot be found in ${environment?.name ?? buildEnvironment} by the tags ${sources}.`,
      {
        hint: 'Add a template that contains {version} and nothing about the commit or the run, for example build-{version}.',
      },
    );
  }

  async #taken(image: ImageConfig, environment: EnvironmentConfig | undefined): Promise<readonly string[]> {
    const { registry, repository } = await this.locate(image, environment);
    try {
      return await listTags(this.session.ecr(registry), repository);
    } catch (error) {
      // The repository may be created later.
      if (error instanceof CodedError && error.code === 'repository-missing') return [];
      throw error;
    }
  }

  #withRole(registry: Registry, environment: EnvironmentConfig | undefined): LocatedRegistry {
    const role = this.#roles.get(environment?.name ?? buildEnvironment) ?? environment?.role;
    if (role === undefined) return registry;
    requireSamePartition(registry, role, environment?.name ?? buildEnvironment);
    return { ...registry, role };
  }

  #resolve(source: RegistrySource, name: string): Promise<Registry> {
    const key = JSON.stringify([source, needsEnvironment(source) ? name : '']);
    const known = this.#resolved.get(key) ?? this.session.resolve(source, name);
    this.#resolved.set(key, known);
    return known;
  }
}

/** A role of another partition could be assumed, and then every call to the registry would fail. */
function requireSamePartition(registry: Registry, role: string, environment: string): void {
  const { id } = partitionOfRegistry(registry);
  if (partitionInArn(role) === id) return;
  throw new CodedError(
    'input-invalid',
    `The role ${role} cannot use the registry of ${environment}, ${registryUri(registry)}: the registry is in the AWS partition ${id}.`,
    { hint: `Write the ARN of a role in this partition. It begins with arn:${id}:iam.` },
  );
}

function needsEnvironment(source: RegistrySource): boolean {
  return source.kind === 'parameter' && source.name.includes('{environment}');
}

function requireTags(image: ImageConfig, rendered: RenderedTags): RenderedTags {
  if (rendered.tags.length > 0) return rendered;
  const reasons = rendered.skipped.map(({ template, reason }) => `${template}: ${reason}`).join('; ');
  throw new CodedError('tag-invalid', `Image ${image.name} gets no tag: ${reasons}.`, {
    hint: 'Use a template with variables that are known here, for example build-{version}.',
  });
}
