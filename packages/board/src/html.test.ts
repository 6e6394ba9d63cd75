import { describe, expect, test } from '@jest/globals';
import { html, inlineJson, link, webAddress } from './html.ts';

describe('html', () => {
  test.each([
    ['<b>&"\'`', '&#60;b&#62;&#38;&#34;&#39;&#96;'],
    ['</script>', '&#60;/script&#62;'],
    ['a\u0000b\u001bc', 'a\ufffdb\ufffdc'],
    ['gnp.\u202eexe', 'gnp.\ufffdexe'],
    ['Müller ☃', 'Müller ☃'],
  ])('shows the text %j as it is', (text, shown) => {
    expect(html`<p title="${text}">${text}</p>`.toString()).toBe(`<p title="${shown}">${shown}</p>`);
  });

  test('inserts HTML and lists of HTML without escaping them again', () => {
    expect(
      html`<ul>
        ${[html`<li>1</li>`, undefined, html`<li>${2}</li>`]}
      </ul>`.toString(),
    ).toMatch(/<li>1<\/li><li>2<\/li>/);
  });
});

describe('a link', () => {
  test.each([
    ['https://github.com/acme/app', 'https://github.com/acme/app'],
    ['HTTP://example.com/a"b', 'http://example.com/a%22b'],
    ['javascript:alert(1)', undefined],
    [' \u0001java\nscript:alert(1)', undefined],
    ['data:text/html,<script>1</script>', undefined],
    ['vbscript:x', undefined],
    ['file:///etc/passwd', undefined],
    ['//example.com', undefined],
    ['https://user:pw@example.com', undefined],
    [`https://example.com/${'x'.repeat(3000)}`, undefined],
    ['not an address', undefined],
    [undefined, undefined],
  ])('to %j leads to %j', (address, expected) => {
    expect(webAddress(address)).toBe(expected);
    expect(link('label', address).toString().includes('<a ')).toBe(expected !== undefined);
  });
});

test('data in a page cannot end its element', () => {
  const value = { name: '</script><!--<script>', line: '\u2028' };
  const text = inlineJson('data', value).toString();
  expect(text.match(/<\/?script|<!--/g)).toEqual(['<script', '</script']);
  expect(JSON.parse(text.replace(/^<[^>]*>|<[^>]*>$/g, ''))).toEqual(value);
});
