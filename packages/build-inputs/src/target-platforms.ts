import { outsideUses } from '@towpath/dockerfile';
import { CodedError, type Problem } from '@towpath/errors';
import { formatPlatform, parsePlatform, parseReference, type Platform } from '@towpath/reference';
import type { ImageInputs } from './image-inputs.ts';

/** An image, and what decides which platforms it needs of others. */
export interface BuiltImage extends Pick<ImageInputs, 'image' | 'platforms' | 'args' | 'text'> {
  readonly contexts: ReadonlyMap<string, { readonly kind: string; readonly image?: string }>;
}

/**
 * Checks that each image that others are built on (`contexts: { base: target:base }`) is built for every platform
 * that they use it on. Otherwise BuildKit takes the only available platform: an image for arm64 with files for amd64.
 *
 * @throws CodedError `platform-unsupported` that lists every image and platform
 */
export function assertTargetPlatforms(
  images: readonly BuiltImage[],
  buildPlatform: Platform | undefined,
): void {
  const all = byName(images);
  const problems = images.flatMap((one) => targetPlatformProblems(one, all, buildPlatform));
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images are built on images without their platforms.`);
}

/** Returns images by their names, for {@link targetPlatformProblems}. */
export function byName(images: readonly BuiltImage[]): ReadonlyMap<string, BuiltImage> {
  return new Map(images.map((one) => [one.image.name, one]));
}

/**
 * Returns the platforms that the images below an image lack, with the lines of its Dockerfile that need them.
 *
 * @throws CodedError `dockerfile-invalid` if its Dockerfile exceeds a limit
 */
export function targetPlatformProblems(
  one: BuiltImage,
  all: ReadonlyMap<string, BuiltImage>,
  buildPlatform: Platform | undefined,
): readonly Problem[] {
  return [...one.contexts].flatMap(([name, context]): Problem[] => {
    const base = context.kind === 'target' ? all.get(context.image ?? '') : undefined;
    return base === undefined ? [] : lacking(one, name, base, buildPlatform);
  });
}

function lacking(
  { image, platforms, args, contexts, text }: BuiltImage,
  context: string,
  base: BuiltImage,
  buildPlatform: Platform | undefined,
): Problem[] {
  const names = new Set([...contexts.keys()].map((name) => name.toLowerCase()));
  const uses = outsideUses(text, { args, platforms, buildPlatform, target: image.target, contexts: names });
  const used = uses.filter(({ name }) => isSameName(name, context));
  const has = new Set(base.platforms.map(formatPlatform));
  const missing = used.flatMap(({ platform, line }) => {
    const parsed = parsePlatform(platform);
    return parsed === undefined || has.has(formatPlatform(parsed)) ? [] : [[formatPlatform(parsed), line]];
  });
  const [first] = missing;
  if (first === undefined) return [];
  const list = [...new Set(missing.map(([platform]) => platform))].join(', ');
  const { name } = base.image;
  return [
    {
      code: 'platform-unsupported',
      message: `Image ${image.name} is built on target:${name} for ${list}, but ${name} is built for ${[...has].join(', ')} only.`,
      hint: `Add ${list} to the platforms of ${name}, or remove it from those of ${image.name}.`,
      position: { file: image.dockerfile, line: Number(first[1]) },
    },
  ];
}

/**
 * Returns whether two names refer to the same context. BuildKit matches the name as written and its full reference.
 */
function isSameName(one: string, other: string): boolean {
  const full = (name: string) => JSON.stringify(parseReference(name));
  return one.toLowerCase() === other.toLowerCase() || full(one) === full(other);
}
