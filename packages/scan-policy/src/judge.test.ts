import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge, type Finding } from './judge.ts';
import { rankedSeverities, severities, type Severity } from './severity.ts';
import type { GatePolicy } from './judge.ts';

/** One finding of each severity, the lowest first. */
const oneOfEach: readonly Finding[] = rankedSeverities
  .toReversed()
  .map((severity) => ({ id: `CVE-${severity}`, severity }));

function severitiesOf(findings: readonly Finding[]): Severity[] {
  return findings.map(({ severity }) => severity);
}

describe('judge', () => {
  test.each<{ failOn: GatePolicy['failOn']; violations: readonly Severity[] }>([
    { failOn: 'critical', violations: ['unknown', 'critical'] },
    { failOn: 'high', violations: ['unknown', 'critical', 'high'] },
    { failOn: 'medium', violations: ['unknown', 'critical', 'high', 'medium'] },
    { failOn: 'low', violations: ['unknown', 'critical', 'high', 'medium', 'low'] },
    {
      failOn: 'informational',
      violations: ['unknown', 'critical', 'high', 'medium', 'low', 'informational'],
    },
    { failOn: 'undefined', violations: rankedSeverities },
  ])('with fail-on $failOn returns $violations as violations, the worst first', ({ failOn, violations }) => {
    const judgement = judge(oneOfEach, { failOn });
    expect(judgement.verdict).toBe('fail');
    expect(severitiesOf(judgement.violations)).toEqual(violations);
  });

  test('with fail-on none passes all findings and counts them', () => {
    expect(judge(oneOfEach, { failOn: 'none' })).toEqual({
      verdict: 'pass',
      violations: [],
      counts: { unknown: 1, critical: 1, high: 1, medium: 1, low: 1, informational: 1, undefined: 1 },
    });
  });

  test('passes an image without findings', () => {
    expect(judge([], { failOn: 'undefined' })).toEqual({
      verdict: 'pass',
      violations: [],
      counts: { unknown: 0, critical: 0, high: 0, medium: 0, low: 0, informational: 0, undefined: 0 },
    });
  });

  test('sorts findings of one severity by the numbers in their ids', () => {
    const findings = ['CVE-2026-10000', 'CVE-2026-9999', 'CVE-2025-20000'].map((id): Finding => ({
      id,
      severity: 'high',
    }));
    expect(judge(findings, { failOn: 'high' }).violations.map(({ id }) => id)).toEqual([
      'CVE-2025-20000',
      'CVE-2026-9999',
      'CVE-2026-10000',
    ]);
  });

  test('keeps all fields of a finding and does not change the list', () => {
    const finding: Finding = {
      id: 'CVE-1',
      severity: 'low',
      package: 'zlib',
      version: '1.3',
      uri: 'https://x',
    };
    const findings = [finding, { id: 'CVE-0', severity: 'high' } as const];
    expect(judge(findings, { failOn: 'low' }).violations[1]).toEqual(finding);
    expect(findings[0]).toBe(finding);
  });

  test('with a lower severity includes all violations of a higher one, and counts every finding once', () => {
    const finding = fc.record({
      id: fc.stringMatching(/^CVE-\d{1,4}$/),
      severity: fc.constantFrom(...rankedSeverities),
    });
    fc.assert(
      fc.property(fc.array(finding), fc.constantFrom(...severities), (findings, failOn) => {
        const strict = judge(findings, { failOn });
        const lenient = judge(findings, { failOn: severities[severities.indexOf(failOn) - 1] ?? 'none' });
        expect(strict.violations).toEqual(expect.arrayContaining([...lenient.violations]));
        expect(Object.values(strict.counts).reduce((sum, count) => sum + count)).toBe(findings.length);
        expect(strict.verdict).toBe(strict.violations.length === 0 ? 'pass' : 'fail');
      }),
    );
  });
});
