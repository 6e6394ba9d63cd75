/**
 * A request that Amazon ECR refuses. It is worded once, as the JSON API words it: the registry is a face of the
 * same service and turns the exception's name into a status and an OCI error code.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The exception as the service model names it, e.g. `RepositoryNotFoundException`. */
  readonly exception: string;
  /** Members that the exception has beside its message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(exception: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.exception = exception;
    this.members = members;
  }
}
