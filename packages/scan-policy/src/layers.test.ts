import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { digestOf } from '@towpath/reference';
import type { ImageLayers, Layer } from './context.ts';
import { makeFinding } from '@towpath/testing/finding';
import { judge } from './judge.ts';
import type { GatePolicy } from './policy.ts';

const now = new Date('2026-06-01T12:00:00Z');

const layer = (name: string): Layer => ({ diffId: digestOf(name), digest: digestOf(`${name}.gz`) });
const [debian, node, app] = ['debian', 'node', 'app'].map(layer) as [Layer, Layer, Layer];
const layers: ImageLayers = { image: [debian, node, app], base: [debian, node] };

function inLayer(
  one: Layer | undefined,
  severity: Finding['severity'],
  kind: 'diffId' | 'digest' = 'diffId',
): Finding {
  return makeFinding({ severity, package: { name: 'openssl', version: '3.0.1', layer: one?.[kind] } });
}

const policy: GatePolicy = { failOn: 'high', base: { failOn: 'critical' } };

describe('the rules of the base image', () => {
  test.each([
    { name: 'a layer of the base image, by its diff ID', finding: inLayer(debian, 'high'), verdict: 'pass' },
    {
      name: 'a layer of the base image, by its digest',
      finding: inLayer(node, 'high', 'digest'),
      verdict: 'pass',
    },
    {
      name: 'a worse finding in the base image',
      finding: inLayer(debian, 'critical'),
      verdict: 'fail',
      origin: 'base',
    },
    {
      name: 'a layer of the application',
      finding: inLayer(app, 'high'),
      verdict: 'fail',
      origin: 'application',
    },
    { name: 'a layer that is not part of the image', finding: inLayer(layer('x'), 'high'), verdict: 'fail' },
    { name: 'a package without a layer', finding: inLayer(undefined, 'high'), verdict: 'fail' },
    { name: 'a finding without a package', finding: makeFinding({ severity: 'high' }), verdict: 'fail' },
  ])('judge $name', ({ finding, verdict, origin }) => {
    const judgement = judge([finding], policy, { now, layers });
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.violations[0]?.origin).toBe(origin);
    const unknown =
      'no layer of the image, as in ECR basic scanning. It is judged by the rules of the base image';
    expect(judgement.notes).toEqual(
      verdict === 'pass' || origin !== undefined
        ? []
        : [expect.stringContaining(`1 finding names ${unknown}`)],
    );
  });

  test('give no rules to a finding of an image without a base image', () => {
    const judgement = judge([inLayer(undefined, 'critical')], policy, {
      now,
      layers: { image: [app], base: 'scratch' },
    });
    expect([judgement.violations[0]?.origin, judgement.notes]).toEqual(['application', []]);
    expect(
      judge(
        [inLayer(undefined, 'low')],
        { failOn: 'critical', base: { failOn: 'low' } },
        {
          now,
          layers: { image: [app], base: 'scratch' },
        },
      ).verdict,
    ).toBe('pass');
  });

  test('say which key a finding breaks', () => {
    expect(judge([inLayer(debian, 'critical')], policy, { now, layers }).violations[0]?.reasons).toEqual([
      'critical is not allowed with base.fail-on: critical',
    ]);
  });

  test('can be stricter than those of the application, also for a finding of unknown origin', () => {
    const strict: GatePolicy = { failOn: 'critical', base: { failOn: 'low' } };
    expect(judge([inLayer(app, 'low')], strict, { now, layers }).verdict).toBe('pass');
    expect(judge([inLayer(undefined, 'low')], strict, { now, layers }).verdict).toBe('fail');
  });

  test('inherit the keys that they do not set', () => {
    const finding = { ...inLayer(debian, 'critical'), fix: { state: 'none', versions: [] } as const };
    expect(judge([finding], { ...policy, onlyFixable: true }, { now, layers }).verdict).toBe('pass');
    expect(
      judge([finding], { ...policy, base: { onlyFixable: true, failOn: 'critical' } }, { now, layers })
        .verdict,
    ).toBe('pass');
    expect(
      judge(
        [{ ...finding, package: inLayer(app, 'high').package }],
        { ...policy, base: { onlyFixable: true } },
        { now, layers },
      ).verdict,
    ).toBe('fail');
  });

  test('have maxima of their own', () => {
    const counting: GatePolicy = { failOn: 'none', max: { high: 0 }, base: { max: { high: 2 } } };
    const two = [inLayer(debian, 'high'), { ...inLayer(node, 'high'), id: 'CVE-2' }];
    expect(judge(two, counting, { now, layers }).verdict).toBe('pass');
    expect(
      judge([...two, { ...inLayer(undefined, 'high'), id: 'CVE-3' }], counting, { now, layers }).violations,
    ).toHaveLength(3);
  });

  test.each([
    { name: 'no layers are known', layers: undefined },
    { name: 'the layers are not the lowest of the image', layers: { ...layers, base: [node] } },
    {
      name: 'the base image has more layers than the image',
      layers: { ...layers, base: [...layers.image, debian] },
    },
    { name: 'the base image has no layers', layers: { ...layers, base: [] } },
  ])('and those of the application apply if $name', ({ layers: claimed }) => {
    const { verdict, notes } = judge([inLayer(debian, 'high')], policy, { now, layers: claimed });
    expect(verdict).toBe('fail');
    expect(notes).toEqual([expect.stringMatching(/^The layers of the base image are unknown/)]);
  });

  test('do not apply to a layer that the application repeats', () => {
    const repeated = { image: [debian, node, debian], base: [debian, node] };
    expect(judge([inLayer(debian, 'high')], policy, { now, layers: repeated }).violations[0]?.origin).toBe(
      'application',
    );
  });
});

describe('the baseline', () => {
  const withBaseline: GatePolicy = { failOn: 'high', baseline: 'prod' };
  const openssl = (
    id: string,
    more: Partial<NonNullable<Finding['package']>> = {},
    aliases: readonly string[] = [],
  ) =>
    makeFinding({
      id,
      aliases,
      severity: 'high',
      package: { name: 'openssl', version: '3.0.1', type: 'deb', ...more },
    });

  test.each([
    { name: 'the same finding', here: openssl('CVE-1'), there: openssl('CVE-1'), isKnown: true },
    {
      name: 'another version of the package',
      here: openssl('CVE-1', { version: '3.0.2' }),
      there: openssl('CVE-1'),
      isKnown: true,
    },
    {
      name: 'an alias there',
      here: openssl('CVE-1'),
      there: openssl('GHSA-a', {}, ['CVE-1']),
      isKnown: true,
    },
    { name: 'an alias here', here: openssl('GHSA-a', {}, ['CVE-1']), there: openssl('cve-1'), isKnown: true },
    {
      name: 'a scanner that does not report the type',
      here: openssl('CVE-1', { type: undefined }),
      there: openssl('CVE-1'),
      isKnown: true,
    },
    {
      name: 'another vulnerability of an advisory',
      here: openssl('CVE-2', {}, ['DSA-1']),
      there: openssl('CVE-1', {}, ['DSA-1']),
      isKnown: false,
    },
    { name: 'another vulnerability', here: openssl('CVE-2'), there: openssl('CVE-1'), isKnown: false },
    {
      name: 'another package',
      here: openssl('CVE-1', { name: 'zlib' }),
      there: openssl('CVE-1'),
      isKnown: false,
    },
    {
      name: 'another type of package',
      here: openssl('CVE-1', { type: 'npm' }),
      there: openssl('CVE-1'),
      isKnown: false,
    },
  ])('recognises $name: $isKnown', ({ here, there, isKnown }) => {
    const judgement = judge([here], withBaseline, { now, baseline: { findings: [there] } });
    expect(judgement.verdict).toBe(isKnown ? 'pass' : 'fail');
    expect(judgement.known.map(({ finding }) => finding)).toEqual(isKnown ? [here] : []);
  });

  test('separates what the image introduced from what was published since', () => {
    const published = openssl('CVE-2');
    const introduced = openssl('CVE-3', { name: 'zlib', version: '1.2' });
    const upgraded = openssl('CVE-4', { version: '3.0.2' });
    const listed = openssl('CVE-5', { name: 'curl', version: '8' });
    const baseline = { findings: [openssl('CVE-1')], packages: [{ name: 'curl', version: '8' }] };
    const { violations } = judge([published, introduced, upgraded, listed], withBaseline, { now, baseline });
    expect(violations.map(({ finding, since }) => [finding.id, since])).toEqual([
      ['CVE-2', 'published'],
      ['CVE-3', 'introduced'],
      ['CVE-4', 'introduced'],
      ['CVE-5', 'published'],
    ]);
  });

  test('does not count known findings towards a maximum', () => {
    const counting: GatePolicy = { failOn: 'none', max: { high: 1 }, baseline: 'prod' };
    const findings = [openssl('CVE-1'), openssl('CVE-2')];
    expect(judge(findings, counting, { now, baseline: { findings: [openssl('CVE-1')] } }).verdict).toBe(
      'pass',
    );
    expect(judge(findings, counting, { now, baseline: { findings: [] } }).verdict).toBe('fail');
  });

  test('that is missing accepts nothing', () => {
    const { verdict, violations, notes } = judge([openssl('CVE-1')], withBaseline, { now });
    expect(verdict).toBe('fail');
    expect(violations[0]?.since).toBeUndefined();
    expect(notes).toEqual(['The findings of the baseline prod are unknown, so all findings count as new.']);
  });

  test('of the context accepts nothing if the policy names none', () => {
    const finding = openssl('CVE-1');
    expect(judge([finding], { failOn: 'high' }, { now, baseline: { findings: [finding] } }).verdict).toBe(
      'fail',
    );
  });
});
