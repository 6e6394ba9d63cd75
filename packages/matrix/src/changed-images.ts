import type { Config, ImageConfig } from '@towpath/config';

/**
 * Returns the images whose configuration differs from an earlier one, with the reason. Settings that change no image
 * do not count: environments, gates, tags, the cache of the whole build, and reuse.
 */
export function changedImages(before: Config, after: Config): ReadonlyMap<string, string> {
  const { file } = after;
  const all = [...after.images, ...after.bases];
  const everything = (what: string) => new Map(all.map(({ name }) => [name, `${what} changed in ${file}`]));
  if (text(before.registry) !== text(after.registry)) return everything('registry');
  if (text(shared(before)) !== text(shared(after))) return everything('a setting of all images');
  const earlier = new Map([...before.images, ...before.bases].map((image) => [image.name, image]));
  return new Map(
    all.flatMap((image): [string, string][] => {
      const old = earlier.get(image.name);
      if (old === undefined) return [[image.name, `it is new in ${file}`]];
      return text(own(old)) === text(own(image))
        ? []
        : [[image.name, `its configuration changed in ${file}`]];
    }),
  );
}

/** Leaves out where layers are cached, what is reused and what is loaded: the images are the same. */
function shared({ build }: Config): unknown {
  return { ...build, cache: undefined, reuse: undefined, load: undefined };
}

function own(image: ImageConfig): unknown {
  return { ...image, cache: undefined };
}

/** Writes a value so that equal values have equal texts, whatever the order of their keys. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Map) return { map: [...one].sort(byKey) };
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(byKey));
  });
}

function byKey([one]: readonly [unknown, unknown], [other]: readonly [unknown, unknown]): number {
  return String(one) < String(other) ? -1 : 1;
}
