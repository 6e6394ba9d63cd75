import type { LayerCache } from '@towpath/buildx';
import type { Proposal } from '@towpath/ci';
import { insideWorkspace, type CacheConfig, type ImageConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { useParent } from '@towpath/files';
import type { Environment } from '@towpath/flow';
import { formatReference, parseReference } from '@towpath/reference';
import { lstat, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The input for choosing a layer cache. */
export interface CacheContext {
  readonly workspace: string;
  readonly env: Environment;
  /** The unmerged change that the run may be for; undefined if there is none. */
  readonly proposal: Proposal | undefined;
  /** Returns the repository that an image is published to. Called only if a registry cache has no `reference`. */
  readonly locate: (image: ImageConfig) => Promise<{ readonly host: string; readonly repository: string }>;
}

/** The tag in a cache repository that holds nothing else. */
const cacheTag = 'layers';

/**
 * Returns the cache settings of one image if several images share one configured cache. Each image gets a cache of
 * its own, because each export replaces the whole cache.
 */
export function cacheAmongOthers(cache: CacheConfig, image: string): CacheConfig {
  if (cache.type === 'gha' && cache.scope !== undefined)
    return { ...cache, scope: `${cache.scope}-${image}` };
  if (cache.type !== 'registry' || cache.reference === undefined) return cache;
  const reference = parseReference(cache.reference);
  if (reference?.tag === undefined) return cache;
  return { ...cache, reference: formatReference({ ...reference, tag: `${reference.tag}-${image}` }) };
}

/**
 * Returns the layer cache of one image.
 *
 * @returns undefined if it has none
 */
export async function layerCache(
  image: ImageConfig,
  config: CacheConfig,
  { workspace, env, proposal, locate }: CacheContext,
): Promise<LayerCache | undefined> {
  const { isolated } = proposal ?? {};
  const request = proposal && { ...(isolated !== undefined && { scope: `pr-${isolated}` }) };
  const access = request && { request };
  switch (config.type) {
    case 'none':
      return undefined;
    case 'gha':
      return { ...config, ...access, scope: config.scope ?? image.name };
    case 'registry':
      return { ...config, ...access, reference: await cacheReference(image, config.reference, locate) };
    case 'local':
      return { ...config, ...access, path: await localFolder(image, config.path, { workspace, env }) };
  }
}

/**
 * Returns the reference of a registry cache. The default is a separate repository next to the image's: its tags are
 * mutable, and it has its own lifecycle policy.
 */
async function cacheReference(
  image: ImageConfig,
  configured: string | undefined,
  locate: CacheContext['locate'],
): Promise<string> {
  const reference = configured === undefined ? undefined : parseReference(configured);
  if (reference !== undefined) return formatReference(reference);
  const { host, repository } = await locate(image);
  return formatReference({ host, repository: `${repository}-cache`, tag: cacheTag });
}

/**
 * Returns the folder of a local cache. The default is outside the workspace, so that no build context contains it.
 */
async function localFolder(
  image: ImageConfig,
  path: string | undefined,
  { workspace, env }: Pick<CacheContext, 'workspace' | 'env'>,
): Promise<string> {
  if (path === undefined) {
    const caches = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache');
    return join(caches, 'towpath', 'layers', image.name);
  }
  const folder = insideWorkspace(workspace, path);
  const names = await readdir(folder).catch(() => []);
  // The name may end with platforms. BuildKit follows links inside a cache folder.
  const own = [image.name, ...names.filter((name) => name.startsWith(`${image.name}-`))];
  for (const name of own) await requireNoLinks(image, workspace, join(folder, name));
  return join(folder, image.name);
}

/** The paths that BuildKit writes to in a cache folder without checking for links (containerd, `content/local`). */
const written = ['index.json', 'index.json.lock', 'oci-layout', 'ingest', 'blobs', 'blobs/sha256'];

/** @throws CodedError `config-invalid` if the cache folder is in `.git`, or has a link where BuildKit writes */
async function requireNoLinks({ name: image }: ImageConfig, workspace: string, path: string): Promise<void> {
  const code = 'config-invalid';
  for (const entry of written)
    await useParent(workspace, join(path, entry), { code }, async (folder, name) => {
      const found = await lstat(folder?.at(name) ?? '').catch(() => undefined);
      if (found === undefined || found.isFile() || found.isDirectory()) return;
      const message = `Image ${image}: ${join(path, entry)}, in its layer cache, is a link or a device.`;
      throw new CodedError(code, message, {
        hint: 'Remove it from the repository, or choose another folder for the cache.',
      });
    });
}
