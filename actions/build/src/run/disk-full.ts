import { CodedError } from '@towpath/errors';

/**
 * Converts the error of a write that found no disk space (errno(3): ENOSPC, EDQUOT) into one with a hint. Returns any
 * other error unchanged.
 *
 * @param what could not be written, and what was written anyway
 * @param folder the target of the write
 */
export function asDiskFull(error: unknown, what: string, folder: string): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new CodedError('disk-full', `${what}: the disk of ${folder} is full.`, {
    hint: 'Free some of it (docker buildx prune where the builder is on it, too; remove what the runner has and the job does not need), or take a larger runner. What was built comes from the builder’s cache then, where that is kept.',
    cause: error,
  });
}

/** Joins names for a sentence. */
export function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
