import { nearest } from '@towpath/errors';
import { commonPlatforms, formatPlatform, parseKnownPlatform, type Platform } from '@towpath/reference';

/** Returns the platform that a text names, or a suggestion for an invalid one. */
export function readPlatform(text: string): { readonly platform: Platform } | { readonly wrong: string } {
  const platform = parseKnownPlatform(text);
  if (platform !== undefined) return { platform };
  const meant = meantPlatform(text);
  const hint = meant === undefined ? '' : `. Did you mean ${meant}?`;
  return { wrong: `must be a platform such as linux/amd64, not ${JSON.stringify(text)}${hint}` };
}

function meantPlatform(text: string): string | undefined {
  // buildx also accepts the architecture alone.
  const alone = parseKnownPlatform(`linux/${text}`);
  return alone === undefined ? nearest(text, commonPlatforms) : formatPlatform(alone);
}

/** Removes duplicate platforms. As in buildx, `linux/arm64/v8` is the same as `linux/arm64`. */
export function distinctPlatforms(platforms: readonly Platform[]): readonly Platform[] {
  return [...new Map(platforms.map((one) => [formatPlatform(one), one])).values()];
}

/**
 * Reads the platforms of the input `platforms`.
 *
 * @param problem receives each text that is no platform, as a sentence
 */
export function readPlatforms(
  names: readonly string[],
  problem: (message: string) => void,
): readonly Platform[] {
  const platforms = names.flatMap((name) => {
    const read = readPlatform(name);
    if ('platform' in read) return [read.platform];
    problem(`Input platforms ${read.wrong}${read.wrong.endsWith('?') ? '' : '.'}`);
    return [];
  });
  return distinctPlatforms(platforms);
}
