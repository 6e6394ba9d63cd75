import { expect, test } from '@jest/globals';
import { remoteSources } from './remote-sources.ts';

const commit = 'a'.repeat(40);

test.each([
  ['ADD https://example.com/a.tgz /', ['https://example.com/a.tgz']],
  [
    'add ["http://example.com/$V.tgz", "https://example.com/b", "/"]',
    ['http://example.com/$V.tgz', 'https://example.com/b'],
  ],
  ['ADD --checksum=sha256:0123 https://example.com/a.tgz /', []],
  ['ADD git@github.com:acme/tool.git#main /', ['git@github.com:acme/tool.git#main']],
  [`ADD https://github.com/acme/tool.git#${commit} /`, []],
  [`ADD --keep-git-dir=true https://github.com/acme/tool.git#${commit}:sub /`, []],
  ['ADD a b $JAR /', []],
  ['COPY https://example.com/a /', []],
  ['RUN curl https://example.com/a', []],
  ['ADD <<EOF /\nhttps://example.com/a\nEOF', []],
])('what %j adds from elsewhere may change: %j', (line, expected) => {
  expect(remoteSources(`FROM scratch\n${line}\n`)).toEqual(expected);
});
