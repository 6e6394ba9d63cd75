import type { Config, ImageConfig } from '@towpath/config';
import { CodedError, suggest, type Problem } from '@towpath/errors';
import { formatPlatform } from '@towpath/reference';

/** Returns the images of the configuration that an image is built on: the `target:` entries of its contexts. */
export function targetsOf({ contexts }: Pick<ImageConfig, 'contexts'>): readonly string[] {
  return [...contexts.values()].flatMap((context) => (context.kind === 'target' ? [context.image] : []));
}

/** Which images are built on which other images. */
export interface BuildGraph {
  /** The images and those that they are built on, which come first. */
  readonly ordered: readonly ImageConfig[];
  /** Returns the images that an image is built on, directly or not. */
  readonly below: (name: string) => ReadonlySet<string>;
}

/**
 * Returns the graph of some images and of those that they are built on.
 *
 * @throws CodedError `config-invalid` that lists every unknown image and every circle
 */
export function buildGraph(images: readonly ImageConfig[], config: Config): BuildGraph {
  const known = withInheritedPlatforms(config);
  const problems: Problem[] = [];
  const done = new Set<string>();
  const open = new Set<string>();
  const visits: Visit[] = [];
  const enter = (name: string) => {
    open.add(name);
    visits.push({ name, targets: targetsOf(known.get(name) ?? { contexts: new Map() }), next: 0 });
  };
  // A loop and not a recursion: a chain of images can be longer than the stack.
  for (const { name } of images) {
    if (!done.has(name)) enter(name);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const target = visit.targets[visit.next];
      visit.next += 1;
      if (target === undefined) {
        visits.pop();
        open.delete(visit.name);
        done.add(visit.name);
      } else if (open.has(target)) problems.push(circle([...open], target));
      else if (!known.has(target)) problems.push(unknown(target, visit.name, config.file, [...known.keys()]));
      else if (!done.has(target)) enter(target);
    }
  }
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `The images are based on each other in ${count} wrong ways.`);
  return {
    ordered: [...done].flatMap((name) => known.get(name) ?? []),
    below: (name) => reachable(name, known),
  };
}

/**
 * Returns the images to build, with the images that they are built on first.
 *
 * @throws CodedError `config-invalid` as {@link buildGraph}
 */
export function buildOrder(images: readonly ImageConfig[], config: Config): readonly ImageConfig[] {
  return buildGraph(images, config).ordered;
}

interface Visit {
  readonly name: string;
  readonly targets: readonly string[];
  next: number;
}

function reachable(name: string, known: ReadonlyMap<string, ImageConfig>): ReadonlySet<string> {
  const found = new Set<string>();
  const left = [name];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    const image = known.get(one);
    for (const target of image === undefined ? [] : targetsOf(image)) {
      if (found.has(target)) continue;
      found.add(target);
      left.push(target);
    }
  }
  return found;
}

/** Returns a configuration in which images that are never published have the platforms of the graph. */
export function inheritPlatforms(config: Config): Config {
  const known = withInheritedPlatforms(config);
  return { ...config, bases: config.bases.map((base) => known.get(base.name) ?? base) };
}

/**
 * Returns all images of a configuration by name. An image that is never published and has no platforms gets the
 * platforms of all images that are built on it: BuildKit would otherwise take its own platform for each of them.
 */
function withInheritedPlatforms({ images, bases }: Config): ReadonlyMap<string, ImageConfig> {
  const known = new Map([...images, ...bases].map((image) => [image.name, image]));
  const above = new Map<string, ImageConfig[]>();
  for (const image of known.values())
    for (const target of targetsOf(image)) above.set(target, [...(above.get(target) ?? []), image]);
  const own = new Set(bases.filter(({ platforms }) => platforms.length === 0).map(({ name }) => name));
  for (const name of own) {
    const users = new Set(above.get(name));
    // The loop also visits images that are added while it runs.
    for (const user of users)
      if (own.has(user.name)) for (const one of above.get(user.name) ?? []) users.add(one);
    const published = [...users].filter((user) => !own.has(user.name));
    const base = known.get(name);
    // An image for the builder's own platform needs that of the base, too, and only the builder knows it.
    if (base === undefined || published.some(({ platforms }) => platforms.length === 0)) continue;
    const platforms = new Map(
      published.flatMap((user) => user.platforms.map((one) => [formatPlatform(one), one] as const)),
    );
    known.set(name, { ...base, platforms: [...platforms.values()] });
  }
  return known;
}

/** The maximum number of images that a message about a circle lists. */
const maxShown = 20;

function circle(open: readonly string[], target: string): Problem {
  const names = [...open.slice(open.indexOf(target)), target];
  const shown = names.length > maxShown ? [...names.slice(0, maxShown), '…'] : names;
  return {
    code: 'config-invalid',
    message: `Images are based on each other in a circle: ${shown.join(' → ')}.`,
    hint: 'Remove one target: from the contexts.',
  };
}

function unknown(target: string, image: string, file: string, names: readonly string[]): Problem {
  return {
    code: 'config-invalid',
    message: `Image ${image} is based on target:${target}, but ${file} has no image of this name.`,
    hint: suggest(target, names),
  };
}
