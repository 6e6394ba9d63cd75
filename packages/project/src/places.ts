import {
  imageRepository,
  placeRepository,
  type Config,
  type EnvironmentConfig,
  type ImageConfig,
  type RegistrySource,
} from '@towpath/config';
import type { EcrRegistry } from '@towpath/ecr';
import { CodedError, suggest } from '@towpath/errors';
import type { Registry } from '@towpath/reference';
import { renderTag, type FactName, type Facts, type TagTemplate } from '@towpath/tags';
import type { Registries } from './registries.ts';

/** Where one image stands in one environment, or after `publish`. */
export interface Location {
  readonly registry: EcrRegistry;
  /** The full name in the registry. */
  readonly repository: string;
}

/** The tags that an image gets in one place. */
export interface PlaceTags {
  /** Never empty, each once. */
  readonly tags: readonly string[];
  /** Those of them that are to name another image with the next version, such as `latest`. */
  readonly moving: readonly string[];
  /** Templates that made no tag, and the facts they lack. */
  readonly skipped: readonly SkippedTemplate[];
}

export interface SkippedTemplate {
  readonly template: string;
  readonly absent: readonly string[];
}

/** The name of the place that `publish` fills. */
export const buildPlace = 'build';

/** Finds out where images stand: registry, repository and tags of each place. */
export class Places {
  readonly #config: Config;
  readonly #registries: Registries;
  /** By the place and the source. */
  readonly #resolved = new Map<string, Promise<Registry>>();

  constructor(config: Config, registries: Registries) {
    this.#config = config;
    this.#registries = registries;
  }

  /**
   * The environment of this name; undefined for the place that `publish` fills.
   *
   * @throws CodedError `input-invalid` when there is none
   */
  environment(name: string): EnvironmentConfig | undefined {
    if (name === buildPlace) return undefined;
    const { environments, file } = this.#config;
    const environment = environments.find((one) => one.name === name);
    if (environment !== undefined) return environment;
    const names = [buildPlace, ...environments.map((one) => one.name)];
    throw new CodedError('input-invalid', `${file} has no environment ${JSON.stringify(name)}.`, {
      hint: suggest(name, names),
    });
  }

  /**
   * The registry that `publish` fills.
   *
   * @throws CodedError `registry-unknown`, `parameter-missing`, …
   */
  async registry(): Promise<Registry & EcrRegistry> {
    const registry = await this.#resolve(this.#config.registry, buildPlace);
    return { ...this.#registries.aws.registry(registry), prefix: registry.prefix };
  }

  /**
   * Where an image stands.
   *
   * @param environment undefined for the place that `publish` fills
   * @throws CodedError `registry-unknown`, `parameter-missing`, …
   */
  async locate(image: ImageConfig, environment: EnvironmentConfig | undefined): Promise<Location> {
    const place = environment?.name ?? buildPlace;
    const { registry: common } = this.#config;
    const [built, registry] = await Promise.all([
      this.#resolve(common, buildPlace),
      this.#resolve(environment?.registry ?? common, place),
    ]);
    const repository = imageRepository(image, built);
    return {
      registry: this.#registries.aws.registry(registry),
      repository: environment === undefined ? repository : placeRepository(environment, image, repository),
    };
  }

  /**
   * The tags that an image gets.
   *
   * @param environment undefined for the place that `publish` fills
   * @param templates instead of the place's own
   * @throws CodedError `tag-invalid` when no template makes a tag of these facts
   */
  tags(
    image: ImageConfig,
    environment: EnvironmentConfig | undefined,
    facts: Facts,
    templates: readonly TagTemplate[] = environment?.tags ?? this.#config.tags,
  ): PlaceTags {
    return renderTags(image, templates, { ...facts, image: image.name, environment: environment?.name });
  }

  #resolve(source: RegistrySource, place: string): Promise<Registry> {
    const key = JSON.stringify([source, needsPlace(source) ? place : '']);
    const known = this.#resolved.get(key) ?? this.#registries.resolve(source, place);
    this.#resolved.set(key, known);
    return known;
  }
}

function needsPlace(source: RegistrySource): boolean {
  return source.kind === 'parameter' && source.name.includes('{environment}');
}

/** Facts that stay the same from one version to the next. */
const lasting: readonly FactName[] = ['branch', 'environment', 'image', 'pr'];

function isMoving(template: TagTemplate | undefined): boolean {
  return template?.parts.every((part) => typeof part === 'string' || lasting.includes(part.fact)) ?? false;
}

function renderTags(image: ImageConfig, templates: readonly TagTemplate[], facts: Facts): PlaceTags {
  const rendered = templates.map((template) => ({
    template: template.source,
    ...renderTag(template, facts),
  }));
  const tags = rendered.flatMap((one) => ('tag' in one ? [one.tag] : []));
  const skipped = rendered.flatMap((one) =>
    'absent' in one ? [{ template: one.template, absent: one.absent }] : [],
  );
  const moving = rendered.flatMap((one, index) =>
    'tag' in one && isMoving(templates[index]) ? [one.tag] : [],
  );
  if (tags.length > 0) return { tags: [...new Set(tags)], moving, skipped };
  const lacks = skipped.map(({ template, absent }) => `${template} lacks ${absent.join(', ')}`).join('; ');
  throw new CodedError('tag-invalid', `Image ${image.name} gets no tag: ${lacks}.`, {
    hint: 'Give a template whose facts are known here, e.g. build-{version}.',
  });
}
