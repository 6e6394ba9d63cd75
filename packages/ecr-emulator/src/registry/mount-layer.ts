import type { Digest } from '@towpath/reference';
import { isDeepStrictEqual } from 'node:util';
import type { Ecr } from '../ecr.ts';
import { ruleFor } from '../pull-through/rule.ts';
import { isReferenced } from './record.ts';
import type { Registry } from './registry.ts';
import type { Repository } from './repository.ts';

/**
 * Mounts a layer of another repository of the registry under ECR's conditions (ECR User Guide, "Blob mounting"; CR#2860):
 *
 * - The account setting BLOB_MOUNTING is enabled.
 * - The source is not a pull-through cache.
 * - Both repositories have the same encryption.
 * - An image of the source contains the layer.
 *
 * @returns false if the layer must be uploaded
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
