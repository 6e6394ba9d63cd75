import type { Config } from '@towpath/config';
import { suggest } from '@towpath/errors';
import type { Annotation } from '@towpath/flow';

/**
 * Returns a warning for each value of the input `secrets` that no configured image uses. A typo in the name would
 * leave the real secret without a value.
 */
export function annotateUndeclaredSecrets(
  { images, bases, file }: Pick<Config, 'images' | 'bases' | 'file'>,
  given: ReadonlyMap<string, string>,
): readonly Annotation[] {
  const sources = [...images, ...bases].flatMap(({ secrets }) => [...secrets.values()]);
  const taken = [...new Set(sources.flatMap((source) => ('env' in source ? source.env : [])))];
  return [...given.keys()]
    .filter((name) => !taken.includes(name))
    .map((name) => {
      const hint =
        taken.length === 0
          ? `Add it to an image, such as secrets: { token: { env: ${name} } }.`
          : suggest(name, taken);
      const message = `Input secrets has ${name}, but no image of ${file} has a secret with env: ${name}. ${hint}`;
      return { level: 'warning', title: 'secrets', message };
    });
}
