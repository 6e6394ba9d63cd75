import { stripVTControlCharacters } from 'node:util';

/** Invisible, and no white space to .NET's Trim, so that what follows it does not start the line. */
const zeroWidthSpace = '\u200b';

/**
 * Text of somebody else, made safe to print on a runner, which reads commands from the log of a step: `::name::`
 * where a line starts, after any white space, and the older `##[name]` anywhere in a line (actions/runner,
 * ActionCommand.cs). An invisible character breaks both and leaves them readable. A lone carriage return ends a
 * line there too; other control characters go.
 */
export function neutralLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((line) =>
    withoutSequences(line)
      .replace(/[^\P{Cc}\t]/gu, '')
      .replace(/^(?=\s*::)/u, zeroWidthSpace)
      .replaceAll('##[', `##${zeroWidthSpace}[`),
  );
}

/** Longer lines are stripped piece by piece: the time that Node takes grows with the square of a line's escapes. */
const maxLine = 2000;

/** A sequence begins with a control character: ESC, or its form of one character. */
const sequenceStart = /(?=\p{Cc})/u;

/** No sequence of a terminal is longer. */
const maxSequence = 256;

function withoutSequences(line: string): string {
  if (line.length <= maxLine) return stripVTControlCharacters(line);
  return line
    .split(sequenceStart)
    .map((piece) => stripVTControlCharacters(piece.slice(0, maxSequence)) + piece.slice(maxSequence))
    .join('');
}
