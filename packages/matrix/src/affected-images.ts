import { targetsOf } from '@towpath/build-inputs';
import type { ImageConfig } from '@towpath/config';
import { posix } from 'node:path';

/** The files of a checkout that an image is built from. All paths are relative to the workspace. */
export interface ImageSource {
  readonly image: ImageConfig;
  /** The Dockerfile and its ignore file, under all of their names if there are links. */
  readonly files: readonly string[];
  /** The context and the named contexts. */
  readonly folders: readonly SourceFolder[];
}

interface SourceFolder {
  /** Empty for the workspace itself. */
  readonly path: string;
  /** Whether the builder gets a file. Images with equal rules share the function, so that it is called once. */
  readonly sends: (path: string) => boolean;
}

/** An image that a change affects, and the first reason. */
export interface AffectedImage {
  readonly name: string;
  readonly why: string;
}

/** The images of one folder with the same rules. */
interface Watch {
  readonly sends: SourceFolder['sends'];
  /** The images that no path has affected yet. */
  readonly names: Set<string>;
}

/**
 * Returns the images that changed files affect, and the images that are built on them.
 *
 * The time grows with the number of paths and their depth, not with the number of images: a folder is looked up by its
 * name, and an image that is affected is not looked at again.
 *
 * @param sources in build order, with the images that others are built on first
 * @param known the images that are affected for another reason, by name
 */
export function affectedImages(
  paths: readonly string[],
  sources: readonly ImageSource[],
  known: ReadonlyMap<string, string> = new Map(),
): readonly AffectedImage[] {
  const why = new Map(known);
  const left = sources.filter(({ image }) => !why.has(image.name));
  const { exact, folders } = index(left);
  for (const path of paths) {
    if (why.size === sources.length) break;
    for (const name of exact.get(path) ?? []) if (!why.has(name)) why.set(name, `${path} changed`);
    for (const [folder, below] of ancestors(path))
      for (const watch of folders.get(folder) ?? []) {
        for (const name of watch.names) if (why.has(name)) watch.names.delete(name);
        // A name that is not UTF-8 was read with replacement characters, so no pattern can be trusted.
        if (watch.names.size === 0 || !(below.includes('\uFFFD') || watch.sends(below))) continue;
        for (const name of watch.names) why.set(name, `${path} changed`);
      }
  }
  for (const { image } of sources) {
    const base = targetsOf(image).find((target) => why.has(target));
    if (base !== undefined && !why.has(image.name))
      why.set(image.name, `it is built on ${base}, which changed`);
  }
  return sources.flatMap(({ image: { name } }) => {
    const reason = why.get(name);
    return reason === undefined ? [] : [{ name, why: reason }];
  });
}

function index(sources: readonly ImageSource[]): {
  readonly exact: ReadonlyMap<string, ReadonlySet<string>>;
  readonly folders: ReadonlyMap<string, readonly Watch[]>;
} {
  const exact = new Map<string, Set<string>>();
  const folders = new Map<string, Watch[]>();
  const add = (path: string, name: string) => {
    const names = exact.get(path) ?? new Set();
    exact.set(path, names.add(name));
  };
  for (const { image, files, folders: own } of sources) {
    for (const path of [...files, ...own.map((folder) => folder.path)]) {
      add(path, image.name);
      // A link or a submodule above the path changes everything below.
      for (const [above] of ancestors(path)) if (above !== '') add(above, image.name);
    }
    for (const { path, sends } of own) {
      // The ignore file decides what the builder gets, even if it excludes itself.
      add(posix.join(path, '.dockerignore'), image.name);
      const watches = folders.get(path) ?? [];
      const watch = watches.find((one) => one.sends === sends);
      if (watch === undefined) watches.push({ sends, names: new Set([image.name]) });
      else watch.names.add(image.name);
      folders.set(path, watches);
    }
  }
  return { exact, folders };
}

/** Returns each folder above a path, and the rest of the path below it. */
function ancestors(path: string): readonly (readonly [folder: string, below: string])[] {
  const found: [string, string][] = path === '' ? [] : [['', path]];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1))
    found.push([path.slice(0, at), path.slice(at + 1)]);
  return found;
}
