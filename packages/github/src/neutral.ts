import { withoutSequences } from '@towpath/markdown';

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
