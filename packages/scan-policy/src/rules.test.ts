import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { makeFinding } from '@towpath/testing/finding';
import { judge } from './judge.ts';
import type { GatePolicy } from './policy.ts';

const context = { now: new Date('2026-06-01T12:00:00Z') };

interface Case {
  readonly name: string;
  readonly policy: Partial<GatePolicy>;
  readonly finding: Partial<Finding>;
  readonly reasons: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'a severity at the threshold',
    policy: { failOn: 'high' },
    finding: { severity: 'high' },
    reasons: ['high is not allowed with fail-on: high'],
  },
  { name: 'a milder severity', policy: { failOn: 'high' }, finding: { severity: 'medium' }, reasons: [] },
  {
    name: 'an unknown severity',
    policy: { failOn: 'critical' },
    finding: { severity: 'unknown', rating: 'UNTRIAGED' },
    reasons: [
      'the severity is unknown (UNTRIAGED) and counts as the worst, which is not allowed with fail-on: critical',
    ],
  },
  {
    name: 'the highest of several CVSS scores',
    policy: { cvss: 7 },
    finding: {
      severity: 'low',
      cvss: [
        { version: '3.1', score: 4 },
        { version: '4.0', score: 7 },
      ],
    },
    reasons: ['CVSS 7 is not allowed with cvss: 7'],
  },
  {
    name: 'a lower CVSS score, even if the severity is critical',
    policy: { cvss: 7 },
    finding: { severity: 'critical', cvss: [{ version: '3.1', score: 6.9 }] },
    reasons: [],
  },
  {
    name: 'the severity instead of a missing CVSS score',
    policy: { cvss: 8 },
    finding: { severity: 'high' },
    reasons: ['CVSS 8.9 for high without a score is not allowed with cvss: 8'],
  },
  {
    name: 'a mild severity without a CVSS score',
    policy: { cvss: 8 },
    finding: { severity: 'medium' },
    reasons: [],
  },
  {
    name: 'an unknown severity without a CVSS score',
    policy: { cvss: 10 },
    finding: { severity: 'unknown' },
    reasons: ['CVSS 10 for unknown without a score is not allowed with cvss: 10'],
  },
  {
    name: 'a CVSS score that is not a number',
    policy: { cvss: 9 },
    finding: { severity: 'unknown', cvss: [{ version: '3.1', score: Number.NaN }] },
    reasons: ['CVSS 10 for unknown without a score is not allowed with cvss: 9'],
  },
  {
    name: 'an EPSS score at the threshold',
    policy: { epss: 0.1 },
    finding: { epss: { score: 0.1 } },
    reasons: ['EPSS 0.1 is not allowed with epss: 0.1'],
  },
  { name: 'a lower EPSS score', policy: { epss: 0.1 }, finding: { epss: { score: 0.099 } }, reasons: [] },
  {
    name: 'an unknown EPSS score',
    policy: { epss: 0.9 },
    finding: {},
    reasons: ['the EPSS score is unknown, which is not allowed with epss: 0.9'],
  },
  {
    name: 'an unknown EPSS score that is allowed',
    policy: { epss: 0.9, unknownExploitability: 'allow' },
    finding: {},
    reasons: [],
  },
  {
    name: 'a known exploited vulnerability',
    policy: { kev: true },
    finding: { isExploited: true },
    reasons: ['the vulnerability is known to be exploited (CISA KEV), which is not allowed with kev: true'],
  },
  {
    name: 'no known exploited vulnerability',
    policy: { kev: true },
    finding: { isExploited: false },
    reasons: [],
  },
  {
    name: 'a source that does not say whether the vulnerability is exploited',
    policy: { kev: true },
    finding: {},
    reasons: [
      'it is unknown whether the vulnerability is exploited (CISA KEV), which is not allowed with kev: true',
    ],
  },
  {
    name: 'an exploited vulnerability without the rule',
    policy: {},
    finding: { isExploited: true },
    reasons: [],
  },
  {
    name: 'all rules at once',
    policy: { failOn: 'low', cvss: 1, epss: 0.01, kev: true },
    finding: { severity: 'low', cvss: [{ version: '2.0', score: 3 }], epss: { score: 1 }, isExploited: true },
    reasons: [
      'low is not allowed with fail-on: low',
      'CVSS 3 is not allowed with cvss: 1',
      'EPSS 1 is not allowed with epss: 0.01',
      'the vulnerability is known to be exploited (CISA KEV), which is not allowed with kev: true',
    ],
  },
];

test.each(cases)('judges $name', ({ policy, finding, reasons }) => {
  const { verdict, violations, allowed } = judge(
    [makeFinding({ severity: 'low', ...finding })],
    { failOn: 'none', ...policy },
    context,
  );
  expect(violations.map((one) => one.reasons)).toEqual(reasons.length === 0 ? [] : [reasons]);
  expect({ verdict, allowed: allowed.length }).toEqual(
    reasons.length === 0 ? { verdict: 'pass', allowed: 1 } : { verdict: 'fail', allowed: 0 },
  );
});

describe('only-fixable', () => {
  test.each<{
    state: Finding['fix']['state'];
    versions?: string[];
    unknownFix?: GatePolicy['unknownFix'];
    verdict: string;
  }>([
    { state: 'fixed', versions: ['1.1'], verdict: 'fail' },
    { state: 'partial', verdict: 'fail' },
    { state: 'none', verdict: 'pass' },
    { state: 'wont-fix', verdict: 'pass' },
    { state: 'unknown', verdict: 'fail' },
    { state: 'unknown', unknownFix: 'fixable', verdict: 'fail' },
    { state: 'unknown', unknownFix: 'unfixable', verdict: 'pass' },
    { state: 'unknown', versions: ['1.1'], unknownFix: 'unfixable', verdict: 'fail' },
    { state: 'fixed', versions: ['1.1'], unknownFix: 'unfixable', verdict: 'fail' },
  ])(
    'with a fix that is $state $versions and unknown-fix $unknownFix returns $verdict',
    ({ state, versions = [], unknownFix, verdict }) => {
      const finding = makeFinding({ severity: 'critical', fix: { state, versions } });
      expect(judge([finding], { failOn: 'high', onlyFixable: true, unknownFix }, context).verdict).toBe(
        verdict,
      );
    },
  );
});

describe('max', () => {
  const some = (count: number, severity: Finding['severity']) =>
    Array.from({ length: count }, (_, index) =>
      makeFinding({ id: `CVE-2026-${severity}-${index}`, severity }),
    );

  test.each([
    { name: 'as many findings as allowed', max: { high: 2 }, findings: some(2, 'high'), violations: 0 },
    { name: 'one finding more', max: { high: 2 }, findings: some(3, 'high'), violations: 3 },
    { name: 'milder findings', max: { high: 2 }, findings: some(9, 'medium'), violations: 0 },
    {
      name: 'worse findings without a maximum of their own',
      max: { high: 2 },
      findings: [...some(2, 'high'), ...some(1, 'critical')],
      violations: 3,
    },
    {
      name: 'worse findings with a maximum of their own',
      max: { critical: 1, high: 2 },
      findings: [...some(2, 'high'), ...some(1, 'critical')],
      violations: 0,
    },
    {
      name: 'findings of unknown severity as all severities',
      max: { critical: 5, low: 1 },
      findings: [...some(1, 'unknown'), ...some(1, 'low')],
      violations: 2,
    },
    { name: 'no findings', max: { high: 0 }, findings: [], violations: 0 },
  ])('counts $name', ({ max, findings, violations }) => {
    expect(judge(findings, { failOn: 'none', max }, context).violations).toHaveLength(violations);
  });

  test('says how many findings count', () => {
    expect(
      judge(some(3, 'high'), { failOn: 'none', max: { high: 2 } }, context).violations[0]?.reasons,
    ).toEqual(['3 findings count as high, which is more than max: { high: 2 }']);
  });

  test('counts neither ignored findings, nor findings without a fix with only-fixable', () => {
    const [first, second] = some(2, 'high').map((one) => ({
      ...one,
      fix: { state: 'fixed', versions: [] } as const,
    }));
    const third = makeFinding({ id: 'CVE-3', severity: 'high', fix: { state: 'none', versions: [] } });
    if (first === undefined || second === undefined) throw new Error('there are two');
    const ignores = [
      { id: second.id, whenFixed: 'keep', reason: 'r', owner: 'o', expires: '2026-07-01' } as const,
    ];
    expect(
      judge([first, second, third], { failOn: 'none', max: { high: 1 }, onlyFixable: true, ignores }, context)
        .verdict,
    ).toBe('pass');
    expect(
      judge([first, second, third], { failOn: 'none', max: { high: 1 }, onlyFixable: true }, context).verdict,
    ).toBe('fail');
  });
});

describe('grace', () => {
  const policy: GatePolicy = { failOn: 'high', grace: { high: 30 } };
  const high = (more: Partial<Finding>) => makeFinding({ severity: 'high', ...more });

  test.each<{ name: string; finding: Finding; policy?: Partial<GatePolicy>; until?: string }>([
    {
      name: 'a finding within its grace period',
      finding: high({ firstSeen: '2026-05-10T00:00:00Z' }),
      until: '2026-06-09T00:00:00.000Z',
    },
    {
      name: 'a date without a time',
      finding: high({ firstSeen: '2026-05-10' }),
      until: '2026-06-09T00:00:00.000Z',
    },
    {
      name: 'a time with an offset',
      finding: high({ firstSeen: '2026-05-10T02:00:00+02:00' }),
      until: '2026-06-09T00:00:00.000Z',
    },
    { name: 'a finding after its grace period', finding: high({ firstSeen: '2026-05-02T11:59:59Z' }) },
    {
      name: 'the last millisecond of a grace period',
      finding: high({ firstSeen: '2026-05-02T12:00:00.001Z' }),
      until: '2026-06-01T12:00:00.001Z',
    },
    { name: 'the end of a grace period', finding: high({ firstSeen: '2026-05-02T12:00:00Z' }) },
    { name: 'a finding without a date', finding: high({}) },
    { name: 'a date that is no date', finding: high({ firstSeen: 'yesterday' }) },
    { name: 'a date far in the future', finding: high({ firstSeen: '2027-01-01T00:00:00Z' }) },
    {
      name: 'a scanner whose clock is ahead',
      finding: high({ firstSeen: '2026-06-01T13:00:00Z' }),
      until: '2026-07-01T12:00:00.000Z',
    },
    {
      name: 'a severity without a grace period',
      finding: makeFinding({ severity: 'critical', firstSeen: '2026-06-01' }),
    },
    { name: 'an unknown severity', finding: makeFinding({ severity: 'unknown', firstSeen: '2026-06-01' }) },
    {
      name: 'a vulnerability that is known to be exploited',
      finding: high({ firstSeen: '2026-06-01', isExploited: true }),
    },
    {
      name: 'the date of the fix',
      policy: { graceSince: 'fix-available' },
      finding: high({ firstSeen: '2020-01-01', fixAvailableSince: '2026-05-31' }),
      until: '2026-06-30T00:00:00.000Z',
    },
    {
      name: 'no date of a fix',
      policy: { graceSince: 'fix-available' },
      finding: high({ firstSeen: '2026-05-31' }),
    },
    {
      name: 'the date of publication',
      policy: { graceSince: 'published' },
      finding: high({ firstSeen: '2026-05-31', published: '2026-05-20' }),
      until: '2026-06-19T00:00:00.000Z',
    },
  ])('judges $name', ({ finding, policy: more, until }) => {
    const { verdict, deferred } = judge([finding], { ...policy, ...more }, context);
    expect({ verdict, until: deferred[0]?.until }).toEqual({
      verdict: until === undefined ? 'fail' : 'pass',
      until,
    });
  });

  test('lists deferred findings by the end of their grace period', () => {
    const findings = ['2026-05-20', '2026-05-10', '2026-05-15'].map((firstSeen, index) =>
      high({ id: `CVE-${index}`, firstSeen }),
    );
    const { deferred } = judge(findings, policy, context);
    expect(deferred.map(({ finding }) => finding.id)).toEqual(['CVE-1', 'CVE-2', 'CVE-0']);
    expect(deferred[0]?.reasons).toEqual(['high is not allowed with fail-on: high']);
  });

  test('defers nothing that the policy allows', () => {
    expect(
      judge(
        [makeFinding({ severity: 'low', firstSeen: '2026-06-01' })],
        { ...policy, grace: { low: 9 } },
        context,
      ).deferred,
    ).toEqual([]);
  });
});
