import type { Config, ImageConfig } from '@towpath/config';
import { CodedError, suggest } from '@towpath/errors';

/** Returns the images of the configuration that an image is built on: the `target:` entries of its contexts. */
export function targetsOf({ contexts }: ImageConfig): readonly string[] {
  return [...contexts.values()].flatMap((context) => (context.kind === 'target' ? [context.image] : []));
}

/**
 * Returns the images to build, with the images that they are built on first.
 *
 * @throws CodedError `config-invalid` if one is unknown or depends on itself
 */
export function buildOrder(images: readonly ImageConfig[], config: Config): readonly ImageConfig[] {
  const ordered = new Set<ImageConfig>();
  const visit = (image: ImageConfig, above: readonly string[]): void => {
    if (ordered.has(image)) return;
    if (above.includes(image.name)) throw circle([...above, image.name]);
    for (const name of targetsOf(image)) visit(find(name, image, config), [...above, image.name]);
    ordered.add(image);
  };
  for (const image of images) visit(image, []);
  return [...ordered];
}

function find(name: string, { name: image }: ImageConfig, config: Config): ImageConfig {
  const found = [...config.images, ...config.bases].find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = [...config.images, ...config.bases].map((one) => one.name);
  throw new CodedError(
    'config-invalid',
    `Image ${image} is based on target:${name}, but ${config.file} has no image of this name.`,
    { hint: suggest(name, names) },
  );
}

function circle(names: readonly string[]): CodedError {
  return new CodedError(
    'config-invalid',
    `Images are based on each other in a circle: ${names.join(' → ')}.`,
    {
      hint: 'Remove one target: from the contexts.',
    },
  );
}
