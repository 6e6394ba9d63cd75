import { CodedError, suggest } from '@towpath/errors';
import type { Config, ImageConfig } from './config.ts';

/**
 * Returns the images that a step acts on: all of them, or the requested ones.
 *
 * @throws CodedError `input-invalid` that lists every name that the configuration does not contain
 */
export function selectImages(config: Config, only: readonly string[]): readonly ImageConfig[] {
  if (only.length === 0) return config.images;
  const names = config.images.map(({ name }) => name);
  const problems = only
    .filter((name) => !names.includes(name))
    .map((name) => ({
      code: 'input-invalid' as const,
      message: `${config.file} has no image ${JSON.stringify(name)}.`,
      hint: suggest(name, names),
    }));
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} images are unknown.`);
  return config.images.filter(({ name }) => only.includes(name));
}
