import { describe, expect, test } from '@jest/globals';
import { read, refusal } from './harness/read.ts';
import * as kinds from './harness/reports.ts';
import { sha, vector } from './harness/reports.ts';

describe('a report of Snyk', () => {
  test('has the findings of the image and its applications, each once', () => {
    const { findings, subjects, notices } = read(kinds.snyk);
    expect(findings).toMatchObject([
      {
        id: 'SNYK-DEBIAN12-ZLIB-1',
        package: { name: 'zlib', version: '1.2', type: 'deb' },
        fix: { state: 'none', versions: [] },
      },
      { id: 'CVE-2026-1234' },
    ]);
    expect(findings[1]).toEqual({
      id: 'CVE-2026-1234',
      aliases: ['SNYK-JS-LEFTPAD-1', 'GHSA-2222-3333-4444', 'SNYK-JS-LEFTPAD-0'],
      severity: 'critical',
      package: { name: 'left-pad', version: '2.0.0', type: 'npm', path: '/app/package.json' },
      fix: { state: 'fixed', versions: ['2.0.1', '1.9.9'] },
      cvss: [
        { version: '3.1', vector, score: 9.8, source: 'Snyk' },
        { version: '3.1', vector: vector.replace('AC:L', 'AC:H'), score: 8.1, source: 'NVD' },
      ],
      epss: { score: 0.5, percentile: 0.9 },
      hasExploit: true,
      published: '2026-10-01T00:00:00.000Z',
      title: 'Overflow',
      source: 'snyk',
    });
    expect(subjects).toMatchObject([
      { type: 'image', name: 'payroll/backend:1.4.0', configs: [sha('c')], platform: 'linux/amd64' },
    ]);
    expect(notices).toEqual([]);
  });

  test('of several projects is not about an image', () => {
    const project = { vulnerabilities: [kinds.snykIssue], ok: false, packageManager: 'maven', path: '/work' };
    expect(read([project, { ...project, displayTargetFile: 'a/pom.xml' }])).toMatchObject({
      findings: [{ id: 'CVE-2026-1234' }, { id: 'CVE-2026-1234', package: { path: 'a/pom.xml' } }],
      subjects: [{ type: 'other' }],
    });
  });

  test('of an image and its applications in one list is about the image', () => {
    const application = { vulnerabilities: [kinds.snykIssue], ok: false, targetFile: '/app/package.json' };
    const { subjects } = read([application, { ...kinds.snyk, applications: undefined }]);
    expect(subjects).toMatchObject([
      { type: 'image', name: 'payroll/backend:1.4.0', configs: [sha('c')], platform: 'linux/amd64' },
    ]);
    expect(subjects[0]?.findings.map(({ id, package: affected }) => [id, affected?.path])).toEqual(
      expect.arrayContaining([
        ['CVE-2026-1234', '/app/package.json'],
        ['SNYK-DEBIAN12-ZLIB-1', undefined],
      ]),
    );
  });

  test('without a rating has none', () => {
    const issue = {
      id: 'SNYK-1',
      severity: 'low',
      CVSSv3: null,
      cvssScore: null,
      identifiers: { CVE: [] },
      fixedIn: null,
    };
    expect(read({ ...kinds.snyk, vulnerabilities: [issue], applications: [] }).findings).toMatchObject([
      { id: 'SNYK-1', severity: 'low', cvss: [], fix: { state: 'unknown' } },
    ]);
  });

  test('has a finding for each CVE of an issue', () => {
    const issue = { ...kinds.snykIssue, identifiers: { CVE: ['CVE-2026-1111', 'CVE-2026-2222'] } };
    const { findings } = read({ ...kinds.snyk, vulnerabilities: [issue, issue], applications: [] });
    expect(findings.map(({ id, aliases }) => [id, ...aliases])).toEqual([
      ['CVE-2026-1111', 'SNYK-JS-LEFTPAD-1', 'SNYK-JS-LEFTPAD-0'],
      ['CVE-2026-2222', 'SNYK-JS-LEFTPAD-1', 'SNYK-JS-LEFTPAD-0'],
    ]);
  });

  test.each([
    [{ ok: false, error: 'Authentication failed', path: 'x' }, 'is an error of Snyk: Authentication failed'],
    [[{ ...kinds.snyk }, { ok: false, error: 'no pom.xml' }], 'is an error of Snyk: no pom.xml'],
    [[{ ...kinds.snyk }, { path: 'b/pom.xml' }], 'without a list of vulnerabilities'],
    [[{ ...kinds.snyk }, null], 'without a list of vulnerabilities'],
    [{ ok: false, vulnerabilities: [] }, 'contradicts itself'],
    [{ ok: true }, 'without a list of vulnerabilities'],
  ])('that failed is refused: %j', (document, message) => {
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });

  test('says what it left out', () => {
    const document = {
      ...kinds.snyk,
      applications: undefined,
      vulnerabilities: [{ id: 'snyk:lic:1', type: 'license', severity: 'high' }],
      filtered: { ignore: [{}] },
      severityThreshold: 'high',
      uniqueCount: 3,
    };
    const { findings, notices } = read(document);
    expect(findings).toEqual([]);
    expect(notices).toHaveLength(4);
  });
});
