/** An error of the operating system or of Node, with its code, e.g. ECONNRESET. */
export interface SystemError extends Error {
  readonly code: string;
}

/** Does not check the class: Node's errors belong to another realm in tests. */
export function isSystemError(error: unknown): error is SystemError {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
