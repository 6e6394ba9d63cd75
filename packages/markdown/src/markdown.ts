import { withoutSequences } from './sequences.ts';

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
  return new Markdown(`<code>${show(text, inEntities)}</code>`);
}

/**
 * What a program has printed, line by line as it stands; it may be part of a list's item. HTML in one line, for a line
 * of the text must neither end the item nor the block.
 */
export function listing(lines: readonly string[]): Markdown {
  const shown = lines.map((line) =>
    inEntities(
      withoutSequences(line)
        .replace(/\t/g, '    ')
        .replace(/\p{Cc}+/gu, ''),
    ),
  );
  return new Markdown(`\n  <pre>${shown.join('&#10;')}</pre>`);
}

/** @throws TypeError when the address is no absolute URL of the web */
export function link(label: Content, address: string): Markdown {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`${JSON.stringify(address)} is no address of the web`);
  }
  const destination = url.href.replace(/[\\|`$]/g, encodeURIComponent).replaceAll('&', '&amp;');
  return new Markdown(`[${render(label)}](<${destination}>)`);
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
  return content instanceof Markdown ? content.toString() : show(String(content), escape);
}

/** What could end an HTML tag's text or a table's cell becomes an entity, for there a backslash escapes nothing. */
function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!~:.$-]/g, '\\$&').replace(/[&<>|]/g, entity);
}

function inEntities(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, entity);
}

function entity(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}

/**
 * The text on one line, white space as HTML shows it: no line end, no indented block. Renderers look for addresses
 * after parsing too, however their characters are escaped (cmark-gfm, autolink.c, `postprocess_text`): an empty
 * comment parts them, and is not copied with the text.
 */
function show(text: string, escapePart: (part: string) => string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ');
  return line
    .split(/(?<=@|:(?=\/\/)|www(?=\.))/i)
    .map(escapePart)
    .join('<!-- -->');
}
