/** HTML whose inserted texts are escaped. */
export class Html {
  readonly #source: string;

  /** @param source trusted HTML that is not escaped */
  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

/** Content to insert into HTML. Strings and numbers are escaped, HTML is not. Lists are joined. */
export type HtmlContent = Html | string | number | undefined | readonly HtmlContent[];

/** Creates HTML from a template literal. The literal parts are trusted. Quote the values of attributes. */
export function html(parts: TemplateStringsArray, ...contents: readonly HtmlContent[]): Html {
  return new Html(parts.reduce((source, part, index) => source + render(contents[index - 1]) + part, ''));
}

/** Returns a link for a web address, and only the label for any other text, such as `javascript:`. */
export function link(label: HtmlContent, address: string | undefined): Html {
  const url = webAddress(address);
  return url === undefined ? html`${label}` : html`<a href="${url}" rel="noopener noreferrer">${label}</a>`;
}

/** The maximum length of an address, in characters. */
const maxAddress = 2048;

/** Returns the normalized address if it is an http(s) URL without credentials. */
export function webAddress(address: string | undefined): string | undefined {
  if (address === undefined || address.length > maxAddress) return undefined;
  const url = URL.parse(address);
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isWeb ? url.href : undefined;
}

/**
 * Returns an element with data as JSON, which is not executed. `<` is escaped, because a text such as `</script>` would
 * end the element.
 */
export function inlineJson(id: string, value: unknown): Html {
  const json = JSON.stringify(value).replaceAll('<', '\\u003c');
  return new Html(`<script type="application/json" id="${id}">${json}</script>`);
}

function render(content: HtmlContent): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.toString();
  if (typeof content === 'object') return content.map(render).join('');
  return escape(String(content));
}

/** The characters with a meaning in HTML, and those that change the direction of the text around them. */
const special = /[&<>"'`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cc}]/gu;

function escape(text: string): string {
  return text.replace(special, (character) => {
    const code = character.charCodeAt(0);
    // HTML has no reference for control characters, and a hidden change of direction could disguise a name.
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code > 0x600 ? '\ufffd' : `&#${code};`;
  });
}
