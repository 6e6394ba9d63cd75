import { CodedError, type Place, type Problem } from '@towpath/errors';
import type { Config, ImageConfig } from './config.ts';
import { invalid } from './invalid.ts';
import { insideWorkspace } from './paths.ts';

/** A path of the configuration, and under which keys of its image it stands. */
type PathUse = readonly [keys: readonly PropertyKey[], path: string];

/**
 * Holds every path of the configuration to the workspace, with the symbolic links that lie there: what is written was
 * looked at before.
 *
 * @param placeOf where in the file a key of an image stands
 * @throws CodedError `config-invalid` that lists every path that leads outside
 */
export async function checkLinks(
  { file, images, bases }: Config,
  workspace: string,
  placeOf: (image: string, keys: readonly PropertyKey[]) => Place,
): Promise<void> {
  const uses = [...images, ...bases].flatMap((image) =>
    pathsOf(image).map(([keys, path]) => ({ name: image.name, keys, path })),
  );
  const checked = uses.map(async ({ name, keys, path }): Promise<readonly Problem[]> => {
    try {
      await insideWorkspace(workspace, path);
      return [];
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const place = placeOf(name, keys);
      return error.problems.map(({ message, ...problem }) => ({
        ...problem,
        message: place.line === undefined ? `Image ${name}: ${message}` : message,
        place,
      }));
    }
  });
  const problems = (await Promise.all(checked)).flat();
  if (problems.length > 0) throw invalid(file, problems);
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
