import { registryKey } from '@towpath/reference';
import { foreseeTag, type TagTemplate } from '@towpath/tags';
import {
  imageRepository,
  renderRepository,
  type Config,
  type EnvironmentConfig,
  type ImageConfig,
} from './config.ts';
import type { RegistrySource } from './registry-source.ts';

/** An image in one environment, or as published by `publish`. */
export interface Delivered {
  readonly image: ImageConfig;
  /** Absent for the tags that `publish` sets. */
  readonly environment?: EnvironmentConfig;
  readonly registry: RegistrySource;
  /** The full name. {@link unknownPrefix} replaces a prefix that is only known at run time. */
  readonly repository: string;
}

/** Images or environments that would set the same tags. */
export interface Collision {
  readonly users: readonly Delivered[];
  /** Each tag as `repository:tag`. */
  readonly targets: readonly string[];
}

/** Replaces an unknown prefix. No repository can have this name. */
export const unknownPrefix = '<prefix>';

/** Returns each image in each environment, and as published by `publish`. */
export function deliveries(config: Config): readonly Delivered[] {
  return [undefined, ...config.environments].flatMap((environment) =>
    config.images.map((image) => deliver(config, image, environment)),
  );
}

function deliver(config: Config, image: ImageConfig, environment: EnvironmentConfig | undefined): Delivered {
  const built =
    config.registry.kind === 'literal'
      ? imageRepository(image, config.registry.registry)
      : (image.repository ?? `${unknownPrefix}/${image.name}`);
  return {
    image,
    environment,
    registry: environment?.registry ?? config.registry,
    repository: environment === undefined ? built : renderRepository(environment, image, built),
  };
}

/** Returns the number of tags in a configuration: images × environments × templates. */
export function countTags({ images, tags, environments }: Config): number {
  return images.length * environments.reduce((sum, one) => sum + one.tags.length, tags.length);
}

/**
 * Finds the tags that several images or several environments would set. Two registries that are only known at
 * run time count as the same if the configuration describes them in the same words.
 */
export function findCollisions(config: Config): readonly Collision[] {
  const claims = new Map<string, { readonly target: string; readonly users: Set<Delivered> }>();
  for (const user of deliveries(config)) {
    for (const { key, target } of claimsOf(user, user.environment?.tags ?? config.tags)) {
      const claim = claims.get(key) ?? { target, users: new Set() };
      claim.users.add(user);
      claims.set(key, claim);
    }
  }
  const collisions = new Map<string, { users: readonly Delivered[]; targets: string[] }>();
  for (const { target, users } of claims.values()) {
    if (users.size < 2) continue;
    const cause = causeOf([...users]);
    const collision = collisions.get(cause) ?? { users: [...users], targets: [] };
    collision.targets.push(target);
    collisions.set(cause, collision);
  }
  return [...collisions.values()];
}

/** Returns the tags of an image, each with a key that is unique across registries. */
function claimsOf(
  { image, environment, registry, repository }: Delivered,
  templates: readonly TagTemplate[],
): readonly { readonly key: string; readonly target: string }[] {
  return templates.flatMap((template) => {
    const tag = foreseeTag(template, { image: image.name, environment: environment?.name });
    if (tag === undefined) return [];
    // Images with the same fingerprint are the same image, so they can share the tag.
    const owner = hasFingerprint(template) ? image.name : '';
    const key = JSON.stringify([keyOf(registry, environment), repository, tag, owner]);
    return [{ key, target: `${repository}:${tag}` }];
  });
}

function hasFingerprint({ parts }: TagTemplate): boolean {
  return parts.some(
    (part) => typeof part === 'object' && part.fact === 'fingerprint' && (part.length ?? Infinity) >= 12,
  );
}

/** Returns a key that is the same for all deliveries to one repository. */
export function deliveryKey({ registry, repository, environment }: Delivered): string {
  return JSON.stringify([keyOf(registry, environment), repository]);
}

/** Returns a key for a registry source. Sources with the same key are the same registry. */
function keyOf(source: RegistrySource, environment: EnvironmentConfig | undefined): string {
  switch (source.kind) {
    case 'literal':
      return registryKey(source.registry);
    case 'parameter':
      return `ssm:${source.name.replaceAll('{environment}', environment?.name ?? 'build')}`;
    case 'caller':
      return 'caller';
  }
}

/**
 * Returns a key for the images or environments that collide. Collisions with the same key are reported as one
 * problem.
 */
function causeOf(users: readonly Delivered[]): string {
  const images = users.map(({ image }) => image.name);
  const environments = users.map(({ environment }) => environment?.name ?? '');
  if (new Set(environments).size === 1) return JSON.stringify([images, users[0]?.repository]);
  return JSON.stringify(new Set(images).size === 1 ? [environments] : [images, environments]);
}
