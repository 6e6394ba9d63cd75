import type { Digest } from '@towpath/reference';
import { deleteImages } from '../registry/delete-images.ts';
import { imagesOf } from '../registry/record.ts';
import type { Repository } from '../registry/repository.ts';
import { evaluate } from './evaluate.ts';
import type { LifecycleResult } from './result.ts';
import { parseLifecyclePolicy } from './policy.ts';

/**
 * Evaluates the repository's lifecycle policy at a given time, and expires and archives images. ECR does so once a day,
 * the emulator only on request.
 *
 * @param now milliseconds since the epoch
 */
export async function applyLifecyclePolicy(repository: Repository, now: number): Promise<LifecycleResult[]> {
  const { record } = repository;
  if (record.lifecycle === undefined) return [];
  const results = evaluate(parseLifecyclePolicy(record.lifecycle.text), imagesOf(record), now);
  const digests = (action: LifecycleResult['action']): Digest[] =>
    results.filter((result) => result.action === action).map(({ digest }) => digest);
  await deleteImages(
    repository,
    digests('expire').map((imageDigest) => ({ imageDigest })),
  );
  const archived = digests('transition');
  await repository.update(({ lifecycle, ...rest }) => ({
    ...rest,
    ...(lifecycle !== undefined && { lifecycle: { ...lifecycle, evaluatedAt: now } }),
    images: Object.fromEntries(
      Object.entries(rest.images).map(([digest, image]) => [
        digest,
        archived.includes(digest as Digest)
          ? { ...image, storage: { class: 'ARCHIVE' as const, at: now } }
          : image,
      ]),
    ),
  }));
  return results;
}
