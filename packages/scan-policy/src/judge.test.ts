import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Finding } from '@towpath/findings';
import { rankedSeverities, severities, type Severity } from '@towpath/findings/severity';
import { makeFinding } from '@towpath/testing/finding';
import { judge } from './judge.ts';
import type { Judgement } from './judgement.ts';
import type { GatePolicy } from './policy.ts';

const context = { now: new Date('2026-06-01T12:00:00Z') };

/** One finding of each severity, the lowest first. */
const oneOfEach: readonly Finding[] = rankedSeverities
  .toReversed()
  .map((severity) => makeFinding({ id: `CVE-${severity}`, severity }));

function severitiesOf({ violations }: Judgement): Severity[] {
  return violations.map(({ finding }) => finding.severity);
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
    const judgement = judge(oneOfEach, { failOn }, context);
    expect(judgement.verdict).toBe('fail');
    expect(severitiesOf(judgement)).toEqual(violations);
  });

  test('with fail-on none passes all findings and counts them', () => {
    expect(judge(oneOfEach, { failOn: 'none' }, context)).toEqual({
      verdict: 'pass',
      violations: [],
      accepted: [],
      deferred: [],
      known: [],
      staleIgnores: [],
      notes: [],
      allowed: oneOfEach.toReversed(),
      counts: { unknown: 1, critical: 1, high: 1, medium: 1, low: 1, informational: 1, undefined: 1 },
    });
  });

  test('passes an image without findings', () => {
    expect(judge([], { failOn: 'undefined' }, context)).toEqual({
      verdict: 'pass',
      violations: [],
      accepted: [],
      deferred: [],
      known: [],
      staleIgnores: [],
      notes: [],
      allowed: [],
      counts: { unknown: 0, critical: 0, high: 0, medium: 0, low: 0, informational: 0, undefined: 0 },
    });
  });

  test('sorts findings of one severity by the numbers in their ids', () => {
    const findings = ['CVE-2026-10000', 'CVE-2026-9999', 'CVE-2025-20000'].map((id) =>
      makeFinding({ id, severity: 'high' }),
    );
    expect(judge(findings, { failOn: 'high' }, context).violations.map(({ finding }) => finding.id)).toEqual([
      'CVE-2025-20000',
      'CVE-2026-9999',
      'CVE-2026-10000',
    ]);
  });

  test('keeps all fields of a finding and does not change the list', () => {
    const finding = makeFinding({
      id: 'CVE-1',
      severity: 'low',
      package: { name: 'zlib', version: '1.3' },
      uri: 'https://x',
    });
    const findings = [finding, makeFinding({ id: 'CVE-0', severity: 'high' })];
    expect(judge(findings, { failOn: 'low' }, context).violations[1]?.finding).toEqual(finding);
    expect(findings[0]).toBe(finding);
  });

  test('with a lower severity includes all violations of a higher one, and counts every finding once', () => {
    const finding = fc
      .record({ id: fc.stringMatching(/^CVE-\d{1,4}$/), severity: fc.constantFrom(...rankedSeverities) })
      .map(makeFinding);
    fc.assert(
      fc.property(fc.array(finding), fc.constantFrom(...severities), (findings, failOn) => {
        const strict = judge(findings, { failOn }, context);
        const lenient = judge(
          findings,
          { failOn: severities[severities.indexOf(failOn) - 1] ?? 'none' },
          context,
        );
        const violating = strict.violations.map((violation) => violation.finding);
        expect(violating).toEqual(expect.arrayContaining(lenient.violations.map((one) => one.finding)));
        expect(Object.values(strict.counts).reduce((sum, count) => sum + count)).toBe(findings.length);
        expect(strict.verdict).toBe(strict.violations.length === 0 ? 'pass' : 'fail');
      }),
    );
  });
});
