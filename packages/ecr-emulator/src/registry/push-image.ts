import type { Ecr } from '../ecr.ts';
import { putImage, type PushedImage, type PutImage } from './put-image.ts';
import type { Registry } from './registry.ts';
import type { Repository } from './repository.ts';
import { scansOnPush } from '../scan/state.ts';

/** Puts an image, and lets follow what follows a push: the scan. */
export async function pushImage(
  { clock }: Ecr,
  registry: Registry,
  repository: Repository,
  pushed: PushedImage,
): Promise<PutImage> {
  return putImage(repository, pushed, clock.now(), scansOnPush(repository.record, registry.settings));
}
