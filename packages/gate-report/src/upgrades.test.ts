import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { makeFinding } from '@towpath/testing/finding';
import { countsInWords, smallestUpgrade } from './upgrades.ts';

function finding(id: string, ...versions: readonly string[]): Finding {
  return makeFinding({ id, fix: { state: versions.length === 0 ? 'none' : 'fixed', versions } });
}

const cases: readonly {
  readonly name: string;
  readonly type?: string;
  readonly version?: string;
  readonly fixes: readonly (readonly string[])[];
  readonly expected: readonly [version: string, cleared: number, others: readonly string[]] | undefined;
}[] = [
  {
    name: 'has no upgrade without a fix',
    type: 'npm',
    version: '1.0.0',
    fixes: [[], []],
    expected: undefined,
  },
  {
    name: 'is the highest fix, if each fix clears those below',
    type: 'npm',
    version: '4.17.10',
    fixes: [['4.17.12'], ['4.17.21'], ['4.17.11'], []],
    expected: ['4.17.21', 3, []],
  },
  {
    name: 'compares numbers, not text',
    type: 'golang',
    version: 'v1.9.0',
    fixes: [['v1.10.0'], ['v1.9.1']],
    expected: ['v1.10.0', 2, []],
  },
  {
    name: 'stays on the major version if that clears as much',
    type: 'npm',
    version: '1.0.0',
    fixes: [
      ['1.2.3', '2.0.1'],
      ['1.1.0', '2.0.0'],
    ],
    expected: ['1.2.3', 2, []],
  },
  {
    name: 'does not believe that a later major version has the fix of an earlier one',
    type: 'npm',
    version: '1.0.0',
    fixes: [['1.2.3', '2.0.1'], ['2.0.0']],
    expected: ['2.0.1', 2, []],
  },
  {
    name: 'is never a downgrade',
    type: 'npm',
    version: '2.5.0',
    fixes: [['1.2.3', '2.5.1']],
    expected: ['2.5.1', 1, []],
  },
  {
    name: 'does not exist if all fixes are older',
    type: 'npm',
    version: '3.0.0',
    fixes: [['1.2.3']],
    expected: undefined,
  },
  {
    name: 'follows the source if the type has no known order',
    type: 'maven',
    version: '3.0.1',
    fixes: [['3.0.2-1'], ['3.0.2-1'], ['3.0.10-1'], []],
    expected: ['3.0.2-1', 2, ['3.0.10-1']],
  },
  {
    name: 'takes the first version of the source if several clear as much',
    type: 'maven',
    version: '3.0.1',
    fixes: [['3.0.9-1'], ['3.0.2-1']],
    expected: ['3.0.9-1', 1, ['3.0.2-1']],
  },
  {
    name: 'is the highest fix of a Debian package',
    type: 'deb',
    version: '3.0.9-1~deb12u1',
    fixes: [['3.0.10-1~deb12u1'], ['3.0.9-1'], ['3.0.9-1~deb12u3'], ['3.0.8-1'], []],
    expected: ['3.0.10-1~deb12u1', 4, []],
  },
  {
    name: 'is the highest fix of an RPM package',
    type: 'rpm',
    version: '1:3.0.7-6.el9_2',
    fixes: [['1:3.0.7-24.el9'], ['1:3.0.7-16.el9_2'], ['2.9.0-1.el9']],
    expected: ['1:3.0.7-24.el9', 3, []],
  },
  {
    name: 'is the highest fix of an Alpine package',
    type: 'apk',
    version: '3.1.4-r5',
    fixes: [['3.1.4-r10'], ['3.1.4-r6'], ['3.1.5_rc1-r0']],
    expected: ['3.1.5_rc1-r0', 3, []],
  },
  {
    name: 'does not believe that a version between two fixes of a finding has one of them',
    type: 'deb',
    version: '3.0.1-1',
    fixes: [['3.0.2-1', '3.3.1-1'], ['3.2.0-1']],
    expected: ['3.3.1-1', 2, []],
  },
  {
    name: 'has all fixes of a version that is written differently',
    type: 'deb',
    version: '1.0-1',
    fixes: [['0:1.2-1', '2.0-1'], ['1.2-1']],
    expected: ['0:1.2-1', 2, []],
  },
  {
    name: 'follows the source if a version cannot be parsed',
    type: 'npm',
    version: '1.0.0',
    fixes: [['>=1.2'], ['1.2.0']],
    expected: ['>=1.2', 1, ['1.2.0']],
  },
  {
    name: 'works without the current version and type',
    fixes: [['1.0.0'], ['1.0.0']],
    expected: ['1.0.0', 2, []],
  },
];

describe('the smallest upgrade', () => {
  test.each(cases)('$name', ({ type, version, fixes, expected }) => {
    const findings = fixes.map((versions, index) => finding(`CVE-${index}`, ...versions));
    const upgrade = smallestUpgrade(
      { name: 'x', ...(type && { type }), ...(version && { version }) },
      findings,
    );
    expect(upgrade && [upgrade.version, upgrade.cleared.length, upgrade.others]).toEqual(expected);
  });
});

test('severities are counted in words, the worst first', () => {
  const severities = ['high', 'critical', 'unknown', 'high'] as const;
  expect(countsInWords(severities.map((severity) => ({ severity })))).toBe('1 unknown, 1 critical, 2 high');
});
