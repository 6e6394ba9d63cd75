import type { LayerCache, ResolvedImage } from '@towpath/buildx';
import type { Annotation, Environment } from '@towpath/flow';
import { isMaskable, type Proxy } from '@towpath/proxy';
import { formatPlatform, parsePlatform, type Platform } from '@towpath/reference';
import { substitutes, type ImageSources } from '@towpath/reuse';
import type { FinishedBuild } from './run/build-all.ts';
import type { ImageFacts } from './sources/image-facts.ts';
import type { SecretTexts } from './secrets/image-secrets.ts';

/**
 * Returns the warnings of BuildKit's checks with their Dockerfile lines. Images that share a Dockerfile do not repeat
 * them.
 */
export function annotateChecks(builds: readonly FinishedBuild[]): readonly Annotation[] {
  const annotations = builds.flatMap(({ planned: { dockerfile }, progress }) =>
    progress.checks.map(({ message, detail, url, line }): Annotation => {
      const more = [detail, url].filter(Boolean).join(' ');
      return {
        level: 'warning',
        title: 'Dockerfile',
        message: more === '' ? message : `${message}: ${more}`,
        position: { file: dockerfile, line },
      };
    }),
  );
  return [...new Map(annotations.map((annotation) => [JSON.stringify(annotation), annotation])).values()];
}

/**
 * Returns a warning for each empty secret. In a run for a fork, GitHub sets the variables of secrets to empty
 * strings.
 */
export function annotateSecrets(
  images: readonly Pick<ImageFacts, 'image' | 'secrets'>[],
  env: Environment,
): readonly Annotation[] {
  return images.flatMap(({ image, secrets }) =>
    [...secrets].flatMap(([id, source]) =>
      'env' in source && env[source.env] === ''
        ? [
            warning(
              `The secret ${id} of image ${image.name} is empty: the variable ${source.env} is empty. A run for a fork has no secrets.`,
            ),
          ]
        : [],
    ),
  );
}

/**
 * Returns a notice that lists the secrets and the proxy password that are not masked. Masking them would make the log
 * unreadable.
 */
export function annotateShownSecrets(
  { shown }: Pick<SecretTexts, 'shown'>,
  proxy: Proxy,
): readonly Annotation[] {
  const isWeak = proxy.secrets.some((secret) => !isMaskable(secret));
  const subjects = [
    ...(shown.length === 0
      ? []
      : [`${shown.length === 1 ? 'the secret' : 'the secrets'} ${shown.join(', ')}`]),
    ...(isWeak ? ['the password of the proxy'] : []),
  ];
  if (subjects.length === 0) return [];
  const message = `The log does not mask ${subjects.join(' and ')}: masking a value shorter than 8 characters, or a plain word, would hide the same text everywhere in the log, and GitHub would empty job outputs that contain it. Use a longer random value.`;
  return [{ level: 'notice', message }];
}

/** Returns the warnings about the proxy settings. */
export function annotateProxies(images: readonly Pick<ImageFacts, 'proxy'>[]): readonly Annotation[] {
  return images.flatMap(({ proxy }) =>
    proxy.warnings.map(({ message, hint = '', position }): Annotation => ({
      level: 'warning',
      title: 'proxy',
      message: `${message} ${hint}`,
      position,
    })),
  );
}

/** Returns a warning for each base image that BuildKit cannot be redirected from to a cache or a fixed digest. */
export function annotateHiddenBases(
  images: readonly Pick<ImageFacts, 'image' | 'bases' | 'baseImages' | 'stages' | 'frontend'>[],
  sources: ImageSources,
): readonly Annotation[] {
  return images.flatMap((read) => {
    const { image, bases, frontend } = read;
    const whys = {
      stage: 'a stage has the same name, and BuildKit would replace the whole stage. Rename the stage.',
      frontend: `the frontend ${frontend?.image} does not support named contexts. Use docker/dockerfile:1, or remove the syntax line.`,
    };
    return [...substitutes(read, sources).hidden].map(([hidden, why]): Annotation => {
      const line = bases.find((base) => base.image === hidden)?.line;
      const message = `Image ${image.name} uses ${hidden} as BuildKit pulls it from its registry at that time, so the image is never reused: ${whys[why]}`;
      return { level: 'warning', title: 'Dockerfile', message, position: { file: image.dockerfile, line } };
    });
  });
}

/**
 * Returns a warning for each stage whose base image is built for another platform: its programs do not run there.
 * BuildKit's own check (InvalidBaseImagePlatform) does not cover images that are passed to it by digest.
 */
export function annotateForeignBases(
  images: readonly Pick<ImageFacts, 'image' | 'bases'>[],
  resolved: ReadonlyMap<string, ResolvedImage>,
): readonly Annotation[] {
  return images.flatMap(({ image: { name, dockerfile }, bases }) =>
    bases.flatMap(({ image, platform, line }): Annotation[] => {
      const own = resolved.get(image)?.platform;
      const wanted = parsePlatform(platform);
      if (own === undefined || wanted === undefined || isSameMachine(own, wanted)) return [];
      const message = `Image ${name} is built for ${formatPlatform(wanted)} from ${image}, which is only for ${formatPlatform(own)}.`;
      return [{ level: 'warning', title: 'Dockerfile', message, position: { file: dockerfile, line } }];
    }),
  );
}

/** Compares OS and architecture. Variants are ignored because most images do not declare one. */
function isSameMachine(one: Platform, other: Platform): boolean {
  return one.os === other.os && one.architecture === other.architecture;
}

type CachedBuild = Pick<FinishedBuild, 'orphans'> & {
  readonly planned: Pick<FinishedBuild['planned'], 'name'>;
  readonly progress: Pick<FinishedBuild['progress'], 'cacheFailures'>;
};

/**
 * Returns a warning if the GitHub Actions cache is not reachable. buildx skips it silently (docker/buildx,
 * build/opt.go).
 */
export function annotateCaches(
  caches: Iterable<Pick<LayerCache, 'type'>>,
  { ACTIONS_RUNTIME_TOKEN, ACTIONS_RESULTS_URL, ACTIONS_CACHE_URL }: Environment,
): readonly Annotation[] {
  const isThere = Boolean(ACTIONS_RUNTIME_TOKEN) && Boolean(ACTIONS_RESULTS_URL ?? ACTIONS_CACHE_URL);
  const isMeant = [...caches].some(({ type }) => type === 'gha');
  if (isThere || !isMeant) return [];
  const message =
    'Layers are not cached: the cache type is gha, but ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL, the address of the GitHub Actions cache, are not set. Outside GitHub Actions, set the cache type to registry or local.';
  return [warning(message)];
}

/** Returns warnings for caches that could not be read or written, and for attestations that were lost. */
export function annotateCacheFailures(builds: readonly CachedBuild[]): readonly Annotation[] {
  return builds.flatMap(({ planned: { name }, progress: { cacheFailures }, orphans }) => [
    ...(cacheFailures.read === undefined
      ? []
      : [
          warning(
            `${name}: its cache could not be read, so it was built without the cache: ${cacheFailures.read}`,
          ),
        ]),
    ...(cacheFailures.written === undefined ? [] : [warning(unwritten(name, cacheFailures.written))]),
    ...(orphans === 0
      ? []
      : [
          warning(
            `${name}: its attestations are lost, because this BuildKit does not record which image they describe. Use a newer BuildKit, or set attestations: index.`,
          ),
        ]),
  ]);
}

function unwritten(name: string, reason: string): string {
  // The error texts of Amazon ECR (ECR API, PutImage and InitiateLayerUpload).
  const isRepository = /repository is immutable|does not exist in the registry/.test(reason);
  const cure = ' Create the repository of the cache, and make its tags mutable.';
  return `${name}: its cache could not be written: ${reason}${isRepository ? cure : ''}`;
}

function warning(message: string): Annotation {
  return { level: 'warning', message };
}
