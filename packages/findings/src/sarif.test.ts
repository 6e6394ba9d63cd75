import { describe, expect, test } from '@jest/globals';
import { read, refusal } from './harness/read.ts';
import * as kinds from './harness/reports.ts';
import { sha } from './harness/reports.ts';

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
    runs: [{ tool: { driver: { name: 'x', rules } }, results }],
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
});
