import type { Code } from './codes.ts';

/** A place in a file of the workspace. Lines and columns start at 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing that is wrong. An error may carry several, so that a person mends them in one go. */
export interface Problem {
  readonly code: Code;
  /** What is wrong, in one sentence, with the name of the image, input or file. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly place?: Place;
}

/** `file:line:column`, as editors and terminals link it. */
export function formatPlace({ file, line, column }: Place): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
}
