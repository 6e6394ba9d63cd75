import { describe, expect, test } from '@jest/globals';
import { read, refusal } from './harness/read.ts';
import * as kinds from './harness/reports.ts';
import { sha, vector } from './harness/reports.ts';

describe('a report of Grype', () => {
  test('has all that Grype says', () => {
    const { subjects, ...report } = read(kinds.grype);
    expect(report).toEqual({
      kind: 'grype',
      tool: 'Grype',
      version: '0.94.0',
      notices: [],
      findings: [
        {
          id: 'CVE-2026-1234',
          aliases: ['GHSA-2222-3333-4444'],
          severity: 'high',
          severitySource: 'github:language:javascript',
          package: {
            name: 'left-pad',
            version: '2.0.0',
            type: 'npm',
            path: '/app/package-lock.json',
            layer: sha('9'),
          },
          fix: { state: 'fixed', versions: ['2.0.1'] },
          fixAvailableSince: '2026-09-01T00:00:00.000Z',
          cvss: [
            { version: '3.1', vector, score: 9.8, source: 'github:language:javascript' },
            { version: '2.0', vector: 'AV:N/AC:L/Au:N/C:C/I:C/A:C', score: 10, source: 'nvd@nist.gov' },
          ],
          epss: { score: 0.5, percentile: 0.9 },
          isExploited: true,
          title: 'An overflow.',
          uri: 'https://github.com/advisories/GHSA-2222-3333-4444',
          source: 'grype',
        },
      ],
    });
    expect(subjects).toMatchObject([
      {
        type: 'image',
        manifests: [sha('a')],
        configs: [sha('c')],
        pulled: [sha('1')],
        platform: 'linux/amd64',
      },
    ]);
  });

  test('names a Java package with its group, as other scanners do', () => {
    const artifact = {
      name: 'log4j-core',
      version: '2.14.1',
      type: 'java-archive',
      purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
    };
    const matches = [{ ...kinds.grypeMatch, artifact }];
    expect(read({ ...kinds.grype, matches }).findings[0]?.package).toMatchObject({
      name: 'org.apache.logging.log4j:log4j-core',
      type: 'maven',
    });
  });

  test.each([
    { fix: { state: 'not-fixed', versions: [] }, state: 'none' },
    { fix: { state: 'wont-fix', versions: [] }, state: 'wont-fix' },
    { fix: { state: 'wont-fix', versions: ['1'] }, state: 'wont-fix' },
    { fix: { state: 'unknown', versions: [] }, state: 'unknown' },
    { fix: { state: '', versions: ['1'] }, state: 'fixed' },
    { fix: undefined, state: 'unknown' },
  ])('with fix $fix has a fix that is $state', ({ fix, state }) => {
    const match = { ...kinds.grypeMatch, vulnerability: { ...kinds.grypeMatch.vulnerability, fix } };
    expect(read({ ...kinds.grype, matches: [match] }).findings[0]?.fix.state).toBe(state);
  });

  test('does not say whether a vulnerability is exploited unless its database has the catalog', () => {
    const match = {
      ...kinds.grypeMatch,
      vulnerability: { ...kinds.grypeMatch.vulnerability, knownExploited: undefined },
    };
    const exploited = (descriptor: object) =>
      read({ ...kinds.grype, matches: [match], descriptor }).findings[0]?.isExploited;
    expect(exploited(kinds.grype.descriptor)).toBe(false);
    expect(exploited({ name: 'grype' })).toBeUndefined();
  });

  test('does not take the rating of another CVE', () => {
    const related = [{ id: 'CVE-2026-9999', cvss: [{ vector }], epss: [{ epss: 1 }] }];
    const vulnerability = { id: 'CVE-2026-1234', severity: 'Low' };
    const { findings } = read({
      ...kinds.grype,
      matches: [{ vulnerability, relatedVulnerabilities: related, artifact: {} }],
    });
    expect(findings).toMatchObject([{ id: 'CVE-2026-1234', aliases: [], cvss: [] }]);
    expect(findings[0]?.epss).toBeUndefined();
  });

  test('has a finding for each CVE of an advisory, with the ratings of this CVE', () => {
    const ids = ['CVE-2026-1111', 'CVE-2026-2222'];
    const vulnerability = {
      id: 'ALAS2-2026-1',
      severity: 'High',
      epss: ids.map((cve, index) => ({ cve, epss: (index + 1) / 10 })),
      knownExploited: [{ cve: 'CVE-2026-2222' }],
    };
    const relatedVulnerabilities = [{ id: ids[0], cvss: [{ vector }] }, { id: ids[1] }];
    const { findings } = read({
      ...kinds.grype,
      matches: [{ vulnerability, relatedVulnerabilities, artifact: { name: 'openssl' } }],
    });
    const common = { aliases: ['ALAS2-2026-1'], severity: 'high', package: { name: 'openssl' } };
    expect(findings).toMatchObject([
      { ...common, id: ids[0], epss: { score: 0.1 }, isExploited: false, cvss: [{ vector }] },
      { ...common, id: ids[1], epss: { score: 0.2 }, isExploited: true, cvss: [] },
    ]);
  });

  test.each([
    { database: { error: 'no such file' }, message: 'no such file' },
    { database: { status: { valid: false } }, message: 'database' },
    { database: { status: { valid: true, error: 'too old' } }, message: 'too old' },
  ])('with the database $database is refused', ({ database, message }) => {
    const document = { ...kinds.grype, matches: [], descriptor: { name: 'grype', db: database } };
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });

  test('says that an operating system is no longer supported', () => {
    const alert = { type: 'distro-eol', metadata: { name: 'debian', version: '9' } };
    const alertsByPackage = [{ alerts: [alert, { type: 'other' }] }, { alerts: [alert] }, { alerts: null }];
    expect(read({ ...kinds.grype, alertsByPackage }).notices).toEqual([
      'Grype reports that debian 9 is no longer supported, so vulnerabilities can be missing.',
    ]);
  });

  test('says how many matches it ignored, and whether it scanned an image', () => {
    const report = read({
      ...kinds.grype,
      ignoredMatches: [{}],
      source: { type: 'directory', target: '/src' },
    });
    expect(report.notices).toEqual([
      'Grype itself left out 1 finding, by its own rules, a .grype.yaml or a VEX document.',
    ]);
    expect(report.subjects).toMatchObject([{ type: 'other', name: '/src' }]);
  });
});
