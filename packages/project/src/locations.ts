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
import type { Registry, RegistryRef, RepositoryRef } from '@towpath/reference';
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

/** The tags of an image in a place. */
export interface ImageTags extends RenderedTags {
  /** What aliases such as `latest` are made by; absent if there are none. */
  readonly aliases?: AliasRules;
}

/** The name of the place that `publish` fills. */
export const buildEnvironment = 'build';

/** Finds out where images stand: registry, repository and tags of each place. */
export class Locations {
  readonly session: Session;
  readonly #config: Config;
  /** By the place and the source. */
  readonly #resolved = new Map<string, Promise<Registry>>();

  constructor(config: Config, session: Session) {
    this.#config = config;
    this.session = session;
  }

  /** Whether the ledger is read and written. */
  get ledgerMode(): LedgerMode {
    return this.#config.ledger;
  }

  /** The images of the configuration. */
  get images(): readonly ImageConfig[] {
    return this.#config.images;
  }

  /**
   * The environment of this name; undefined for the place that `publish` fills.
   *
   * @throws CodedError `input-invalid` when there is none
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
   * The registry that `publish` fills.
   *
   * @throws CodedError `registry-unknown`, `parameter-missing`, …
   */
  registry(): Promise<Registry> {
    return this.#resolve(this.#config.registry, buildEnvironment);
  }

  /**
   * Where an image stands.
   *
   * @param environment undefined for the place that `publish` fills
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
      registry: withRole(registry, environment?.role),
      repository:
        environment === undefined ? repository : environmentRepository(environment, image, repository),
    };
  }

  /**
   * The tags that an image gets.
   *
   * @param environment undefined for the place that `publish` fills
   * @param templates instead of the place's own
   * @throws CodedError `tag-invalid` when no template makes a tag of these facts
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

  /** The versions that tags of an image tell of, where `publish` has put it. */
  versionsOf(image: ImageConfig, tags: readonly string[]): readonly string[] {
    const found = versionsOf(tags, this.#config.tags, { image: image.name }) ?? [];
    return [...new Set(found.map(({ version }) => version))];
  }

  /**
   * The tag that a version of an image is found by. Only what was the same when the tag was made counts: today's
   * commit and run are others.
   *
   * @param environment undefined for the place that `publish` fills
   * @throws CodedError `tag-invalid` when the place has no template for it
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
        hint: 'Give it one more template that holds {version}, and no fact of a commit or a run: build-{version}.',
      },
    );
  }

  async #taken(image: ImageConfig, environment: EnvironmentConfig | undefined): Promise<readonly string[]> {
    const { registry, repository } = await this.locate(image, environment);
    try {
      return await listTags(this.session.ecr(registry), repository);
    } catch (error) {
      // It may be about to be created.
      if (error instanceof CodedError && error.code === 'repository-missing') return [];
      throw error;
    }
  }

  #resolve(source: RegistrySource, name: string): Promise<Registry> {
    const key = JSON.stringify([source, needsEnvironment(source) ? name : '']);
    const known = this.#resolved.get(key) ?? this.session.resolve(source, name);
    this.#resolved.set(key, known);
    return known;
  }
}

function withRole(registry: Registry, role: string | undefined): RegistryRef {
  return role === undefined ? registry : { ...registry, role };
}

function needsEnvironment(source: RegistrySource): boolean {
  return source.kind === 'parameter' && source.name.includes('{environment}');
}

function requireTags(image: ImageConfig, rendered: RenderedTags): RenderedTags {
  if (rendered.tags.length > 0) return rendered;
  const reasons = rendered.skipped.map(({ template, reason }) => `${template}: ${reason}`).join('; ');
  throw new CodedError('tag-invalid', `Image ${image.name} gets no tag: ${reasons}.`, {
    hint: 'Give a template whose facts are known here, e.g. build-{version}.',
  });
}
