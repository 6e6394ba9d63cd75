import { CodedError, type Problem } from '@towpath/errors';

/** Returns one error for all problems of a file. */
export function invalid(file: string, problems: readonly Problem[]): CodedError {
  return CodedError.of(problems, (count) => `${file} has ${count} problems.`);
}
