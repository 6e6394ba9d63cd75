import { expect, test } from '@jest/globals';
import { bullets, code, details, heading, md, page, table } from '@towpath/markdown';
import { plainPage } from './plain-page.ts';

test('shows a page of Markdown as text, with aligned tables', () => {
  const shown = page(
    heading(3, 'Gate failed'),
    md`Image ${code('web')} has ${'*stars* & <tags>'}.`,
    table(
      ['Image', 'Verdict'],
      [
        ['a-long-name', 'pass'],
        ['b|c', 'fail'],
      ],
    ),
    bullets(['one', 'two']),
  );
  expect(plainPage(shown.toString())).toBe(`Gate failed

Image web has *stars* & <tags>.

Image        Verdict
a-long-name  pass
b|c          fail

- one
- two`);
});

test('changes the text of cells before it aligns them', () => {
  const shown = table(['Command', 'Result'], [['the input a', 'see https://example.com/x']]);
  const page = plainPage(shown.toString(), (text) => text.replace('the input ', '--'));
  expect(page).toBe('Command  Result\n--a      see https://example.com/x');
});

test('keeps what is in a code span', () => {
  expect(plainPage('the repository `<prefix>/towpath` and <b>bold</b>')).toBe(
    'the repository <prefix>/towpath and bold',
  );
});

test('shows what a page folds', () => {
  expect(plainPage(details('All findings', page('CVE-1')).toString())).toContain('CVE-1');
});
