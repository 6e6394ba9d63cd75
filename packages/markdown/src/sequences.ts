import { stripVTControlCharacters } from 'node:util';

/**
 * Longer lines are processed in pieces, because the run time of Node.js grows with the square of the number of
 * escapes in a line.
 */
const maxLine = 2000;

/** The start of a sequence: a control character, which is ESC or its single-character form. */
const sequenceStart = /(?=\p{Cc})/u;

/** The maximum length of a terminal sequence. */
const maxSequence = 256;

/** Returns a line without terminal escape sequences, such as colours. */
export function withoutSequences(line: string): string {
  if (line.length <= maxLine) return stripVTControlCharacters(line);
  return line
    .split(sequenceStart)
    .map((piece) => stripVTControlCharacters(piece.slice(0, maxSequence)) + piece.slice(maxSequence))
    .join('');
}
