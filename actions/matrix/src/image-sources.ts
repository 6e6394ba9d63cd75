import { contextFilter, ignoreFileOf } from '@towpath/build-context';
import type { ImageInputs } from '@towpath/build-inputs';
import type { ImageSource } from '@towpath/matrix';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';

type Sends = (path: string) => boolean;

/** Returns the files of the workspace that each image is built from. */
export async function imageSources(
  images: readonly ImageInputs[],
  workspace: string,
): Promise<readonly ImageSource[]> {
  const root = await realpath(workspace);
  const filters = new Map<string, Sends>();
  const filterOf = async (folder: string, dockerfile?: string): Promise<Sends> => {
    // The Dockerfile matters only if it has its own ignore file.
    const own = dockerfile !== undefined && existsSync(ignoreFileOf(dockerfile)) ? dockerfile : '';
    const key = `${folder}\0${own}`;
    const known = filters.get(key);
    if (known !== undefined) return known;
    const filter = await contextFilter(folder, dockerfile);
    const sends: Sends = (path) => filter.sends(path);
    filters.set(key, sends);
    return sends;
  };
  /** Returns a path as it is written, and as it is after links: git knows files by the latter. */
  const namesOf = async (path: string) => {
    const real = await realpath(path).catch(() => path);
    return [...new Set([relative(workspace, path), relative(root, real)])];
  };
  const sources: ImageSource[] = [];
  for (const { image, context, dockerfile, contexts } of images) {
    const folders: { path: string; sends: Sends }[] = [];
    const add = async (folder: string, sends: Sends) => {
      for (const path of await namesOf(folder)) folders.push({ path, sends });
    };
    await add(context, await filterOf(context, dockerfile));
    for (const one of contexts.values()) {
      if (one.kind === 'folder') await add(one.folder, await filterOf(one.folder));
      if (one.kind === 'other' && one.source.startsWith('oci-layout://'))
        await add(one.source.slice('oci-layout://'.length).replace(/(?:@[^/]*|:[^/]*)$/, ''), () => true);
    }
    const files = (await namesOf(dockerfile)).flatMap((path) => [path, ignoreFileOf(path)]);
    sources.push({ image, files, folders });
  }
  return sources;
}
