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
  expect(remoteSources(`FROM scratch\n${line}\n`, new Map())).toEqual(expected);
});

test.each<{ name: string; text: string; args?: Record<string, string>; expected: readonly string[] }>([
  { name: 'an arg has', text: 'ARG URL=https://example.com/a\nADD ${URL} /', expected: ['${URL}'] },
  { name: 'a variable has', text: 'ENV URL https://example.com/a\nADD "$URL" /', expected: ['"$URL"'] },
  {
    name: 'the build gives',
    text: 'ARG URL\nADD $URL/a.tgz /',
    args: { URL: 'http://example.com' },
    expected: ['$URL/a.tgz'],
  },
  { name: 'nothing has', text: 'ARG JAR=target/*.jar\nADD ${JAR} /app.jar', expected: [] },
  {
    name: 'is held to a checksum',
    text: 'ARG URL=https://example.com/a\nADD --checksum=sha256:0123 $URL /',
    expected: [],
  },
])('a source that begins with a variable may be an address that $name', ({ text, args = {}, expected }) => {
  expect(remoteSources(`FROM scratch\n${text}\n`, new Map(Object.entries(args)))).toEqual(expected);
});
