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
    hint: 'Free disk space: run docker buildx prune, and remove programs from the runner that the job does not need. Or use a larger runner.',
    cause: error,
  });
}

/** Joins names for a sentence. */
export function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
