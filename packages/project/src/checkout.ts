import type { Checkout } from '@towpath/ci';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The commit that is checked out in a workspace, and its branch; undefined when the workspace is no clone of git. Files
 * are read rather than git asked, which is not on every runner, and refuses a clone of another user
 * (gitrepository-layout(5)).
 */
export async function readCheckout(workspace: string): Promise<Checkout | undefined> {
  const folder = await gitFolder(join(workspace, '.git'));
  const head = await readText(join(folder, 'HEAD'));
  const { ref } = /^ref: (?<ref>refs\/\S+)$/.exec(head)?.groups ?? {};
  const commit = ref === undefined ? head : await commitOf(folder, ref);
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit)) return undefined;
  const { branch } = /^refs\/heads\/(?<branch>.+)$/.exec(ref ?? '')?.groups ?? {};
  return branch === undefined ? { commit } : { commit, branch };
}

/** A worktree and a submodule have a file there, that names the folder. */
async function gitFolder(path: string): Promise<string> {
  const { folder } = /^gitdir: (?<folder>.+)$/.exec(await readText(path))?.groups ?? {};
  return folder === undefined ? path : resolve(path, '..', folder);
}

/** A ref has a file of its own, or a line in `packed-refs`; those of a worktree lie in the clone it belongs to. */
async function commitOf(folder: string, ref: string): Promise<string> {
  const common = resolve(folder, await readText(join(folder, 'commondir')));
  const loose = await readText(join(common, ref));
  if (loose !== '') return loose;
  const packed = await readText(join(common, 'packed-refs'));
  return (
    packed
      .split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(' ')[0] ?? ''
  );
}

/** Without its last line end; empty when there is no such file. */
async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trimEnd();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return '';
    throw error;
  }
}
