/**
 * An error response of Amazon ECR. It has the exception and message of the JSON API. The registry API translates the
 * exception to a status and an OCI error code.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The name of the exception in the service model, e.g. `RepositoryNotFoundException`. */
  readonly exception: string;
  /** The members of the exception in addition to its message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(exception: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.exception = exception;
    this.members = members;
  }
}
