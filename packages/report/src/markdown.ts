/**
 * Markdown for job summaries. What is put in is mostly text of somebody else (image names, findings, branch
 * names): a string is escaped when it goes in, so that it can show itself and do nothing else.
 */
export class Markdown {
  readonly #source: string;

  /** @param source Markdown as it shall stand, of our own making */
  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

/** What may be put into Markdown: strings and numbers are escaped, Markdown stays as it is. */
export type Content = Markdown | string | number;

/** A piece of Markdown from a template literal: the literal parts are ours, what is put in is escaped. */
export function md(parts: TemplateStringsArray, ...contents: readonly Content[]): Markdown {
  return new Markdown(parts.reduce((source, part, index) => source + render(contents[index - 1]) + part, ''));
}

/** The text in a fixed-width face. HTML, because a backtick or a pipe cannot be escaped in a code span. */
export function code(text: string): Markdown {
  const escaped = oneLine(text).replace(/[&<>|`*_[\]\\@]/g, (character) => `&#${character.charCodeAt(0)};`);
  return new Markdown(`<code>${escaped}</code>`);
}

/** @throws TypeError when the address is no absolute URL */
export function link(label: Content, url: string): Markdown {
  return new Markdown(`[${render(label)}](<${new URL(url).href}>)`);
}

export function heading(level: 2 | 3 | 4, content: Content): Markdown {
  return new Markdown(`${'#'.repeat(level)} ${render(content)}`);
}

export function bullets(items: readonly Content[]): Markdown {
  return new Markdown(items.map((item) => `- ${render(item)}`).join('\n'));
}

/** A table with a header row; a row has no more cells than the header. */
export function table(header: readonly string[], rows: readonly (readonly Content[])[]): Markdown {
  const line = (cells: readonly Content[]) =>
    `| ${header.map((_, column) => render(cells[column])).join(' | ')} |`;
  return new Markdown(
    [line(header), line(header.map(() => new Markdown('---'))), ...rows.map(line)].join('\n'),
  );
}

/** Blocks one below the other, as paragraphs are; an absent block leaves no gap. */
export function page(...blocks: readonly (Content | undefined)[]): Markdown {
  const present = blocks.filter((block) => block !== undefined);
  return new Markdown(present.map((block) => `${render(block)}\n`).join('\n'));
}

function render(content: Content | undefined): string {
  if (content === undefined) return '';
  return content instanceof Markdown ? content.toString() : escape(String(content));
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escape(text: string): string {
  return oneLine(text)
    .replace(/[&<>]/g, (character) => entities[character] ?? character)
    .replace(/[\\`*_{}[\]()#+!|~@:-]/g, '\\$&');
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
