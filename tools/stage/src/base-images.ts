import { copyGraph, Layout, RemoteRepository, surveyGraph, Transport, type Endpoints } from '@towpath/oci';
import { setTimeout } from 'node:timers/promises';
import type { Account } from './account.ts';

/**
 * Puts the base images into the registry, as a pull-through cache holds them once they were pulled.
 *
 * @param folder of an OCI layout
 * @param tag that each gets
 */
export async function pushBaseImages(
  folder: string,
  account: Account,
  endpoints: Endpoints,
  tag: string,
): Promise<void> {
  const layout = new Layout(folder);
  const login = `Basic ${Buffer.from(await account.login()).toString('base64')}`;
  const transport = new Transport({ authorize: () => Promise.resolve(login), endpoints, env: {} });
  for (const root of (await layout.index()).manifests) {
    const name = `docker-hub/library/${root.annotations?.['org.opencontainers.image.ref.name'] ?? ''}`;
    await account.createRepository(name, 'MUTABLE');
    const clock = { sleep: (milliseconds: number) => setTimeout(milliseconds) };
    const repository = new RemoteRepository(transport, { clock }, account.host, name);
    const nothing = {
      blobs: () => Promise.resolve(new Set<never>()),
      manifests: () => Promise.resolve(new Set<never>()),
    };
    await copyGraph(await surveyGraph(layout, root, nothing), layout, repository);
    await account.tag(name, await layout.manifest(root), tag);
  }
}
