import type { ProtectedEnvironment, Protection } from '@towpath/lifecycle';
import { aliasDigits, foreseeTag, isMoving, type TagTemplate } from '@towpath/tags';
import type { Config, EnvironmentConfig, ImageConfig } from './config.ts';
import { writtenSettings, type WrittenSettings } from './repository-settings.ts';

/** How a configuration uses one repository. */
export interface RepositoryUse {
  readonly image: ImageConfig;
  /** Whether `publish` pushes to it. */
  readonly isPublished: boolean;
  /** The environments whose images are in it. */
  readonly environments: readonly EnvironmentConfig[];
}

/** Returns the settings that the configuration writes for a repository. */
export function settingsOfUse({ repositories }: Config, use: RepositoryUse): WrittenSettings {
  const [only, ...others] = use.environments;
  const isAlone = only !== undefined && others.length === 0 && !use.isPublished;
  return writtenSettings(repositories, use.image.name, isAlone ? only.name : undefined);
}

/** Returns what may not expire in a repository. */
export function protectionOf(
  config: Config,
  { image, isPublished, environments }: Omit<RepositoryUse, 'image'> & { readonly image: { name: string } },
): Protection {
  const { maxAge } = config.build.reuse ?? {};
  const published = isPublished ? config.tags : [];
  const patternsIn = (templates: readonly TagTemplate[], environment?: string) => ({
    moving: templates.filter(isLasting).flatMap((one) => tagPatterns(one, image.name, environment)),
    fixed: templates
      .filter((one) => !isMoving(one))
      .flatMap((one) => tagPatterns(one, image.name, environment)),
  });
  const hasAliases = config.tags.some(({ parts }) =>
    parts.some((part) => typeof part === 'object' && part.fact === 'major'),
  );
  return {
    environments: environments.map(({ name, from, tags }): ProtectedEnvironment => {
      const { moving, fixed } = patternsIn(tags, name);
      return { name, from, patterns: fixed, moving };
    }),
    moving: patternsIn(published).moving,
    versions: isPublished ? versionPatterns(published, image.name, hasAliases) : undefined,
    ...(maxAge !== undefined && isPublished && { reuseDays: Math.ceil(maxAge / oneDay) }),
  };
}

/**
 * Returns what may not expire in a repository that no image of the configuration uses: other teams are taken to have the
 * tags and the environments of the configuration.
 */
export function conventionalProtection(config: Config): Protection {
  return protectionOf(config, { image: { name: '*' }, isPublished: true, environments: config.environments });
}

const oneDay = 24 * 60 * 60 * 1000;

/** Returns patterns for all tags of a use that move to another image. */
export function movingTags(
  { tags }: Config,
  { image, isPublished, environments }: RepositoryUse,
): readonly string[] {
  const patterns = [
    ...(isPublished ? tags.filter(isMoving).flatMap((one) => tagPatterns(one, image.name, undefined)) : []),
    ...environments.flatMap((one) =>
      one.tags.filter(isMoving).flatMap((template) => tagPatterns(template, image.name, one.name)),
    ),
  ];
  return [...new Set(patterns)];
}

/** Tags of branches and pull requests move, too, but nothing runs them. */
function isLasting(template: TagTemplate): boolean {
  return isMoving(template) && !hasFact(template, 'branch') && !hasFact(template, 'pr');
}

function hasFact({ parts }: TagTemplate, fact: string): boolean {
  return parts.some((part) => typeof part === 'object' && part.fact === fact);
}

/** If tags such as `{major}` exist, versions have three numbers. Otherwise they can be any text. */
function versionPatterns(
  templates: readonly TagTemplate[],
  image: string,
  hasAliases: boolean,
): readonly string[] {
  return templates
    .filter((template) => hasFact(template, 'version') && !isMoving(template))
    .flatMap((template) => {
      const text = foreseeTag(template, { image, environment: undefined });
      if (text === undefined) return [];
      const isAlone = text.startsWith('{version}');
      return [asPattern(hasAliases || isAlone ? text.replace('{version}', '*.*.*') : text)];
    });
}

/** Returns the patterns of a template. The tags of `{major}` are listed, because `*` would match all tags. */
function tagPatterns(
  template: TagTemplate,
  image: string,
  environment: string | undefined,
): readonly string[] {
  const text = foreseeTag(template, { image, environment });
  if (text === undefined) return [];
  const digits = aliasDigits(template);
  return digits.length === 0 ? [asPattern(text)] : digits.map((digit) => text.replace('{major}', digit));
}

function asPattern(text: string): string {
  return text.replace(/\{[^{}]*\}/g, '*').replace(/\*{2,}/g, '*');
}
