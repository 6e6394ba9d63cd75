import { describe, expect, test } from '@jest/globals';
import { read, refusal } from './harness/read.ts';
import * as kinds from './harness/reports.ts';
import { sha } from './harness/reports.ts';
import { matchReport } from './match-report.ts';
import { parseDigest } from '@towpath/reference';

describe('a report in SARIF', () => {
  test('has what Trivy writes into its texts', () => {
    const { subjects, ...report } = read(kinds.sarif);
    expect(report).toEqual({
      kind: 'sarif',
      tool: 'Trivy',
      version: '0.69.1',
      notices: [],
      findings: [
        {
          id: 'CVE-2026-1234',
          aliases: [],
          severity: 'high',
          package: { name: 'openssl', version: '3.0.1-1', path: 'payroll/backend' },
          fix: { state: 'fixed', versions: ['3.0.2-1'] },
          cvss: [{ version: '3.1', score: 8, source: 'security-severity' }],
          title: 'openssl: overflow',
          uri: 'https://avd.aquasec.com/nvd/cve-2026-1234',
          source: 'sarif',
        },
      ],
    });
    expect(subjects).toMatchObject([{ type: 'image', configs: [sha('c')], pulled: [sha('1')] }]);
  });

  const run = (results: object[], rules: object[] = []) => ({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'Grype', rules } }, results }],
  });

  test.each([
    { ruleId: 'CVE-2026-1234-openssl', rule: {}, id: 'CVE-2026-1234', aliases: ['CVE-2026-1234-openssl'] },
    { ruleId: '[HIGH] CVE-2026-1234', rule: {}, id: 'CVE-2026-1234', aliases: ['[HIGH] CVE-2026-1234'] },
    {
      ruleId: 'SNYK-1',
      rule: { fullDescription: { text: '(CVE-2026-1234) glibc@2' } },
      id: 'CVE-2026-1234',
      aliases: ['SNYK-1'],
    },
    {
      ruleId: 'SNYK-1',
      rule: { fullDescription: { text: 'CVE-2026-1234, CVE-2026-5678' } },
      id: 'SNYK-1',
      aliases: [],
    },
    { ruleId: 'DL3008', rule: {}, id: 'DL3008', aliases: [] },
  ])('finds the id of rule $ruleId', ({ ruleId, rule, id, aliases }) => {
    expect(read(run([{ ruleId }], [{ id: ruleId, ...rule }])).findings).toMatchObject([{ id, aliases }]);
  });

  test.each([
    { result: { level: 'error' }, severity: 'critical' },
    { result: { level: 'warning' }, severity: 'medium' },
    { result: {}, severity: 'medium' },
    { result: { level: 'note' }, severity: 'low' },
    { result: { level: 'none' }, severity: 'unknown' },
    { result: { level: 'note', properties: { 'security-severity': '9.1' } }, severity: 'critical' },
    { result: { properties: { 'security-severity': '0.0' } }, severity: 'unknown' },
    { result: { properties: { 'security-severity': '11' } }, severity: 'unknown' },
    { result: { properties: { severity: 'moderate', 'security-severity': '9.1' } }, severity: 'medium' },
    { result: { properties: { severity: 'UNTRIAGED' }, level: 'note' }, severity: 'unknown' },
  ])('rates $result as $severity', ({ result, severity }) => {
    expect(read(run([{ ruleId: 'X', ...result }])).findings[0]?.severity).toBe(severity);
  });

  test.each([
    { tags: ['security', 'HIGH'], severity: 'high' },
    { tags: ['info', 'low'], severity: 'critical' },
  ])('with the tags $tags is $severity', ({ tags, severity }) => {
    const properties = { tags, 'security-severity': '9.8' };
    expect(read(run([{ ruleId: 'X' }], [{ id: 'X', properties }])).findings[0]?.severity).toBe(severity);
  });

  test.each([
    ['a rule of an extension by its index', { rule: { index: 0, toolComponent: { index: 0 } } }],
    ['a rule of an extension by its id', { ruleId: 'js/xss' }],
    ['a part of a rule', { ruleId: 'js/xss/1' }],
  ])('finds the rating of %s', (_, result) => {
    const rules = [{ id: 'js/xss', properties: { 'security-severity': '9.8' } }];
    const driver = { name: 'Grype', rules: [{ id: 'js/other', properties: { 'security-severity': '1' } }] };
    const runs = [{ tool: { driver, extensions: [{ rules }] }, results: [result] }];
    expect(read({ version: '2.1.0', runs }).findings[0]?.severity).toBe('critical');
  });

  test('has the package, the version and the severity in the texts of Snyk', () => {
    const rule = {
      id: 'SNYK-DEBIAN12-OPENSSL-1',
      shortDescription: { text: 'Critical severity - Overflow vulnerability in openssl' },
      fullDescription: { text: '(CVE-2026-1234) openssl/libssl3@3.0.1-1' },
      help: {
        text: '',
        markdown:
          '* Package Manager: debian:12\n* Vulnerable module: openssl/libssl3\n\nSeverity: low\nPackage Manager: npm',
      },
      properties: { 'security-severity': '7.5' },
    };
    const message = { text: 'This file introduces a vulnerable openssl package with a critical severity.' };
    expect(read(run([{ ruleId: rule.id, level: 'error', message }], [rule])).findings).toMatchObject([
      {
        id: 'CVE-2026-1234',
        severity: 'critical',
        package: { name: 'openssl/libssl3', version: '3.0.1-1', type: 'deb' },
      },
    ]);
  });

  test('has the scores of all vectors', () => {
    const properties = {
      cvssv40_vector: 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N',
      cvssv3_vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
      cvssv2_vector: 'AV:N/AC:M/Au:N/C:N/I:P/A:N',
      cvss: 'none',
      'security-severity': '7.5',
    };
    const { findings } = read(run([{ ruleId: 'X' }], [{ id: 'X', properties }]));
    expect(findings[0]?.cvss.map(({ version, score }) => [version, score])).toEqual([
      ['4.0', 6.3],
      ['3.1', 9.8],
      ['2.0', 4.3],
      ['3.1', 7.5],
    ]);
  });

  test('finds the package in a package URL', () => {
    const properties = {
      purls: ['pkg:deb/debian/glibc@2.36-9%2Bdeb12u1?os_name=debian'],
      fixed_version: 'not fixed',
    };
    expect(read(run([{ ruleId: 'X' }], [{ id: 'X', properties }])).findings).toMatchObject([
      { package: { name: 'glibc', version: '2.36-9+deb12u1', type: 'deb' }, fix: { state: 'none' } },
    ]);
  });

  test('has neither results that passed nor results that are gone, but those that are suppressed', () => {
    const report = read(
      run([
        { ruleId: 'A', kind: 'pass' },
        { ruleId: 'B', baselineState: 'absent' },
        { ruleId: 'C', suppressions: [{ kind: 'external' }] },
      ]),
    );
    expect(report.findings).toMatchObject([{ id: 'C' }]);
    expect(report.notices).toHaveLength(1);
  });

  test.each([
    [{ version: '2.0.0', runs: [] }, 'version 2.0.0'],
    [{ version: '2.1.0', runs: [] }, 'without runs'],
    [{ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } } }] }, 'x has no list of results'],
    [
      { version: '2.1.0', runs: [{ tool: { driver: { name: 'Hadolint' } }, results: [] }] },
      'say that Hadolint scanned',
    ],
    [
      { version: '2.1.0', runs: [{ tool: { driver: { name: 'Trivy' } }, results: [] }] },
      'say that Trivy scanned',
    ],
    [
      { version: '2.1.0', runs: [{ tool: { driver: { name: 'CodeQL' } }, results: [{ ruleId: 'js/xss' }] }] },
      'say that CodeQL scanned',
    ],
    [{ version: '2.1.0', runs: [{ results: null }] }, 'has no list of results'],
    [
      {
        version: '2.1.0',
        runs: [{ results: [], invocations: [{ executionSuccessful: false, exitCodeDescription: 'killed' }] }],
      },
      'killed',
    ],
  ])('that is incomplete is refused: %j', (document, message) => {
    expect(refusal(JSON.stringify(document)).message).toContain(message);
  });

  describe('of several tools', () => {
    const trivy = kinds.sarif.runs[0];
    const named = (digit: string, results: object[]) => ({
      tool: { driver: { name: 'Trivy' } },
      results,
      properties: { imageName: 'web:1', imageID: sha(digit) },
    });
    const tool = (name: string, results: object[]) => ({ tool: { driver: { name } }, results });

    test('has the findings of each image, and leaves out those of a linter', () => {
      const runs = [
        tool('Hadolint', [{ ruleId: 'DL3008', level: 'error' }]),
        named('c', [{ ruleId: 'CVE-2026-1111' }]),
        named('b', [{ ruleId: 'CVE-2026-2222' }]),
      ];
      const report = read({ version: '2.1.0', runs });
      expect(
        report.subjects.map(({ configs, findings }) => [...configs, ...findings.map(({ id }) => id)]),
      ).toEqual([
        [sha('c'), 'CVE-2026-1111'],
        [sha('b'), 'CVE-2026-2222'],
      ]);
      expect(report.notices).toEqual([
        'The results of Hadolint are left out: they are not about vulnerabilities of packages.',
      ]);
    });

    test('has the findings of a scanner that names no image with those of the image', () => {
      const report = read({
        version: '2.1.0',
        runs: [trivy, tool('Grype', [{ ruleId: 'CVE-2026-9999' }])],
      });
      expect(report.findings).toHaveLength(2);
      const match = (digit: string) =>
        matchReport(report, { digest: parseDigest(sha('e')), config: parseDigest(sha(digit)) });
      expect(match('c')).toMatchObject({
        result: 'matches',
        findings: [{ id: 'CVE-2026-1234' }, { id: 'CVE-2026-9999' }],
      });
      expect(match('f')).toMatchObject({ result: 'other', findings: [] });
    });
  });
});
