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
