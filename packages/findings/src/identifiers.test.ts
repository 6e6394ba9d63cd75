import { expect, test } from '@jest/globals';
import { identify } from './identifiers.ts';

test.each<{ own: string; others: string[]; id: string; aliases: string[] }>([
  { own: 'CVE-2026-1234', others: [], id: 'CVE-2026-1234', aliases: [] },
  {
    own: 'GHSA-aaaa-bbbb-cccc',
    others: ['CVE-2026-1234'],
    id: 'CVE-2026-1234',
    aliases: ['GHSA-aaaa-bbbb-cccc'],
  },
  { own: 'SNYK-1', others: ['GHSA-1', 'cve-2026-1234'], id: 'CVE-2026-1234', aliases: ['SNYK-1', 'GHSA-1'] },
  {
    own: 'CVE-2026-1234',
    others: ['GHSA-1', 'GHSA-1', 'CVE-2026-1234'],
    id: 'CVE-2026-1234',
    aliases: ['GHSA-1'],
  },
  { own: 'TEMP-0841856-B18BAF', others: [], id: 'TEMP-0841856-B18BAF', aliases: [] },
  { own: '', others: [], id: 'unnamed', aliases: [] },
])('identifies $own with $others as $id', ({ own, others, id, aliases }) => {
  expect(identify(own, others)).toEqual([{ id, aliases }]);
});

test('does not take a related CVE for an alias of a CVE, because an ignore of one must not affect the other', () => {
  expect(identify('CVE-2026-1234', ['CVE-2026-5678', 'GHSA-1'])).toEqual([
    { id: 'CVE-2026-1234', aliases: ['GHSA-1'] },
  ]);
});

test('separates the CVEs of an advisory, because an ignore of one must not affect the others', () => {
  expect(identify('ALAS2-2026-1', ['CVE-2026-1111', 'GHSA-1', 'cve-2026-2222', 'CVE-2026-1111'])).toEqual([
    { id: 'CVE-2026-1111', aliases: ['ALAS2-2026-1', 'GHSA-1'] },
    { id: 'CVE-2026-2222', aliases: ['ALAS2-2026-1', 'GHSA-1'] },
  ]);
});

test('keeps an advisory with more CVEs than any real one as one vulnerability', () => {
  const cves = Array.from({ length: 501 }, (_, index) => `CVE-2026-${1000 + index}`);
  expect(identify('ALAS2-2026-1', cves)).toEqual([{ id: 'ALAS2-2026-1', aliases: [] }]);
});
