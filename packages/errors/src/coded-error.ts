import type { Code } from './codes.ts';
import type { Problem } from './problem.ts';

/** The optional parts of a {@link CodedError}. */
export interface Details {
  /** The fix as an imperative, with the permission, the input or the command. */
  readonly hint?: string;
  /** All problems that were found. Default: the error itself is the only one. */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** An error that the user can fix. Its message, hint and problems are shown, its stack never is. */
export class CodedError extends Error {
  override readonly name: string = 'CodedError';
  readonly code: Code;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(code: Code, message: string, { hint, problems, cause }: Details = {}) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.problems = problems ?? [{ code, message, hint }];
  }

  /**
   * Makes one error from a list of problems. If there are several, the message is a summary.
   *
   * @param summary words the message for a number of problems, e.g. `towpath.yaml has 2 problems`
   * @throws Error if the list is empty
   */
  static of(problems: readonly Problem[], summary: (count: number) => string): CodedError {
    const [first] = problems;
    if (first === undefined) throw new Error('an error needs a problem');
    return new CodedError(first.code, problems.length === 1 ? first.message : summary(problems.length), {
      hint: problems.length === 1 ? first.hint : undefined,
      problems,
    });
  }
}

/** The optional parts of an {@link OutsideError}. */
export interface OutsideDetails extends Omit<Details, 'problems'> {
  /** The failed call, as its documentation names it, e.g. `ecr:PutImage` or `PUT /v2/…`. */
  readonly operation?: string;
  /** The id that AWS support needs to find the request. */
  readonly requestId?: string;
}

/** AWS, the network or a registry failed, and retries did not help. */
export class OutsideError extends CodedError {
  override readonly name = 'OutsideError';
  readonly operation: string | undefined;
  readonly requestId: string | undefined;

  constructor(code: Code, message: string, { operation, requestId, ...details }: OutsideDetails = {}) {
    super(code, message, details);
    this.operation = operation;
    this.requestId = requestId;
  }
}
