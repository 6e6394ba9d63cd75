/** An error of the system or of Node, with what it is called there, e.g. ECONNRESET. */
export interface SystemError extends Error {
  readonly code: string;
}

/** Not by its class: errors of Node are of another realm where tests run. */
export function isSystemError(error: unknown): error is SystemError {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
