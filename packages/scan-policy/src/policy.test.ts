import { describe, expect, test } from '@jest/globals';
import { policyDigest } from './canonical-policy.ts';
import { describePolicy } from './describe-policy.ts';
import { mergePolicies } from './merge-policies.ts';
import { parsePackagePattern } from './package-url.ts';
import type { GatePolicy, Ignore } from './policy.ts';
import type { VexStatement } from './vex.ts';

const ignore: Ignore = { id: 'CVE-1', reason: 'r', owner: 'o', expires: '2026-12-31' };
const statement: VexStatement = {
  ids: ['CVE-1'],
  status: 'fixed',
  products: [{ identifiers: ['pkg:oci/web'], digests: [], subcomponents: [] }],
  time: '2026-05-01',
  document: 'a.json',
};

describe('the digest of a policy', () => {
  const policy: GatePolicy = {
    failOn: 'high',
    max: { low: 1, medium: 2 },
    ignores: [ignore, { ...ignore, id: 'CVE-2' }],
    vex: [statement, { ...statement, status: 'affected' }],
  };

  test.each<[string, GatePolicy]>([
    [
      'the order of keys',
      { vex: policy.vex, ignores: policy.ignores, max: { medium: 2, low: 1 }, failOn: 'high' },
    ],
    ['the order of ignores', { ...policy, ignores: policy.ignores?.toReversed() }],
    ['the order of statements', { ...policy, vex: policy.vex?.toReversed() }],
    [
      'the line of an ignore',
      {
        ...policy,
        ignores: [
          { ...ignore, position: { file: 'towpath.yaml', line: 3 } },
          { ...ignore, id: 'CVE-2' },
        ],
      },
    ],
    [
      'a default that is written',
      {
        ...policy,
        kev: false,
        graceSince: 'first-seen',
        staleIgnores: 'warn',
        onUnsupported: 'fail',
        attachedVex: false,
      },
    ],
    ['a base image with the same rules', { ...policy, base: {} }],
    [
      'the name of a document',
      { ...policy, vexFiles: ['b.json'], vex: policy.vex?.map((one) => ({ ...one, document: 'b.json' })) },
    ],
  ])('does not depend on %s', (_, other) => {
    expect(policyDigest(other)).toBe(policyDigest(policy));
  });

  test.each<[string, GatePolicy]>([
    ['a threshold', { ...policy, failOn: 'low' }],
    ['a maximum', { ...policy, max: { low: 1 } }],
    ['a score', { ...policy, cvss: 7 }],
    ['the rules of the base image', { ...policy, base: { failOn: 'critical' } }],
    ['the baseline', { ...policy, baseline: 'prod' }],
    ['one ignore less', { ...policy, ignores: [ignore] }],
    [
      'the reason of an ignore',
      {
        ...policy,
        ignores: [
          { ...ignore, reason: 'x' },
          { ...ignore, id: 'CVE-2' },
        ],
      },
    ],
    ['the status of a statement', { ...policy, vex: [statement, { ...statement, status: 'not_affected' }] }],
    ['attached documents', { ...policy, attachedVex: true }],
    ['images that ECR cannot scan', { ...policy, onUnsupported: 'warn' }],
    ['the maximum age of a scan', { ...policy, maxAge: 1000 }],
  ])('changes with %s', (_, other) => {
    expect(policyDigest(other)).not.toBe(policyDigest(policy));
  });

  test('never changes between releases', () => {
    expect(policyDigest({ failOn: 'critical' })).toBe(
      'sha256:e676d47bb5c7b6b24053825c358bf5715b513c0be1858d54b340b5e5f631f537',
    );
  });
});

describe('a policy in sentences', () => {
  test('names all its rules', () => {
    expect(
      describePolicy({
        failOn: 'high',
        max: { medium: 1 },
        onlyFixable: true,
        cvss: 8.5,
        epss: 0.1,
        kev: true,
        grace: { high: 30 },
        base: { failOn: 'none', max: { medium: 5 }, cvss: 10 },
        baseline: 'prod',
        ignores: [ignore],
        staleIgnores: 'fail',
        vex: [statement, statement],
        attachedVex: true,
      }),
    ).toEqual([
      'A finding of severity high or worse fails.',
      'More than 1 finding of severity medium fail.',
      'A finding with CVSS 8.5 or more fails.',
      'A finding with EPSS 0.1 or more fails.',
      'A finding that is known to be exploited (CISA KEV) fails.',
      'A finding without a fix does not fail.',
      'A finding of severity high fails 30 days after it was first seen.',
      'For the base image: the severity alone fails no finding.',
      'For the base image: more than 5 findings of severity medium fail.',
      'For the base image: a finding with CVSS 10 or more fails.',
      'For the base image: a finding with EPSS 0.1 or more fails.',
      'For the base image: a finding that is known to be exploited (CISA KEV) fails.',
      'For the base image: a finding without a fix does not fail.',
      'For the base image: a finding of severity high fails 30 days after it was first seen.',
      'Findings that prod has, too, do not fail.',
      '1 ignore can accept findings. Stale ignores fail.',
      '2 VEX statements can accept findings.',
      'VEX documents that are attached to an image can accept findings.',
    ]);
  });

  test('without rules has one sentence', () => {
    expect(describePolicy({ failOn: 'none' })).toEqual(['The severity alone fails no finding.']);
  });
});

test('a merged policy keeps keys that are undefined in the other', () => {
  expect(
    mergePolicies({ failOn: 'high', kev: true, max: { low: 1 } }, { kev: undefined, max: { high: 2 } }),
  ).toEqual({
    failOn: 'high',
    kev: true,
    max: { low: 1, high: 2 },
  });
});

test.each([
  ['openssl', { name: 'openssl' }],
  ['@acme/ui', { name: '@acme/ui' }],
  ['pkg:deb/debian/openssl', { name: 'openssl', type: 'deb' }],
  [
    'pkg:deb/debian/openssl@3.0.1?arch=amd64&distro=debian-12',
    { name: 'openssl', type: 'deb', version: '3.0.1' },
  ],
  ['pkg:deb/debian/g%2B%2B@1:2%2Bb1#x', { name: 'g++', type: 'deb', version: '1:2+b1' }],
  ['pkg:rpm/redhat/glibc@2.28-1?epoch=1&arch=x86_64', { name: 'glibc', type: 'rpm', version: '1:2.28-1' }],
  ['pkg:deb/debian/bind9@1:9.18-1?epoch=1', { name: 'bind9', type: 'deb', version: '1:9.18-1' }],
  ['pkg:rpm/redhat/bash@5.1-6?epoch=0', { name: 'bash', type: 'rpm', version: '5.1-6' }],
  ['pkg:npm/ui@1.0.0?epoch=1', { name: 'ui', type: 'npm', version: '1.0.0' }],
  ['pkg:npm/%40acme/ui@1.0.0', { name: '@acme/ui', type: 'npm', version: '1.0.0' }],
  ['pkg:npm/@acme/ui', { name: '@acme/ui', type: 'npm' }],
  ['pkg:golang/github.com/acme/app@v1', { name: 'github.com/acme/app', type: 'golang', version: 'v1' }],
  ['pkg:maven/org.acme/app@1', { name: 'org.acme:app', type: 'maven', version: '1' }],
  ['PKG:NPM/ui', { name: 'ui', type: 'npm' }],
  ['pkg://npm/ui', { name: 'ui', type: 'npm' }],
  ['pkg:npm', undefined],
  ['pkg:npm/', undefined],
  ['pkg:npm/ui@', undefined],
  ['pkg:npm/%', undefined],
  ['pkg:1/ui', undefined],
  ['', undefined],
  ['two words', undefined],
  ['lib*', undefined],
])('the package %s is %j', (text, expected) => {
  expect(parsePackagePattern(text)).toEqual(
    expected === undefined ? undefined : expect.objectContaining(expected),
  );
  if (expected !== undefined) expect(JSON.parse(JSON.stringify(parsePackagePattern(text)))).toEqual(expected);
});
