import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { makeFinding } from '@towpath/testing/finding';
import { findingsRun, securitySeverity } from './findings.ts';
import { serialise } from './serialise.ts';

function finding(id: string, more: Partial<Finding> = {}): Finding {
  return makeFinding({ id, package: { name: 'openssl', version: '3.0.1', type: 'deb' }, fix, ...more });
}

const fix: Finding['fix'] = { state: 'fixed', versions: ['3.0.2-1'] };
const locate = () => ({ file: 'Dockerfile', line: 1 });
const counts = { unknown: 0, critical: 0, high: 0, medium: 0, low: 0, informational: 0, undefined: 0 };
const none = {
  counts,
  violations: [],
  deferred: [],
  accepted: [],
  known: [],
  allowed: [],
  category: 'gate/web',
  locate,
};

describe('the findings of an image as SARIF', () => {
  test('the level of a result follows from the verdict', () => {
    const { results } = findingsRun({
      ...none,
      violations: [
        { finding: finding('CVE-1'), reasons: ['critical is not allowed', 'it is listed in KEV'] },
      ],
      deferred: [
        { finding: finding('CVE-2'), until: '2026-12-31T00:00:00.000Z', reasons: ['high is not allowed'] },
      ],
      accepted: [
        {
          finding: finding('CVE-3'),
          by: 'ignore',
          reason: 'not reachable',
          owner: 'web-team',
          until: '2026-12-24',
        },
        { finding: finding('CVE-4'), by: 'vex', reason: 'vulnerable_code_not_present' },
      ],
      known: [{ finding: finding('CVE-6'), reasons: ['critical is not allowed'] }],
      allowed: [finding('CVE-5', { severity: 'low' })],
    });
    expect(results.map(({ rule, level, suppression }) => [rule, level, suppression])).toEqual([
      ['CVE-1', 'error', undefined],
      ['CVE-2', 'warning', undefined],
      ['CVE-3', 'note', 'Ignored in the policy by web-team until 2026-12-24: not reachable'],
      ['CVE-4', 'note', 'VEX: vulnerable_code_not_present'],
      ['CVE-6', 'note', undefined],
      ['CVE-5', 'note', undefined],
    ]);
    expect(results.map(({ message }) => message)).toEqual([
      'openssl 3.0.1 has CVE-1 (critical). Fixed in 3.0.2-1. critical is not allowed; it is listed in KEV.',
      'openssl 3.0.1 has CVE-2 (critical). Fixed in 3.0.2-1. Fails the gate after 2026-12-31: high is not allowed.',
      'openssl 3.0.1 has CVE-3 (critical). Fixed in 3.0.2-1. Accepted: not reachable.',
      'openssl 3.0.1 has CVE-4 (critical). Fixed in 3.0.2-1. Accepted: vulnerable_code_not_present.',
      'openssl 3.0.1 has CVE-6 (critical). Fixed in 3.0.2-1. The baseline has it, too.',
      'openssl 3.0.1 has CVE-5 (low). Fixed in 3.0.2-1. The policy allows it.',
    ]);
  });

  test('a result has the same identity after an upgrade that does not fix it, and another one in another file', () => {
    const { results } = findingsRun({
      ...none,
      allowed: [
        finding('CVE-1'),
        finding('CVE-1', { package: { name: 'openssl', version: '3.0.9', type: 'deb' } }),
        finding('CVE-1', { package: { name: 'openssl', version: '3.0.1', type: 'deb', path: 'opt/lib' } }),
      ],
    });
    const [first, upgraded, elsewhere] = results.map(({ identity }) => identity);
    expect(upgraded).toEqual(first);
    expect(elsewhere).not.toEqual(first);
  });

  test('a rule has the worst severity of its findings and lists the packages', () => {
    const { rules } = findingsRun({
      ...none,
      allowed: [
        finding('CVE-1', { severity: 'low', package: { name: 'libssl', version: '3' } }),
        finding('CVE-1', {
          severity: 'high',
          title: 'Overflow in <b>TLS</b>',
          uri: 'https://nvd.example/CVE-1',
        }),
      ],
    });
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      id: 'CVE-1',
      summary: 'CVE-1: Overflow in <b>TLS</b>',
      uri: 'https://nvd.example/CVE-1',
      tags: ['security', 'vulnerability', 'high', 'deb'],
      securitySeverity: 8,
    });
    expect(rules[0]?.help.markdown).toContain('- **Package:** libssl 3, openssl 3.0.1');
    expect(rules[0]?.help.markdown).toContain('Overflow in &lt;b>TLS&lt;/b>');
  });

  test('a rule links no address that is not of the web', () => {
    const { rules } = findingsRun({ ...none, allowed: [finding('CVE-1', { uri: 'javascript:alert(1)' })] });
    expect(rules[0]).not.toHaveProperty('uri');
    expect(rules[0]?.help.markdown).not.toContain('javascript');
  });

  test.each<[Finding['severity'], readonly number[], number | undefined]>([
    ['critical', [], 9.5],
    ['critical', [9.8, 7], 9.8],
    ['critical', [9], 9.1],
    ['unknown', [], 9.5],
    ['high', [], 8],
    ['high', [9.8], 8.9],
    ['high', [7.5, 7.8], 7.8],
    ['medium', [1], 4],
    ['low', [10], 3.9],
    ['informational', [5], undefined],
    ['undefined', [], undefined],
  ])('the score of a %s finding with CVSS %j is %j', (severity, scores, expected) => {
    const cvss = scores.map((score) => ({ version: '3.1' as const, score }));
    expect(securitySeverity({ severity, cvss })).toBe(expected);
  });
});

test('formats only the results that GitHub keeps, the violations first, and counts all', () => {
  const many = Array.from({ length: 6_000 }, (_, index) => makeFinding({ id: `CVE-2026-${index}` }));
  const [worst] = many;
  let located = 0;
  const run = findingsRun({
    category: 'web',
    violations: worst === undefined ? [] : [{ finding: worst, reasons: ['critical'] }],
    deferred: [],
    accepted: [],
    known: [],
    // A verdict without a JSON report keeps no more.
    allowed: many.slice(1, 5_001),
    counts: { ...counts, critical: 6_000 },
    locate: () => {
      located += 1;
      return { file: 'Dockerfile', line: 1 };
    },
  });
  expect([run.results.length, run.rules.length, run.total, located]).toEqual([5_000, 5_000, 6_000, 5_000]);
  expect(run.results[0]).toMatchObject({ rule: 'CVE-2026-0', level: 'error' });
  const { omissions } = serialise({ name: 'Towpath', uri: 'https://example.com' }, [run]);
  expect(omissions.join()).toContain('the 5000 worst of the 6000 results');
});
