import { CodedError } from '@towpath/errors';

/**
 * What a write ended with that found no room (errno(3): ENOSPC, EDQUOT), in words that help; any other error as it is.
 *
 * @param what could not be written, with what there is in spite of it
 * @param folder that it was to be written to
 */
export function asDiskFull(error: unknown, what: string, folder: string): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new CodedError('disk-full', `${what}: the disk of ${folder} is full.`, {
    hint: 'Free some of it (docker buildx prune where the builder is on it, too; remove what the runner has and the job does not need), or take a larger runner. What was built comes from the builder’s cache then, where that is kept.',
    cause: error,
  });
}

/** Names for a sentence. */
export function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
