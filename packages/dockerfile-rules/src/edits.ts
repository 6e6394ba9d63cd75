/** A change of one line, or the removal of lines. Lines are counted from 1, columns from 0. */
export type Edit =
  | {
      readonly kind: 'replace';
      readonly line: number;
      readonly column: number;
      readonly length: number;
      readonly text: string;
    }
  | { readonly kind: 'delete'; readonly from: number; readonly to: number };

/** Returns the edit that replaces the first word of a line that equals `word`, or undefined if there is none. */
export function replaceWord(
  lines: readonly string[],
  line: number,
  word: string,
  text: string,
): readonly Edit[] | undefined {
  const column = columnOf(lines[line - 1] ?? '', word);
  return column < 0 ? undefined : [{ kind: 'replace', line, column, length: word.length, text }];
}

/** Returns the column of the first word that equals `word`, or -1. */
export function columnOf(text: string, word: string): number {
  if (word === '') return -1;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before = ' ', after = ' '] = [text[at - 1], text[at + word.length]];
    if (/\s/.test(before) && /\s/.test(after)) return at;
  }
  return -1;
}

/**
 * Applies edits to a text and keeps its line ends. Skips an edit that overlaps one before it, so that the next round
 * can apply it.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const lines: (string | undefined)[] = text.split('\n');
  const touched = new Map<number, number>();
  // From right to left, so that columns stay valid.
  const replacements = edits
    .flatMap((edit) => (edit.kind === 'replace' ? [edit] : []))
    .sort((one, other) => other.line - one.line || other.column - one.column);
  for (const { line, column, length, text: inserted } of replacements) {
    const old = lines[line - 1];
    if (old === undefined || column + length > (touched.get(line) ?? old.length)) continue;
    lines[line - 1] = `${old.slice(0, column)}${inserted}${old.slice(column + length)}`;
    touched.set(line, column);
  }
  for (const edit of edits) {
    if (edit.kind !== 'delete') continue;
    const range = Array.from({ length: edit.to - edit.from + 1 }, (_, index) => edit.from + index);
    if (range.some((line) => touched.has(line))) continue;
    for (const line of range) lines[line - 1] = undefined;
  }
  return lines.filter((line) => line !== undefined).join('\n');
}
