import { expect, test } from '@jest/globals';
import { fuzz, inTime, survivesAttacks } from '@towpath/fuzz';
import fc from 'fast-check';
import { cvssScores } from './cvss.ts';
import { reports } from './harness/reports.ts';
import { matchReport } from './match-report.ts';
import { readReport } from './read-report.ts';
import { parseDigest } from '@towpath/reference';

const corpus = new URL('hostile.corpus.json', import.meta.url);
const image = { digest: parseDigest(`sha256:${'a'.repeat(64)}`), platform: 'linux/amd64' };

/** Reads a report and compares it with an image. */
function read(text: string): unknown {
  return matchReport(readReport(text), image);
}

/** Parts of reports, so that texts made of them come close to a report. */
const pieces = [
  ...['{"', '":', '",', '"}', '[{', '}]', 'null', 'true', '{}', '[]', '[[', '{"a":'],
  ...[
    '"Results":[',
    '"Vulnerabilities":[',
    '{"VulnerabilityID":"CVE-2026-1"},',
    '"matches":[',
    '"runs":[',
    '"ok":false,',
  ],
  ...[
    '"vulnerabilities":[',
    '"applications":[',
    '"findings":[',
    '"imageScanStatus":{',
    'CVSS:3.1/',
    '/AV:N',
    'sha256:',
  ],
];

test('texts of any kind are refused or read in time', () => {
  survivesAttacks(read, pieces);
  fuzz(read, pieces, { file: corpus, name: 'readReport' });
});

/** Returns the paths of all values in a document. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name]))];
}

/** Returns a copy of a document with another value at a path. */
function withValue(document: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(document)
    ? [...(document as unknown[])]
    : { ...(document as object) };
  Object.assign(copy, { [name]: withValue((document as Record<string, unknown>)[name], rest, value) });
  return copy;
}

const oddValues = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  'x',
  '\0',
  [],
  [null],
  [[]],
  {},
  { a: 1 },
  'sha256:',
  '__proto__',
  [['x']],
  '9'.repeat(5000),
];

test.each(Object.entries(reports))(
  'a report of kind %s with any value in any place is read or refused',
  (_, document) => {
    for (const path of pathsOf(document)) {
      for (const value of oddValues) {
        const text = JSON.stringify(withValue(document, path, value));
        try {
          read(text);
        } catch (error) {
          expect({ path, value, error: (error as Error).name }).toMatchObject({ error: 'CodedError' });
        }
      }
    }
  },
);

test.each(Object.entries(reports))(
  'a report of kind %s has no fewer findings with a further odd member',
  (_, document) => {
    const count = readReport(JSON.stringify(document)).findings.length;
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z_]{1,10}$/), fc.jsonValue(), (name, value) => {
        fc.pre(
          ![
            'matches',
            'runs',
            'ok',
            'error',
            'applications',
            'vulnerabilities',
            'findings',
            'version',
          ].includes(name),
        );
        expect(readReport(JSON.stringify({ ...document, [name]: value })).findings).toHaveLength(count);
      }),
    );
  },
);

/** Repeats an object of a list in a report. */
function repeated(kind: string, list: string, times: number): string {
  const text = JSON.stringify(reports[kind]);
  const start = text.indexOf(`"${list}":[`) + list.length + 4;
  let depth = 0;
  let end = start;
  do {
    depth += text[end] === '{' ? 1 : text[end] === '}' ? -1 : 0;
    end += 1;
  } while (depth > 0);
  const one = text.slice(start, end);
  return `${text.slice(0, start)}${Array.from({ length: times }, (_, index) => one.replaceAll(/CVE-2026-1234|ZLIB-1/g, `CVE-2026-${10_000 + index}`)).join(',')}${text.slice(end)}`;
}

test.each([
  ['trivy', 'Vulnerabilities'],
  ['grype', 'matches'],
  ['snyk', 'vulnerabilities'],
  ['sarif', 'results'],
  ['inspector', 'findings'],
])('10,000 findings in a report of kind %s are read in time', (kind, list) => {
  const text = repeated(kind, list, 10_000);
  expect(inTime(() => readReport(text)).findings.length).toBeGreaterThanOrEqual(10_000);
});

test('20,000 rules without an index are found in time', () => {
  const rules = Array.from({ length: 20_000 }, (_, index) => ({ id: `R${index}` }));
  const results = rules.map(({ id }) => ({ ruleId: id }));
  const tool = { driver: { name: 'Grype', rules } };
  const text = JSON.stringify({ version: '2.1.0', runs: [{ tool, results }] });
  expect(inTime(() => readReport(text)).findings).toHaveLength(20_000);
});

test('20,000 runs of different tools are read in time', () => {
  const runs = Array.from({ length: 20_000 }, (_, index) => ({
    tool: { driver: { name: `tool ${index}` } },
    results: index % 2 === 0 ? [] : [{ ruleId: `CVE-2026-${10_000 + index}` }],
    ...(index % 4 === 1 && { properties: { imageName: 'web:1' } }),
  }));
  const text = JSON.stringify({ version: '2.1.0', runs });
  const report = inTime(() => readReport(text));
  expect(inTime(() => matchReport(report, image)).findings).toHaveLength(10_000);
});

test('documents of any depth are refused in time', () => {
  for (const piece of ['[', '{"applications":[', '{"a":']) {
    const text = `${piece.repeat(100_000)}1`;
    expect(() => inTime(() => readReport(text))).toThrow('not valid JSON');
  }
  const closed = `{"ok":true,"vulnerabilities":[],"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  expect(inTime(() => readReport(closed)).findings).toEqual([]);
});

test('vectors of any kind are rated in time', () => {
  const rate = (vector: string) => cvssScores([{ vector }]);
  const metrics = ['AV:N/', '/AC:L', 'CVSS:3.1/', 'CVSS:4.0/', '(', ')'];
  survivesAttacks(rate, metrics);
  fuzz(rate, metrics, { file: corpus, name: 'cvss' });
});
