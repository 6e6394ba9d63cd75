import { describe, expect, test } from '@jest/globals';
import { inOrder } from './versions.ts';

/** Versions of one type in ascending order. */
const ascending: readonly { readonly type: string; readonly versions: readonly string[] }[] = [
  { type: 'npm', versions: ['1.0.0-rc.1', '1.0.0', '1.9.0', '1.10.0'] },
  // Examples of the Debian Policy, and the order of characters
  { type: 'deb', versions: ['1.0~~', '1.0~~a', '1.0~', '1.0~beta1~svn1245', '1.0~beta1', '1.0', '1.0a'] },
  { type: 'deb', versions: ['1.0', '1.0A', '1.0a', '1.0ab', '1.0b', '1.0+', '1.0.', '1.0.1'] },
  { type: 'deb', versions: ['1.2', '1.2-0.1', '1.2-1~bpo11+1', '1.2-1', '1.2-1+b1', '1.2-1.1'] },
  {
    type: 'deb',
    versions: [
      '1.2-1',
      '1.2-1ubuntu0.9',
      '1.2-1ubuntu0.10',
      '1.2-2',
      '1.2-10',
      '1.10-1',
      '1:0.1-1',
      '10:0.1-1',
    ],
  },
  { type: 'deb', versions: ['1.2-3-1', '1.2-3-2', '1.2-10-1'] },
  { type: 'deb', versions: ['99999999999999999998', '99999999999999999999', '100000000000000000000'] },
  // Examples of rpm's own tests (rpmvercmp.at)
  {
    type: 'rpm',
    versions: [
      '1.0~rc1~git123',
      '1.0~rc1',
      '1.0~rc1^git1',
      '1.0~rc2',
      '1.0',
      '1.0^',
      '1.0^20160101',
      '1.0^20160102',
      '1.0.1',
    ],
  },
  { type: 'rpm', versions: ['1.0^git1~pre', '1.0^git1', '1.0^git1.1'] },
  { type: 'rpm', versions: ['2.0', '2.0.1', '2.0.1a'] },
  { type: 'rpm', versions: ['5.5p1', '5.5p2', '5.5p10', '5.6p1', '10xyz', '10.1xyz'] },
  { type: 'rpm', versions: ['1.0a', '1.0aa', '1.0b', '1.0.1'] },
  { type: 'rpm', versions: ['xyz.4', '8'] },
  {
    type: 'rpm',
    versions: ['1.2', '1.2-1.el8', '1.2-1.el8_10', '1.2-1.el9', '1.2-2.el8', '1.2-10.el8', '1:0.1-1.el8'],
  },
  { type: 'rpm', versions: ['20101121', '20101122', '99999999999999999999'] },
  // Examples of apk's own tests (version.data)
  {
    type: 'apk',
    versions: [
      '1.0_alpha',
      '1.0_alpha1',
      '1.0_beta',
      '1.0_pre1',
      '1.0_rc1-r0',
      '1.0_rc1-r1',
      '1.0',
      '1.0-r1',
      '1.0-r10',
    ],
  },
  {
    type: 'apk',
    versions: [
      '1.0',
      '1.0_cvs1',
      '1.0_svn1',
      '1.0_git20200101',
      '1.0_hg1',
      '1.0_p1',
      '1.0_p2',
      '1.0_p10',
      '1.0a',
      '1.0b',
      '1.0.1',
    ],
  },
  { type: 'apk', versions: ['1.0.05', '1.0.1', '1.0.9', '1.0.10', '1.9', '1.10', '2.0', '10.0'] },
  { type: 'apk', versions: ['1.2', '1.2~0ab', '1.2~1'] },
];

const equal: readonly { readonly type: string; readonly versions: readonly string[] }[] = [
  { type: 'deb', versions: ['1.0', '0:1.0', '1.0-0', '1.00', '01.0-00'] },
  { type: 'rpm', versions: ['1.0', '0:1.0', '1.00', '01.0', '1_0', '1..0', '1.0.'] },
  { type: 'apk', versions: ['1.1', '01.1'] },
  { type: 'npm', versions: ['1.0.0', 'v1.0.0', '1.0.0+build'] },
];

describe('the order of versions', () => {
  test.each(ascending)('of $type is $versions', ({ type, versions }) => {
    const shuffled = [...versions].reverse();
    expect(inOrder(type, shuffled)?.map(({ text }) => text)).toEqual(versions);
    expect(new Set(inOrder(type, shuffled)?.map(({ rank }) => rank)).size).toBe(versions.length);
  });

  test.each(equal)('of $type ranks $versions equally', ({ type, versions }) => {
    expect(inOrder(type, versions)?.map(({ rank }) => rank)).toEqual(versions.map(() => 0));
  });

  test.each([
    { type: 'npm', version: '>=1.2' },
    { type: 'deb', version: '' },
    { type: 'deb', version: 'a:1.0' },
    { type: 'deb', version: '<1.0' },
    { type: 'deb', version: '1.0-' },
    { type: 'rpm', version: '1.0-1-1' },
    { type: 'rpm', version: ':1.0' },
    { type: 'rpm', version: '1.0 or later' },
    { type: 'apk', version: '1.0_new1' },
    { type: 'apk', version: '1.0-1' },
    { type: 'maven', version: '1.0' },
    { type: undefined, version: '1.0' },
  ])('of $type is unknown with $version', ({ type, version }) => {
    expect(inOrder(type, ['1.0.0', version])).toBeUndefined();
  });

  test.each(['deb', 'rpm', 'apk'])('of %s takes linear time', (type) => {
    const hostile = ['1.', '1~', 'a', '_p', '0'].map((one) => `1${one.repeat(20_000)}`);
    const start = process.cpuUsage();
    for (const text of hostile) inOrder(type, [`${text}1`, `${text}2`]);
    expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
  });
});
