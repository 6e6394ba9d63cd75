import { withoutSequences } from './sequences.ts';

/**
 * Markdown for job summaries. Inserted strings are mostly untrusted (image names, findings, branch names). They are
 * escaped, so that they are shown as plain text.
 */
export class Markdown {
  readonly #source: string;

  /** @param source trusted Markdown that is not escaped */
  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

/** Content to insert into Markdown. Strings and numbers are escaped, Markdown is not. */
export type Content = Markdown | string | number;

/** Creates Markdown from a template literal. The literal parts are trusted, inserted values are escaped. */
export function md(parts: TemplateStringsArray, ...contents: readonly Content[]): Markdown {
  return new Markdown(parts.reduce((source, part, index) => source + render(contents[index - 1]) + part, ''));
}

/** Returns the text in monospace. Uses HTML, because a backtick or a pipe cannot be escaped in a code span. */
export function code(text: string): Markdown {
  return new Markdown(`<code>${show(text, inEntities)}</code>`);
}

/**
 * Returns the output of a program line by line, also for use within a list item. Uses a single line of HTML, because
 * a line of the text must not end the item or the block.
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

/** @throws TypeError if the address is not an absolute web URL */
export function link(label: Content, address: string): Markdown {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`${JSON.stringify(address)} is not a web address`);
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

/** Returns a table with a header row. A row has at most as many cells as the header. */
export function table(header: readonly string[], rows: readonly (readonly Content[])[]): Markdown {
  const line = (cells: readonly Content[]) =>
    `| ${header.map((_, column) => render(cells[column])).join(' | ')} |`;
  return new Markdown(
    [line(header), line(header.map(() => new Markdown('---'))), ...rows.map(line)].join('\n'),
  );
}

/** Returns content that is shown only after a click on its title. Markdown is not parsed in a title. */
export function details(title: string, content: Content): Markdown {
  return new Markdown(
    `<details><summary>${show(title, inEntities)}</summary>\n\n${render(content)}\n</details>`,
  );
}

/** Joins blocks as paragraphs. Absent blocks leave no gap. */
export function page(...blocks: readonly (Content | undefined)[]): Markdown {
  const present = blocks.filter((block) => block !== undefined);
  return new Markdown(present.map((block) => `${render(block)}\n`).join('\n'));
}

function render(content: Content | undefined): string {
  if (content === undefined) return '';
  return content instanceof Markdown ? content.toString() : show(String(content), escape);
}

/**
 * Escapes the characters that could end an HTML element's text or a table cell as entities, because backslashes have
 * no effect there.
 */
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
 * Returns the text on one line, with white space as HTML shows it: no line ends and no indented blocks.
 *
 * Renderers look for addresses after parsing, even if their characters are escaped (cmark-gfm, autolink.c,
 * `postprocess_text`). GitHub also looks for mentions and numbers of issues. An empty comment splits them, and is not
 * copied with the text.
 */
function show(text: string, escapePart: (part: string) => string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ');
  return line
    .split(/(?<=@|#(?=\d)|:(?=\/\/)|www(?=\.))/i)
    .map(escapePart)
    .join('<!-- -->');
}
