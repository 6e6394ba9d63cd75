import { CodedError, type Problem } from '@towpath/errors';
import type { Config, ImageConfig } from './config.ts';
import type { Keys } from './keys.ts';
import { insideWorkspace } from './paths.ts';

/** A path in the configuration, and the image keys under which it is written. */
type PathUse = readonly [keys: readonly PropertyKey[], path: string];

/** Finds paths in the configuration that lead out of the workspace, by `..` or by a symbolic link. */
export function linkProblems({ images, bases }: Config, workspace: string, keys: Keys): readonly Problem[] {
  const uses = [...images, ...bases].flatMap((image) =>
    pathsOf(image).map(([key, path]) => ({ name: image.name, key, path })),
  );
  return uses.flatMap(({ name, key, path }): readonly Problem[] => {
    try {
      insideWorkspace(workspace, path);
      return [];
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const position = keys.positionOf(keys.image(name, key));
      return error.problems.map(({ message, ...problem }) => ({
        ...problem,
        message: position.line === undefined ? `Image ${name}: ${message}` : message,
        position,
      }));
    }
  });
}

function pathsOf({ context, dockerfile, contexts, secrets, ssh, cache }: ImageConfig): readonly PathUse[] {
  return [
    [['context'], context],
    [['dockerfile'], dockerfile],
    ...[...contexts].flatMap(([name, one]): PathUse[] =>
      'path' in one ? [[['contexts', name], one.path]] : [],
    ),
    ...[...secrets].flatMap(([id, one]): PathUse[] =>
      'file' in one ? [[['secrets', id, 'file'], one.file]] : [],
    ),
    ...ssh.flatMap(({ keys }, index) => keys.map((key): PathUse => [['ssh', index], key])),
    ...(cache !== undefined && 'path' in cache && cache.path !== undefined
      ? [[['cache', 'path'], cache.path] as const]
      : []),
  ];
}
