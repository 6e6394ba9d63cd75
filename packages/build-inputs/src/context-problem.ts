import type { ImageConfig } from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import { posix } from 'node:path';

/** Adds the image to a problem. A problem in an ignore file has a position relative to the context. */
export function ofImage(
  { message, position, ...problem }: Problem,
  { name, context }: Pick<ImageConfig, 'name' | 'context'>,
): Problem {
  const inContext = position && { ...position, file: posix.join(context, position.file) };
  return { ...problem, message: `Image ${name}, context ${context}: ${message}`, position: inContext };
}

/** Adds the image to every problem of an error; another error stays as it is. */
export function withImage(error: unknown, image: Pick<ImageConfig, 'name' | 'context'>): unknown {
  if (!(error instanceof CodedError)) return error;
  return CodedError.of(
    error.problems.map((problem) => ofImage(problem, image)),
    () => error.message,
  );
}
