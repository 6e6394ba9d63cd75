import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { makeFinding } from '@towpath/testing/finding';
import { judge } from './judge.ts';
import type { Judgement } from './judgement.ts';
import type { Ignore } from './policy.ts';
import { staleIgnores } from './stale-ignores.ts';

const decision = { reason: 'not reachable', owner: 'team-payroll', expires: '2026-07-31' } as const;

const openssl = makeFinding({
  id: 'CVE-2026-7',
  aliases: ['GHSA-abcd-1234-wxyz'],
  severity: 'high',
  package: { name: 'openssl', version: '3.0.1', type: 'deb', path: 'usr/lib/ssl/libssl.so' },
  fix: { state: 'none', versions: [] },
});

function judgeOne(
  ignore: Partial<Ignore>,
  finding: Finding = openssl,
  now = '2026-06-01T12:00:00Z',
  image = 'web',
): Judgement {
  const context = { now: new Date(now), image: { name: image, digests: [] } };
  return judge([finding], { failOn: 'low', ignores: [{ ...decision, ...ignore }] }, context);
}

describe('an ignore', () => {
  test('accepts a finding with its reason, its owner and its end', () => {
    const { verdict, accepted, staleIgnores: stale } = judgeOne({ id: 'CVE-2026-7' });
    expect(verdict).toBe('pass');
    expect(accepted).toEqual([
      { finding: openssl, by: 'ignore', reason: 'not reachable', owner: 'team-payroll', until: '2026-07-31' },
    ]);
    expect(stale).toEqual([]);
  });

  test.each<{ ignore: Partial<Ignore>; finding?: Partial<Finding> }>([
    { ignore: { id: 'cve-2026-7' } },
    { ignore: { id: 'GHSA-abcd-1234-wxyz' } },
    { ignore: { id: 'CVE-2026-7', package: { name: 'openssl' } } },
    { ignore: { package: { name: 'OpenSSL' } } },
    { ignore: { package: { name: 'openssl', type: 'deb', version: '3.0.1' } } },
    { ignore: { package: { name: 'openssl', type: 'deb' } }, finding: { package: { name: 'openssl' } } },
    { ignore: { path: 'usr/lib/ssl/libssl.so' } },
    { ignore: { path: '/usr/lib/ssl/libssl.so' } },
    { ignore: { path: 'usr/lib' } },
    { ignore: { path: './usr/lib/' } },
    { ignore: { path: 'usr/*/libssl.so' } },
    { ignore: { path: '*/ssl' } },
    { ignore: { path: '*.so' } },
    { ignore: { path: 'usr/*' } },
    { ignore: { path: 'usr' }, finding: { package: { name: 'x', path: '/usr/a' } } },
    { ignore: { id: 'CVE-2026-7', image: 'web' } },
    { ignore: { id: 'CVE-2026-7', severity: 'high' } },
    { ignore: { id: 'CVE-2026-7', severity: 'critical' } },
    { ignore: { id: 'CVE-2026-7' }, finding: { fix: { state: 'unknown', versions: [] } } },
    { ignore: { id: 'CVE-2026-7' }, finding: { fix: { state: 'wont-fix', versions: [] } } },
    {
      ignore: { id: 'CVE-2026-7', whenFixed: 'keep' },
      finding: { fix: { state: 'fixed', versions: ['3.0.2'] } },
    },
  ])('of $ignore accepts $finding', ({ ignore, finding }) => {
    expect(judgeOne(ignore, { ...openssl, ...finding }).verdict).toBe('pass');
  });

  test.each<{ ignore: Partial<Ignore>; finding?: Partial<Finding> }>([
    { ignore: { id: 'CVE-2026-77' } },
    { ignore: { id: 'CVE-2026-' } },
    { ignore: { id: '' } },
    { ignore: { id: 'CVE-2026-7', package: { name: 'zlib' } } },
    { ignore: { package: { name: 'openssl', type: 'apk' } } },
    { ignore: { package: { name: 'openssl', version: '3.0.2' } } },
    { ignore: { package: { name: 'openssl', version: '3.0.1' } }, finding: { package: { name: 'openssl' } } },
    { ignore: { package: { name: 'openssl' } }, finding: { package: undefined } },
    { ignore: { path: 'usr/li' } },
    { ignore: { path: 'lib/ssl' } },
    { ignore: { path: '*/li' } },
    { ignore: { path: 'usr/*.jar' } },
    { ignore: { path: 'usr' }, finding: { package: { name: 'openssl' } } },
    { ignore: { path: 'a' }, finding: { package: { name: 'openssl', path: `a/${'b'.repeat(5000)}` } } },
    { ignore: { id: 'CVE-2026-7', image: 'api' } },
    { ignore: {} },
    { ignore: { image: 'web' } },
  ])('of $ignore does not match $finding', ({ ignore, finding }) => {
    const { verdict, violations } = judgeOne(ignore, { ...openssl, ...finding });
    expect(verdict).toBe('fail');
    expect(violations[0]?.reasons).toEqual(['high is not allowed with fail-on: low']);
  });

  test.each<{
    name: string;
    ignore?: Partial<Ignore>;
    finding?: Partial<Finding>;
    now?: string;
    why: string;
  }>([
    {
      name: 'a fix exists',
      finding: { fix: { state: 'fixed', versions: ['3.0.2', '3.1'] } },
      why: 'version 3.0.2 fixes the vulnerability',
    },
    {
      name: 'a fix exists for some branches',
      finding: { fix: { state: 'partial', versions: [] } },
      why: 'a fix exists',
    },
    {
      name: 'the vulnerability is exploited',
      ignore: { whenFixed: 'keep' },
      finding: { isExploited: true },
      why: 'the vulnerability is known to be exploited (CISA KEV)',
    },
    {
      name: 'the severity is worse',
      ignore: { severity: 'medium' },
      why: 'the severity is high, and the ignore accepts medium at most',
    },
    {
      name: 'the severity is unknown',
      ignore: { severity: 'critical' },
      finding: { severity: 'unknown' },
      why: 'the severity is unknown, and the ignore accepts critical at most',
    },
    { name: 'its last day is over', now: '2026-08-01T00:00:00Z', why: 'it expired on 2026-07-31' },
    { name: 'its last day is no date', ignore: { expires: 'never' }, why: 'it expired on never' },
  ])('ends if $name', ({ ignore, finding, now, why }) => {
    const {
      verdict,
      violations,
      staleIgnores: stale,
    } = judgeOne({ id: 'CVE-2026-7', ...ignore }, { ...openssl, ...finding }, now);
    expect(verdict).toBe('fail');
    expect(violations[0]?.reasons.slice(1)).toEqual([`the ignore by team-payroll does not apply: ${why}`]);
    expect(stale).toEqual([expect.objectContaining({ why: expect.stringContaining(why) as unknown })]);
  });

  test('applies until the end of its last day in UTC', () => {
    expect(judgeOne({ id: 'CVE-2026-7' }, openssl, '2026-07-31T23:59:59.999Z').verdict).toBe('pass');
  });

  test('does not hide another that still applies', () => {
    const ignores = [
      { ...decision, id: 'CVE-2026-7', expires: '2026-01-01' },
      { ...decision, id: 'CVE-2026-7', expires: '2026-08-31', owner: 'b' },
      { ...decision, id: 'CVE-2026-7', expires: '2026-06-30' },
    ];
    const { accepted } = judge(
      [openssl],
      { failOn: 'low', ignores },
      { now: new Date('2026-06-01T12:00:00Z') },
    );
    expect(accepted.map(({ until }) => until)).toEqual(['2026-08-31']);
  });

  test('with an image does not apply if the image is unknown', () => {
    const ignores = [{ ...decision, id: 'CVE-2026-7', image: 'web' }];
    expect(
      judge([openssl], { failOn: 'low', ignores }, { now: new Date('2026-06-01T12:00:00Z') }).verdict,
    ).toBe('fail');
  });
});

describe('stale ignores', () => {
  const other = makeFinding({ id: 'CVE-2026-8' });

  test.each<{ name: string; ignore: Partial<Ignore>; finding?: Finding; state: string | undefined }>([
    { name: 'that match no finding', ignore: { id: 'CVE-2026-7' }, finding: other, state: 'unused' },
    {
      name: 'that have expired and match no finding',
      ignore: { id: 'CVE-2026-7', expires: '2026-05-31' },
      finding: other,
      state: 'expired',
    },
    {
      name: 'that have expired and match a finding',
      ignore: { id: 'CVE-2026-7', expires: '2026-05-31' },
      state: 'expired',
    },
    { name: 'that ended early', ignore: { id: 'CVE-2026-7', severity: 'low' }, state: 'ended' },
    { name: 'of another image', ignore: { id: 'CVE-2026-7', image: 'api' }, state: undefined },
    { name: 'that apply', ignore: { id: 'CVE-2026-7' }, state: undefined },
  ])('are those $name', ({ ignore, finding, state }) => {
    expect(judgeOne(ignore, finding).staleIgnores.map((one) => one.state)).toEqual(
      state === undefined ? [] : [state],
    );
  });

  test('never change the verdict of an image', () => {
    const policy = { failOn: 'none', staleIgnores: 'fail', ignores: [{ ...decision, id: 'CVE-1' }] } as const;
    expect(judge([other], policy, { now: new Date('2026-06-01T12:00:00Z') })).toMatchObject({
      verdict: 'pass',
      staleIgnores: [{ state: 'unused' }],
    });
  });

  const judgement = (ignore: Partial<Ignore>, image: string, finding = openssl) => ({
    image,
    judgement: judgeOne(ignore, finding, undefined, image),
  });

  test.each([
    {
      name: 'unused in one image of two',
      judgements: [judgement({ id: 'CVE-2026-7' }, 'web'), judgement({ id: 'CVE-2026-7' }, 'api', other)],
      states: [],
    },
    {
      name: 'unused in all images',
      judgements: [judgement({ id: 'CVE-1' }, 'web'), judgement({ id: 'CVE-1' }, 'api')],
      states: ['unused'],
    },
    {
      name: 'unused in its own image',
      judgements: [
        judgement({ id: 'CVE-1', image: 'web' }, 'web'),
        judgement({ id: 'CVE-1', image: 'web' }, 'api'),
      ],
      states: ['unused'],
    },
    {
      name: 'expired in all images',
      judgements: [
        judgement({ id: 'CVE-1', expires: '2026-01-01' }, 'web'),
        judgement({ id: 'CVE-1', expires: '2026-01-01' }, 'api'),
      ],
      states: ['expired'],
    },
    {
      name: 'ended in one image of two',
      judgements: [
        judgement({ id: 'CVE-2026-7', severity: 'high' }, 'web'),
        judgement({ id: 'CVE-2026-7', severity: 'high' }, 'api', { ...openssl, severity: 'critical' }),
      ],
      states: ['ended'],
    },
  ])('of a run are $states for an ignore that is $name', ({ judgements, states }) => {
    expect(staleIgnores(judgements, { isComplete: true }).map(({ state }) => state)).toEqual(states);
  });

  test('of a run over some images are not unused', () => {
    expect(staleIgnores([judgement({ id: 'CVE-1' }, 'web')], { isComplete: false })).toEqual([]);
  });
});
