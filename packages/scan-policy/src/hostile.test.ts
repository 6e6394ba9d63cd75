import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { fuzz, inTime, survivesAttacks } from '@towpath/fuzz';
import { makeFinding } from '@towpath/testing/finding';
import { instantOf } from './instants.ts';
import { judge } from './judge.ts';
import { parsePackagePattern, parsePackageUrl } from './package-url.ts';
import { parseVex } from './parse-vex.ts';
import { pathMatcher } from './path-pattern.ts';
import type { Ignore } from './policy.ts';
import type { VexStatement } from './vex.ts';

const context = { now: new Date('2026-06-01T12:00:00Z') };

/** In milliseconds of processor time: several times what 200,000 findings take. Quadratic work takes minutes. */
const budget = 6000;

test('200,000 findings are judged and put in order', () => {
  const findings = Array.from({ length: 200_000 }, (_, index) =>
    makeFinding({ id: `CVE-2026-${(index * 7919) % 200_000}` }),
  );
  const { violations } = inTime(() => judge(findings, { failOn: 'critical' }, context), budget);
  expect(violations.at(-1)?.finding.id).toBe('CVE-2026-199999');
});

test('findings whose names are long numbers are put in order', () => {
  const findings = Array.from({ length: 1000 }, (_, index) =>
    makeFinding({ id: `${'1'.repeat(500)}${index}` }),
  );
  expect(inTime(() => judge(findings, { failOn: 'critical' }, context)).verdict).toBe('fail');
});

test('200,000 equal findings are put in order', () => {
  const findings = Array.from({ length: 200_000 }, () => makeFinding({ package: { name: 'zlib' } }));
  const { violations } = inTime(() => judge(findings, { failOn: 'critical' }, context), budget);
  expect(violations).toHaveLength(200_000);
});

const decision = { reason: 'r', owner: 'o', expires: '2026-12-31' };

const findings = Array.from({ length: 10_000 }, (_, index) =>
  makeFinding({
    id: `CVE-2026-${index}`,
    aliases: [`GHSA-${index}`],
    package: { name: `package-${index % 500}`, version: '1', path: `usr/lib/${index % 100}/a/b/c/${index}` },
  }),
);

const oneId = findings.map((finding) => ({ ...finding, id: 'CVE-2026-1' }));

const many = (make: (index: number) => Partial<Ignore>): readonly Ignore[] =>
  Array.from({ length: 1000 }, (_, index) => ({ ...decision, ...make(index) }));

describe('10,000 findings are judged with 1,000 ignores', () => {
  test.each<{ name: string; ignores: readonly Ignore[]; among?: readonly Finding[]; accepted: number }>([
    { name: 'of ids', ignores: many((index) => ({ id: `CVE-2026-${index}` })), accepted: 1000 },
    { name: 'of aliases', ignores: many((index) => ({ id: `ghsa-${index}` })), accepted: 1000 },
    {
      name: 'of packages',
      ignores: many((index) => ({ package: { name: `package-${index}` } })),
      accepted: 10_000,
    },
    { name: 'of folders', ignores: many((index) => ({ path: `usr/lib/${index}` })), accepted: 10_000 },
    {
      name: 'of one id and many paths',
      ignores: many((index) => ({ id: 'CVE-2026-1', path: `usr/lib/${index}/a` })),
      among: oneId,
      accepted: 10_000,
    },
    {
      name: 'of one id and many packages',
      ignores: many((index) => ({ id: 'CVE-2026-1', package: { name: `package-${index}` } })),
      among: oneId,
      accepted: 10_000,
    },
  ])('$name', ({ ignores, among = findings, accepted }) => {
    const judgement = inTime(() => judge(among, { failOn: 'low', ignores }, context), 800);
    expect(judgement.accepted).toHaveLength(accepted);
  });
});

test('10,000 findings are judged with 20,000 statements about one vulnerability', () => {
  const vex = Array.from({ length: 20_000 }, (_, index): VexStatement => ({
    ids: ['CVE-2026-1'],
    status: 'not_affected',
    products: [
      { identifiers: [`pkg:deb/debian/package-${index % 500}@${index % 7}`], digests: [], subcomponents: [] },
    ],
    time: '2026-05-01',
    document: 'vex.json',
  }));
  expect(inTime(() => judge(oneId, { failOn: 'low', vex }, context)).accepted).toHaveLength(10_000);
});

const corpus = new URL('./hostile.corpus.json', import.meta.url);

const readers: readonly { name: string; read: (text: string) => unknown; pieces: readonly string[] }[] = [
  {
    name: 'a package URL',
    read: parsePackageUrl,
    pieces: ['pkg:', 'pkg:npm/%40a/b@1', '@', '?a=b&', '#', '%2F', '%'],
  },
  { name: 'a package', read: parsePackagePattern, pieces: ['pkg:deb/', 'openssl', '@scope/'] },
  { name: 'a path', read: (text) => pathMatcher(text)(text), pieces: ['*', 'a*', '/*', '*/a', './'] },
  { name: 'a matched path', read: pathMatcher(`${'*a'.repeat(200)}/b`), pieces: ['a', 'a/', 'b/'] },
  { name: 'a time', read: instantOf, pieces: ['2026-01-01', 'T00:00:00', '.1', '+02:00', 'Z'] },
  {
    name: 'a VEX document',
    read: (text) => parseVex('vex.json', text),
    pieces: [
      '{"@context":"https://openvex.dev/ns/v0.2.0",',
      '"statements":[',
      '{"vulnerability":{"name":"a"},',
      '"products":["a"],',
      '"status":"fixed"},',
      '"timestamp":"2026-01-01"',
      ']',
      '}',
      '[',
      '{"a":',
    ],
  },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('finishes in time with any repeated fragment', () => {
    survivesAttacks(read, pieces);
  });

  test('finishes in time with any mixture of fragments', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});

test('a VEX document at its limits is read in time', () => {
  const statement = {
    vulnerability: { name: 'CVE-1' },
    products: ['pkg:oci/web', 'pkg:deb/debian/a@1'],
    status: 'fixed',
    timestamp: '2026-01-01',
  };
  const text = JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    statements: Array.from({ length: 20_000 }, () => statement),
  });
  expect(inTime(() => parseVex('vex.json', text))).toHaveProperty('statements.length', 20_000);
});
