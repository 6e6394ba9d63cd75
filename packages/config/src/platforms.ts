import { nearest } from '@towpath/errors';
import { commonPlatforms, formatPlatform, parseKnownPlatform, type Platform } from '@towpath/reference';

/** The platform that a text names, or what to write instead. */
export function readPlatform(text: string): { readonly platform: Platform } | { readonly wrong: string } {
  const platform = parseKnownPlatform(text);
  if (platform !== undefined) return { platform };
  const meant = meantPlatform(text);
  const hint = meant === undefined ? '' : `. Did you mean ${meant}?`;
  return { wrong: `must be a platform such as linux/amd64, not ${JSON.stringify(text)}${hint}` };
}

function meantPlatform(text: string): string | undefined {
  // buildx takes the architecture alone, too.
  const alone = parseKnownPlatform(`linux/${text}`);
  return alone === undefined ? nearest(text, commonPlatforms) : formatPlatform(alone);
}

/** Each platform once: `linux/arm64/v8` is `linux/arm64`, and is built once, as buildx does. */
export function distinctPlatforms(platforms: readonly Platform[]): readonly Platform[] {
  return [...new Map(platforms.map((one) => [formatPlatform(one), one])).values()];
}
