import type { Config, ImageConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import type { Environment } from '@towpath/flow';
import { isDeepStrictEqual } from 'node:util';

/** The variables that a bake or Compose file can read, and how to read the file without some of them. */
export interface Variables {
  readonly env: Environment;
  /** Variables of a `.env` file that is not part of the repository. */
  readonly dotEnv: Environment;
  /** Reads the file with changed variables. A variable that is undefined is unset. */
  readonly readWith: (changed: Environment) => Promise<Config>;
}

/**
 * Replaces the values that a bake or Compose file takes from the variables of this machine, which can be secrets, by the
 * defaults of the file. Without a default, the build arg is omitted. The registry and the repositories stay as they are.
 *
 * @returns the configuration, and warnings about the values
 */
export async function portableImages(
  config: Config,
  { env, dotEnv, readWith }: Variables,
): Promise<{ readonly config: Config; readonly warnings: readonly string[] }> {
  const images = [...config.bases, ...config.images];
  const written = JSON.stringify(images.map(valuesOf));
  const all = { ...dotEnv, ...env };
  const used = Object.entries(all).filter(
    ([, value]) =>
      value !== undefined && value !== '' && written.includes(JSON.stringify(value).slice(1, -1)),
  );
  if (used.length === 0) return { config, warnings: [] };
  // An empty variable takes precedence over a `.env` file.
  const changed = Object.fromEntries(used.map(([name]) => [name, name in dotEnv ? '' : undefined]));
  const read = await readWith(changed).catch((error: unknown) => {
    if (error instanceof CodedError) return undefined;
    throw error;
  });
  const defaults = new Map([...(read?.bases ?? []), ...(read?.images ?? [])].map((one) => [one.name, one]));
  const secretValues = used.map(([, value = '']) => value);
  const portable = new Map(
    images.map((image) => [image.name, portableImage(image, defaults.get(image.name), secretValues)]),
  );
  const keys = new Set(images.flatMap((image) => differingKeys(image, portable.get(image.name) ?? image)));
  if (keys.size === 0) return { config, warnings: [] };
  const replaced = (list: readonly ImageConfig[]) => list.map((image) => portable.get(image.name) ?? image);
  return {
    config: { ...config, images: replaced(config.images), bases: replaced(config.bases) },
    warnings: [
      `${config.file} takes ${[...keys].join(', ')} from variables of this machine. Their values are not written: towpath.yaml has the defaults of ${config.file}, or omits them. Pass secrets with the key secrets, and other build args with the input build-args of build.`,
    ],
  };
}

/** Returns what a variable can be in, besides the tags. */
function valuesOf({
  args,
  labels,
  annotations,
  contexts,
  addHosts,
  secrets,
  ...image
}: ImageConfig): unknown {
  return [image, ...[args, labels, annotations, contexts, addHosts, secrets].map((map) => [...map])];
}

function portableImage(
  image: ImageConfig,
  plain: ImageConfig | undefined,
  values: readonly string[],
): ImageConfig {
  if (plain === undefined) return withoutValues(image, values);
  const args = [...plain.args].filter(([name, value]) => value !== '' || image.args.get(name) === '');
  return { ...plain, repository: image.repository, args: new Map(args) };
}

/** Omits what contains one of the values, in a file that cannot be read without its variables, such as `${TOKEN:?}`. */
function withoutValues(image: ImageConfig, values: readonly string[]): ImageConfig {
  const { args, labels, annotations, contexts, addHosts } = image;
  const isPlain = (value: unknown) => {
    const text = JSON.stringify(value);
    return !values.some((one) => text.includes(JSON.stringify(one).slice(1, -1)));
  };
  const plain = <T>(map: ReadonlyMap<string, T>) => new Map([...map].filter(([, value]) => isPlain(value)));
  return {
    ...image,
    args: plain(args),
    labels: plain(labels),
    annotations: plain(annotations),
    contexts: plain(contexts),
    addHosts: plain(addHosts),
  };
}

/** Returns the names of the keys that differ, and of the build args. */
function differingKeys(one: ImageConfig, other: ImageConfig): readonly string[] {
  const keys = (Object.keys(one) as (keyof ImageConfig)[]).filter((key) => key !== 'args');
  return [
    ...[...one.args]
      .filter(([name, value]) => other.args.get(name) !== value)
      .map(([name]) => `args.${name}`),
    ...keys.filter((key) => !isDeepStrictEqual(one[key], other[key])),
  ];
}
