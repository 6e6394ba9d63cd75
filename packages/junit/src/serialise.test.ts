import { expect, test } from '@jest/globals';
import { fuzz } from '@towpath/fuzz';
import { XMLParser } from 'fast-xml-parser';
import { serialise, type TestCase, type TestSuite } from './serialise.ts';

const suites: readonly TestSuite[] = [
  {
    name: 'web linux/amd64',
    cases: [
      { name: 'scan is complete', result: { kind: 'passed' } },
      {
        name: 'CVE-2026-1 in <openssl>',
        result: { kind: 'failed', message: 'high & "bad"', details: 'a\nb' },
        file: 'web/Dockerfile',
        line: 3,
      },
    ],
  },
  {
    name: 'api',
    cases: [
      { name: 'scan', group: 'api.linux', result: { kind: 'error', message: 'no scan' } },
      { name: 'CVE-2026-2', result: { kind: 'skipped', message: 'accepted until 2026-12-31' } },
    ],
  },
];

test('writes suites and cases with their counts, as CodeBuild and Jenkins read them', () => {
  expect(serialise('scan-gate', suites)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="scan-gate" tests="4" failures="1" errors="1" skipped="1" time="0">
  <testsuite name="web linux/amd64" tests="2" failures="1" errors="0" skipped="0" time="0">
    <testcase classname="web linux/amd64" name="scan is complete" time="0"/>
    <testcase classname="web linux/amd64" name="CVE-2026-1 in &#60;openssl&#62;" time="0" file="web/Dockerfile" line="3">
      <failure message="high &#38; &#34;bad&#34;" type="failure">a
b</failure>
    </testcase>
  </testsuite>
  <testsuite name="api" tests="2" failures="0" errors="1" skipped="1" time="0">
    <testcase classname="api.linux" name="scan" time="0">
      <error message="no scan" type="error">no scan</error>
    </testcase>
    <testcase classname="api" name="CVE-2026-2" time="0">
      <skipped message="accepted until 2026-12-31"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

interface Reread {
  readonly testsuites: {
    readonly testsuite: { readonly testcase: { readonly name: string; readonly failure: Failure } };
  };
}

interface Failure {
  readonly message: string;
  readonly '#text': string;
}

/** Returns the name, the message and the text of a failed case as another parser of XML reads them. */
function reread(message: string, details = message, name = 'x'): readonly string[] {
  const cases: TestCase[] = [{ name, result: { kind: 'failed', message, details } }];
  const text = serialise('a', [{ name: 'a', cases }]);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    htmlEntities: true,
    trimValues: false,
    parseTagValue: false,
  });
  const { testcase } = (parser.parse(text) as Reread).testsuites.testsuite;
  return [testcase.name, testcase.failure.message, testcase.failure['#text']];
}

test.each([
  { name: 'markup', text: `]]><b a='1'>"&amp;` },
  { name: 'line ends and tabs in an attribute', text: 'a\n\tb' },
  { name: 'an emoji', text: '🚢' },
])('another parser reads $name as it was written', ({ text }) => {
  expect(reread(text, text, text)).toEqual([text, text, text]);
});

test('replaces characters that XML cannot contain', () => {
  expect(reread('a\u0000\u001b[31m\uFFFEb\uD800')[1]).toBe('a\uFFFD\uFFFD[31m\uFFFDb\uFFFD');
});

test('cuts long texts', () => {
  const [, message = '', details = ''] = reread('m'.repeat(9_000), 'd'.repeat(90_000));
  expect([message.length, details.length]).toEqual([2_000, 20_000]);
});

test('ends in time for any text', () => {
  const write = (text: string) =>
    serialise(text, [{ name: text, cases: [{ name: text, result: { kind: 'failed', message: text } }] }]);
  fuzz(write, ['<', '&', '\u0000', '𝒳'], {
    file: new URL('./hostile.corpus.json', import.meta.url),
    name: 'JUnit',
  });
});
