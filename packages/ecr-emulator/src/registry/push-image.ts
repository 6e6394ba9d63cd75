import type { Ecr } from '../ecr.ts';
import { scansOnPush } from '../scan/state.ts';
import { putImage, type PushedImage, type PutImage } from './put-image.ts';
import type { Registry } from './registry.ts';
import type { Repository } from './repository.ts';

/** Puts an image, and starts its scan and replication. */
export async function pushImage(
  { clock, replicator }: Ecr,
  registry: Registry,
  repository: Repository,
  pushed: PushedImage,
): Promise<PutImage> {
  const scan = scansOnPush(repository.record, registry.settings);
  const put = await putImage(repository, pushed, clock.now(), scan);
  if (!put.existed) await replicator.pushed(registry, repository, put.manifest.digest);
  return put;
}
