/**
 * Returns a page of Markdown as the summaries of actions have it, as text for a terminal.
 *
 * @param show changes the text of a line or a cell, before the cells are aligned
 */
export function plainPage(markdown: string, show = (text: string) => text): string {
  const lines: string[] = [];
  let rows: string[][] = [];
  const endTable = () => {
    lines.push(...align(rows));
    rows = [];
  };
  for (const line of markdown.split('\n')) {
    if (/^\s*\|/.test(line)) {
      const cells = cellsOf(line);
      if (!cells.every((cell) => /^:?-+:?$/.test(cell)))
        rows.push(cells.map((cell) => show(plainText(cell))));
      continue;
    }
    endTable();
    const text = show(plainText(line.replace(/^#{1,6} /, '')));
    if (text.trim() !== '' || line.trim() === '') lines.push(text);
  }
  endTable();
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Returns a line of Markdown without its markup. */
export function plainText(markdown: string): string {
  return markdown.replace(
    markup,
    (_, span: string | undefined, escaped?: string, entity?: string, link?: string) =>
      span ?? escaped ?? link ?? (entity === undefined ? '' : characterOf(Number(entity))),
  );
}

/** Code spans, escaped punctuation, entities, tags, empty comments, emphasis and links, in the forms that packages/markdown writes. */
const markup =
  /`([^`\n]{1,500})`|\\([!-/:-@[-`{-~])|&#(\d{1,7});|<\/?[a-z][^<>]{0,500}>|<!-- -->|\*\*|`|\[([^\][]{0,500})\]\([^()\s]{0,2000}\)/g;

function characterOf(point: number): string {
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : '';
}

function cellsOf(line: string): string[] {
  const cells = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim());
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
