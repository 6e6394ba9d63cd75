import { withoutSequences } from '@towpath/markdown';

/** Invisible, and not white space for .NET's Trim. Text after it is therefore not at the start of the line. */
const zeroWidthSpace = '\u200b';

/**
 * Makes untrusted text safe to print on a runner. A runner reads commands from the log of a step: `::name::` at the
 * start of a line, after any white space, and the older `##[name]` anywhere in a line (actions/runner,
 * ActionCommand.cs).
 *
 * An invisible character disables both and keeps them readable. A single carriage return also ends a line. Other
 * control characters are removed.
 */
export function neutralLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((line) =>
    withoutSequences(line)
      .replace(/[^\P{Cc}\t]/gu, '')
      .replace(/^(?=\s*::)/u, zeroWidthSpace)
      .replaceAll('##[', `##${zeroWidthSpace}[`),
  );
}
