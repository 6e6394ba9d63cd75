import { Layout, type Endpoints } from '@towpath/oci';
import type { Account } from './account.ts';
import { pushImage } from './push-image.ts';

/**
 * Pushes the base images to the registry, as a pull-through cache holds them after they were pulled.
 *
 * @param folder of an OCI layout
 * @param tag for each image
 */
export async function pushBaseImages(
  folder: string,
  account: Account,
  endpoints: Endpoints,
  tag: string,
): Promise<void> {
  const layout = new Layout(folder);
  for (const root of (await layout.index()).manifests) {
    const repository = `docker-hub/library/${root.annotations?.['org.opencontainers.image.ref.name'] ?? ''}`;
    await account.createRepository(repository, 'MUTABLE');
    await pushImage(layout, root, { account, endpoints, repository, tag });
  }
}
