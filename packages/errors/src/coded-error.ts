import type { Code } from './codes.ts';
import type { Problem } from './problem.ts';

/** What a {@link CodedError} may carry beside its message. */
export interface Details {
  /** What the user can do: which permission, which input, which command. */
  readonly hint?: string;
  /** Everything that is wrong, when it is more than the message alone says. */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** An ending that the user can mend. Its stack is never shown; its message, hint and problems are. */
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
   * One error for a list of problems: the message counts them when there are several.
   *
   * @param summary what the problems have in common, e.g. `towpath.yaml has 2 problems`
   * @throws Error when the list is empty
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

/** What a failed call told about itself. */
export interface OutsideDetails extends Omit<Details, 'problems'> {
  /** The call, as its documentation names it, e.g. `ecr:PutImage` or `PUT /v2/…`. */
  readonly operation?: string;
  /** What AWS support asks for. */
  readonly requestId?: string;
}

/** AWS, the network or a registry failed, and trying again did not help. */
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
