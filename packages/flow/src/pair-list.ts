/** An entry of a list, and the line on which it starts, counted from 1. */
export interface Entry {
  readonly text: string;
  readonly line: number;
}

/** A list with a line that cannot be read. */
export interface Unreadable {
  readonly line: number;
  readonly reason: string;
}

/**
 * Returns the entries of a list input, one per line. Uses the syntax that docker/build-push-action uses for
 * `build-args`: CSV in which commas do not separate.
 *
 * - `"A=b,c"` is the entry `A=b,c`.
 * - A quoted entry may span lines, and `""` in it is a quote.
 * - A quote in any other position is an ordinary character.
 * - White space before an entry is ignored, white space after it is kept.
 * - With `heredocs`, an entry can also be `NAME<<END`, lines, and `END`.
 */
export function readEntries(text: string, { heredocs = false } = {}): readonly Entry[] | Unreadable {
  const entries: Entry[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    while (text[at] === ' ' || text[at] === '\t') at += 1;
    const heredoc = heredocs ? readHeredoc(text, at) : undefined;
    if (heredoc === 'endless') return { line, reason: 'the line that ends its value is missing' };
    const read = heredoc ?? readEntry(text, at);
    if (read === undefined) return { line, reason: 'its quote does not end' };
    if (read.text.trim() !== '') entries.push({ text: read.text, line });
    line += read.lines;
    at = read.end;
  }
  return entries;
}

/**
 * Reads `NAME<<END`, the lines of the value, and a line `END`. GitHub uses the same form for multi-line values
 * (GitHub docs, "Multiline strings"). Quotes in the value have no meaning.
 */
function readHeredoc(text: string, start: number) {
  const head = /(?<name>[A-Za-z_][\w.-]*)<<(?<end>[^\s<]+)[ \t]*\r?\n/y;
  head.lastIndex = start;
  const { name = '', end = '' } = head.exec(text)?.groups ?? {};
  if (end === '') return undefined;
  const from = head.lastIndex;
  for (let at = from, lines = 1; at < text.length; lines += 1) {
    const found = text.indexOf('\n', at);
    const next = found < 0 ? text.length : found + 1;
    if (text.slice(at, next).trim() === end) {
      const value = text.slice(from, at).replace(/\r?\n$/, '');
      return { text: `${name}=${value}`, end: next, lines: lines + 1 };
    }
    at = next;
  }
  return 'endless';
}

/** Reads one entry, from its first character to the start of the next one. */
function readEntry(text: string, start: number) {
  const fields: string[] = [];
  let at = start;
  let lines = 0;
  for (;;) {
    const quoted = text[at] === '"' ? readQuoted(text, at) : undefined;
    if (quoted === 'endless') return undefined;
    const { field, end } = quoted ?? readPlain(text, at);
    lines += field.split('\n').length - 1;
    fields.push(field);
    if (text[end] === ',') {
      at = end + 1;
      continue;
    }
    const next = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    return { text: fields.join(','), end: next, lines: lines + 1 };
  }
}

/**
 * Reads a quoted field. Returns undefined if text follows its closing quote: then the quotes are part of the text.
 */
function readQuoted(text: string, start: number): { field: string; end: number } | 'endless' | undefined {
  let closing = text.indexOf('"', start + 1);
  while (closing >= 0 && text[closing + 1] === '"') closing = text.indexOf('"', closing + 2);
  if (closing < 0) return 'endless';
  let end = closing + 1;
  while (text[end] === ' ' || text[end] === '\t') end += 1;
  const isEnd = end >= text.length || text[end] === ',' || text[end] === '\n' || text.startsWith('\r\n', end);
  return isEnd ? { field: text.slice(start + 1, closing).replaceAll('""', '"'), end } : undefined;
}

function readPlain(text: string, start: number): { field: string; end: number } {
  const plain = /[^,\n]*/y;
  plain.lastIndex = start;
  const field = plain.exec(text)?.[0] ?? '';
  const isEndOfLine = field.endsWith('\r') && text[plain.lastIndex] === '\n';
  return isEndOfLine
    ? { field: field.slice(0, -1), end: plain.lastIndex - 1 }
    : { field: field.replace(/\r$/, ''), end: plain.lastIndex };
}
