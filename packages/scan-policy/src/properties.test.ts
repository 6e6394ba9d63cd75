import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fuzzFactor } from '@towpath/fuzz';
import type { Finding, Severity } from '@towpath/findings';
import { rankedSeverities, severities } from '@towpath/findings/severity';
import { digestOf } from '@towpath/reference';
import type { JudgeContext } from './context.ts';
import { makeFinding } from '@towpath/testing/finding';
import { judge } from './judge.ts';
import { graceStarts, type GatePolicy, type Ignore } from './policy.ts';
import type { VexStatement } from './vex.ts';

const digest = digestOf('web');
const [base, app] = [digestOf('base'), digestOf('app')];
const ids = ['CVE-1', 'CVE-2', 'CVE-3', 'GHSA-1'] as const;
const packages = ['openssl', 'zlib'] as const;
const days = ['2026-05-01', '2026-05-20', '2026-05-31'] as const;

const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });

const finding: fc.Arbitrary<Finding> = fc
  .record({
    id: fc.constantFrom(...ids),
    aliases: fc.subarray([...ids], { maxLength: 1 }),
    severity: fc.constantFrom(...rankedSeverities),
    fix: fc.record({
      state: fc.constantFrom('fixed', 'partial', 'none', 'wont-fix', 'unknown' as const),
      versions: fc.constant([]),
    }),
    cvss: fc.array(
      fc.record({ version: fc.constant('3.1' as const), score: fc.integer({ min: 0, max: 10 }) }),
      { maxLength: 2 },
    ),
    epss: maybe(fc.record({ score: fc.constantFrom(0, 0.5, 1) })),
    isExploited: maybe(fc.boolean()),
    firstSeen: maybe(fc.constantFrom(...days)),
    fixAvailableSince: maybe(fc.constantFrom(...days)),
    published: maybe(fc.constantFrom(...days)),
    package: maybe(
      fc.record({
        name: fc.constantFrom(...packages),
        version: maybe(fc.constantFrom('1', '2')),
        path: maybe(fc.constantFrom('usr/lib/a', 'app/b')),
        layer: maybe(fc.constantFrom(base, app)),
      }),
    ),
  })
  .map(makeFinding);

const bySeverity = (highest: number) =>
  fc.dictionary(fc.constantFrom(...severities), fc.integer({ min: 0, max: highest }), { maxKeys: 3 });

const rules = {
  failOn: fc.constantFrom(...severities, 'none' as const),
  max: maybe(bySeverity(3)),
  onlyFixable: maybe(fc.boolean()),
  unknownFix: maybe(fc.constantFrom('fixable', 'unfixable' as const)),
  cvss: maybe(fc.integer({ min: 0, max: 10 })),
  epss: maybe(fc.constantFrom(0, 0.5, 1)),
  kev: maybe(fc.boolean()),
  unknownExploitability: maybe(fc.constantFrom('fail', 'allow' as const)),
  grace: maybe(bySeverity(40)),
  graceSince: maybe(fc.constantFrom(...graceStarts)),
};

const ignore: fc.Arbitrary<Ignore> = fc
  .record({
    id: maybe(fc.constantFrom(...ids)),
    package: maybe(fc.record({ name: fc.constantFrom(...packages), version: maybe(fc.constant('1')) })),
    path: maybe(fc.constantFrom('usr', 'app/*')),
    image: maybe(fc.constantFrom('web', 'api')),
    severity: maybe(fc.constantFrom(...severities)),
    whenFixed: maybe(fc.constantFrom('end', 'keep' as const)),
    expires: fc.constantFrom('2026-05-31', '2026-06-01', '2026-12-31'),
    owner: fc.constantFrom('a', 'b'),
  })
  .map((one) => ({ ...one, reason: 'r' }));

const statement: fc.Arbitrary<VexStatement> = fc.record({
  ids: fc.subarray([...ids], { minLength: 1, maxLength: 2 }),
  status: fc.constantFrom('not_affected', 'affected', 'fixed', 'under_investigation' as const),
  products: fc.array(
    fc.record({
      identifiers: fc.constantFrom(['pkg:oci/web'], ['pkg:oci/api'], ['pkg:deb/debian/zlib']),
      digests: fc.constantFrom([], [digest], [digestOf('other')]),
      subcomponents: fc.constantFrom([], [{ identifiers: ['pkg:deb/debian/openssl@1'], digests: [] }]),
    }),
    { maxLength: 2 },
  ),
  time: fc.constantFrom('2026-05-01', '2026-05-02', '2027-05-02'),
  document: fc.constant('vex.json'),
});

const policy: fc.Arbitrary<GatePolicy> = fc.record({
  ...rules,
  base: maybe(fc.record(rules, { requiredKeys: [] })),
  baseline: maybe(fc.constant('prod')),
  ignores: maybe(fc.array(ignore, { maxLength: 4 })),
  vex: maybe(fc.array(statement, { maxLength: 4 })),
});

const context: fc.Arbitrary<JudgeContext> = fc.record({
  now: fc.constant(new Date('2026-06-01T12:00:00Z')),
  image: maybe(fc.constant({ name: 'web', digests: [digest] })),
  layers: maybe(fc.constant({ image: [{ diffId: base }, { diffId: app }], base: [{ diffId: base }] })),
  baseline: maybe(fc.record({ findings: fc.array(finding, { maxLength: 3 }) })),
});

const list = fc.array(finding, { maxLength: 6 });

/** Fails if a change turns fail into pass. */
function expectNoLaxer(before: string, after: string): void {
  if (before === 'fail') expect(after).toBe('fail');
}

describe('for any findings and any policy,', () => {
  test('another finding never turns fail into pass', () => {
    fc.assert(
      fc.property(list, finding, policy, context, (findings, more, by, facts) => {
        expectNoLaxer(judge(findings, by, facts).verdict, judge([...findings, more], by, facts).verdict);
      }),
      { numRuns: 150 * fuzzFactor },
    );
  });

  test('the order of findings, ignores and statements never matters', () => {
    fc.assert(
      fc.property(list, policy, context, (findings, by, facts) => {
        const turned = { ...by, ignores: by.ignores?.toReversed(), vex: by.vex?.toReversed() };
        const [one, other] = [judge(findings, by, facts), judge(findings.toReversed(), turned, facts)];
        expect({ ...other, staleIgnores: [] }).toEqual({ ...one, staleIgnores: [] });
        expect(other.staleIgnores).toHaveLength(one.staleIgnores.length);
      }),
      { numRuns: 150 * fuzzFactor },
    );
  });

  test('each finding is in exactly one list', () => {
    fc.assert(
      fc.property(list, policy, context, (findings, by, facts) => {
        const { violations, accepted, deferred, known, allowed, verdict } = judge(findings, by, facts);
        const all = [...violations, ...accepted, ...deferred, ...known].map((one) => one.finding);
        expect([...all, ...allowed]).toHaveLength(findings.length);
        expect(new Set([...all, ...allowed])).toEqual(new Set(findings));
        expect(verdict).toBe(violations.length === 0 ? 'pass' : 'fail');
      }),
      { numRuns: 150 * fuzzFactor },
    );
  });

  test('an ignore with an id never affects a finding with other ids', () => {
    fc.assert(
      fc.property(list, policy, ignore, fc.constantFrom(...ids), context, (findings, by, one, id, facts) => {
        // A maximum counts all findings, so that fewer of one id can allow those of another.
        const rest = { ...by, max: undefined, base: { ...by.base, max: undefined } };
        const others = findings.filter((each) => ![each.id, ...each.aliases].includes(id));
        const before = judge(others, rest, facts);
        const after = judge(others, { ...rest, ignores: [...(rest.ignores ?? []), { ...one, id }] }, facts);
        expect({ ...after, staleIgnores: [] }).toEqual({ ...before, staleIgnores: [] });
      }),
      { numRuns: 150 * fuzzFactor },
    );
  });

  test('an unknown severity never counts as milder than any other', () => {
    fc.assert(
      fc.property(list, finding, policy, context, (findings, one, by, facts) => {
        const unknown = { ...one, severity: 'unknown' as Severity };
        expectNoLaxer(
          judge([...findings, one], by, facts).verdict,
          judge([...findings, unknown], by, facts).verdict,
        );
      }),
      { numRuns: 150 * fuzzFactor },
    );
  });
});

describe('a stricter policy never passes what a laxer one fails:', () => {
  const changes: Readonly<Record<string, (one: GatePolicy) => GatePolicy>> = {
    'a lower fail-on': (one) => ({
      ...one,
      failOn: severities[one.failOn === 'none' ? 0 : severities.indexOf(one.failOn) + 1] ?? one.failOn,
    }),
    'lower maxima': (one) => ({ ...one, max: mapValues(one.max, (count) => Math.max(0, count - 1)) }),
    'no only-fixable': (one) => ({
      ...one,
      onlyFixable: false,
      base: one.base && { ...one.base, onlyFixable: false },
    }),
    'an unknown fix as fixable': (one) => ({
      ...one,
      unknownFix: 'fixable',
      base: one.base && { ...one.base, unknownFix: 'fixable' },
    }),
    'a lower CVSS score': (one) => ({ ...one, cvss: Math.max(0, (one.cvss ?? 10) - 1) }),
    'a lower EPSS score': (one) => ({ ...one, epss: (one.epss ?? 1) / 2 }),
    'known exploited vulnerabilities': (one) => ({
      ...one,
      kev: true,
      base: one.base && { ...one.base, kev: true },
    }),
    'failing for unknown exploitability': (one) => ({
      ...one,
      unknownExploitability: 'fail',
      base: one.base && { ...one.base, unknownExploitability: 'fail' },
    }),
    'a shorter grace period': (one) => ({
      ...one,
      grace: mapValues(one.grace, (count) => Math.max(0, count - 5)),
    }),
    'no grace period': (one) => ({
      ...one,
      grace: {},
      base: one.base && { ...one.base, grace: mapValues(one.grace, () => 0) },
    }),
    'no baseline': (one) => ({ ...one, baseline: undefined }),
    'no ignores': (one) => ({ ...one, ignores: [] }),
    'one ignore less': (one) => ({ ...one, ignores: one.ignores?.slice(1) }),
    'ignores that end with a fix': (one) => ({
      ...one,
      ignores: one.ignores?.map((each) => ({ ...each, whenFixed: 'end' })),
    }),
    'ignores that end earlier': (one) => ({
      ...one,
      ignores: one.ignores?.map((each) => ({ ...each, expires: '2026-05-01' })),
    }),
    'no VEX statements': (one) => ({ ...one, vex: [] }),
  };

  test.each(Object.entries(changes))('%s', (_, change) => {
    fc.assert(
      fc.property(list, policy, context, (findings, lax, facts) => {
        // The rules of the base image inherit what the change sets.
        const { onlyFixable, unknownFix, kev, unknownExploitability } = lax.base ?? {};
        const base = lax.base && { onlyFixable, unknownFix, kev, unknownExploitability };
        const start = { ...lax, base };
        expectNoLaxer(judge(findings, start, facts).verdict, judge(findings, change(start), facts).verdict);
      }),
      { numRuns: 50 * fuzzFactor },
    );
  });
});

function mapValues(map: GatePolicy['max'], change: (value: number) => number): GatePolicy['max'] {
  return map && Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
