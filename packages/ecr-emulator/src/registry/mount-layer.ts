import type { Digest } from '@towpath/reference';
import { isDeepStrictEqual } from 'node:util';
import type { Ecr } from '../ecr.ts';
import { ruleFor } from '../pull-through/rule.ts';
import { isReferenced } from './record.ts';
import type { Registry } from './registry.ts';
import type { Repository } from './repository.ts';

/**
 * Mounts a layer of another repository of the registry, if ECR would: the registry allows it, the source is no
 * pull-through cache, both repositories are encrypted alike, and an image of the source has the layer (ECR User Guide, "Blob mounting"; CR#2860).
 *
 * @returns false when the layer has to be uploaded
 */
export async function mountLayer(
  ecr: Ecr,
  { settings }: Registry,
  digest: Digest,
  source: Repository,
  target: Repository,
): Promise<boolean> {
  const mountable =
    ruleFor(settings, source.name) === undefined &&
    settings.account.BLOB_MOUNTING === 'ENABLED' &&
    isDeepStrictEqual(source.record.encryption, target.record.encryption) &&
    source.layers.has(digest) &&
    (isReferenced(source.record, digest) || !ecr.deviates('mount-by-image'));
  if (mountable) await target.shareLayer(digest, source);
  return mountable;
}
