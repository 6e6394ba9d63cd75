import type { Code } from './codes.ts';

/** A position in a file of the workspace. Lines and columns start at 1. */
export interface FilePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing that is wrong. An error lists all problems, so that the user can fix them in one go. */
export interface Problem {
  readonly code: Code;
  /** One sentence with the name of the image, input or file. */
  readonly message: string;
  /** The fix as an imperative. */
  readonly hint?: string;
  readonly position?: FilePosition;
}

/** Returns `file:line:column`, as editors and terminals link it. */
export function formatPosition({ file, line, column }: FilePosition): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
}
