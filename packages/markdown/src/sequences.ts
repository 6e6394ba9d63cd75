import { stripVTControlCharacters } from 'node:util';

/** Longer lines are stripped piece by piece: the time that Node takes grows with the square of a line's escapes. */
const maxLine = 2000;

/** A sequence begins with a control character: ESC, or its form of one character. */
const sequenceStart = /(?=\p{Cc})/u;

/** No sequence of a terminal is longer. */
const maxSequence = 256;

/** A line without the escape sequences of terminals, such as colours. */
export function withoutSequences(line: string): string {
  if (line.length <= maxLine) return stripVTControlCharacters(line);
  return line
    .split(sequenceStart)
    .map((piece) => stripVTControlCharacters(piece.slice(0, maxSequence)) + piece.slice(maxSequence))
    .join('');
}
