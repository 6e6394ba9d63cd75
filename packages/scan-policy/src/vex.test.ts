import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@towpath/findings';
import { digestOf, type Digest } from '@towpath/reference';
import type { JudgedImage } from './context.ts';
import { makeFinding } from '@towpath/testing/finding';
import { judge } from './judge.ts';
import type { Judgement } from './judgement.ts';
import { parseVex } from './parse-vex.ts';
import type { VexStatement } from './vex.ts';

const now = new Date('2026-06-01T12:00:00Z');
const digest = digestOf('web');
const other = digestOf('other');
const repository = '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web';

const image: JudgedImage = {
  name: 'web',
  digests: [digest, digestOf('index')],
  repositories: [repository],
  platform: { os: 'linux', architecture: 'amd64' },
};

const openssl = makeFinding({
  id: 'CVE-2026-7',
  aliases: ['GHSA-a'],
  package: { name: 'openssl', version: '3.0.1', type: 'deb' },
});

const purl = (one: Digest) => `pkg:oci/web@${one.replace(':', '%3A')}`;

/** Returns the text of a document with one statement that says that the image is not affected. */
function documentOf(...statements: readonly object[]): string {
  return JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://example.com/vex-1',
    author: 'payroll',
    timestamp: '2026-05-01T00:00:00Z',
    version: 1,
    statements: statements.map((one) => ({
      vulnerability: { name: 'CVE-2026-7' },
      products: [{ '@id': purl(digest) }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_in_execute_path',
      ...one,
    })),
  });
}

function statementsOf(text: string): readonly VexStatement[] {
  const reading = parseVex('vex.json', text);
  if ('problems' in reading) throw new Error(reading.problems.join('\n'));
  return reading.statements;
}

function judgeWith(statements: readonly object[], finding: Finding = openssl): Judgement {
  return judge([finding], { failOn: 'low', vex: statementsOf(documentOf(...statements)) }, { now, image });
}

const subcomponents = (...ids: readonly string[]) => [
  { '@id': purl(digest), subcomponents: ids.map((id) => ({ '@id': id })) },
];

describe('a VEX statement', () => {
  test('accepts a finding with its justification', () => {
    expect(judgeWith([{ impact_statement: 'TLS ends at the proxy' }])).toMatchObject({
      verdict: 'pass',
      accepted: [
        {
          by: 'vex',
          reason: 'not_affected: vulnerable_code_not_in_execute_path: TLS ends at the proxy (vex.json)',
        },
      ],
    });
  });

  test.each<[string, object]>([
    ['the digest of the manifest', {}],
    ['the digest of the index', { products: [{ '@id': purl(digestOf('index')) }] }],
    [
      'a package URL among the identifiers',
      { products: [{ '@id': 'https://example.com/web', identifiers: { purl: purl(digest) } }] },
    ],
    [
      'a hash',
      {
        products: [
          { '@id': 'https://example.com/web', hashes: { 'sha-256': digest.slice(7).toUpperCase() } },
        ],
      },
    ],
    ['a reference with a digest', { products: [{ '@id': `${repository}@${digest}` }] }],
    [
      'a digest in another repository, because the content is the same',
      { products: [`${purl(digest)}?repository_url=ghcr.io/acme/web`] },
    ],
    ['its repository', { products: [`pkg:oci/web?repository_url=${encodeURIComponent(repository)}`] }],
    [
      'the folder of its repository',
      { products: [`pkg:oci/web?repository_url=${encodeURIComponent(repository.replace('/web', ''))}`] },
    ],
    ['its name', { products: ['pkg:oci/web'] }],
    ['its digest, whatever its tag', { products: [`${purl(digest)}?tag=build-1.4.0`] }],
    ['its architecture', { products: [`${purl(digest)}?arch=amd64`] }],
    ['one of several products', { products: ['pkg:oci/api', purl(digest)] }],
    ['the package', { products: subcomponents('pkg:deb/debian/openssl@3.0.1') }],
    ['all versions of the package', { products: subcomponents('pkg:deb/debian/openssl') }],
    ['one of several packages', { products: subcomponents('pkg:deb/debian/zlib', 'pkg:deb/debian/openssl') }],
    [
      'the package as the product',
      { products: ['pkg:deb/debian/openssl@3.0.1?arch=amd64&distro=debian-12'] },
    ],
    [
      'the package, for all products of a document of version 0.0.1',
      { products: [purl(digest)], subcomponents: ['pkg:deb/debian/openssl@3.0.1'] },
    ],
    ['an alias of the finding', { vulnerability: { name: 'GHSA-a' } }],
    ['the finding by an alias of its own', { vulnerability: { name: 'GHSA-b', aliases: ['cve-2026-7'] } }],
    ['the vulnerability as a text', { vulnerability: 'CVE-2026-7' }],
    [
      'the vulnerability by its page',
      { vulnerability: { '@id': 'https://nvd.nist.gov/vuln/detail/CVE-2026-7' } },
    ],
    ['a fix', { status: 'fixed', justification: undefined }],
  ])('about %s applies', (_, statement) => {
    expect(judgeWith([statement]).verdict).toBe('pass');
  });

  test.each<[string, object]>([
    ['another image, by its digest', { products: [purl(other)] }],
    ['another image, by a reference', { products: [{ '@id': `${repository}@${other}` }] }],
    [
      'another image, by its hash',
      { products: [{ '@id': purl(digest), hashes: { 'sha-256': other.slice(7) } }] },
    ],
    ['another image, by its repository', { products: ['pkg:oci/web?repository_url=ghcr.io/acme/web'] }],
    ['another image, by its name', { products: ['pkg:oci/api'] }],
    ['a tag without a digest', { products: ['pkg:oci/web?tag=build-1.4.0'] }],
    ['another architecture', { products: [`${purl(digest)}?arch=arm64`] }],
    ['a version that is no digest', { products: ['pkg:oci/web@1.4.0'] }],
    ['two images', { products: [{ '@id': purl(digest), identifiers: { purl: purl(other) } }] }],
    ['no product', { products: [] }],
    ['a missing product', { products: undefined }],
    ['a product that is not identified', { products: [{ '@id': 'https://example.com/web' }] }],
    ['an empty product', { products: [{}] }],
    ['another package', { products: subcomponents('pkg:deb/debian/zlib') }],
    [
      'another package, for all products of a document of version 0.0.1',
      { products: [purl(digest), 'pkg:oci/web'], subcomponents: ['pkg:deb/debian/zlib'] },
    ],
    ['another version of the package', { products: subcomponents('pkg:deb/debian/openssl@3.0.2') }],
    ['another type of package', { products: subcomponents('pkg:npm/openssl@3.0.1') }],
    ['a subcomponent that is no package URL', { products: subcomponents('openssl') }],
    [
      'a package in another product',
      { products: [{ '@id': 'pkg:maven/acme/app@1', subcomponents: [{ '@id': 'pkg:deb/debian/openssl' }] }] },
    ],
    ['another package as the product', { products: ['pkg:deb/debian/zlib@1'] }],
    ['another vulnerability', { vulnerability: { name: 'CVE-2026-8' } }],
    [
      'another vulnerability with a common alias',
      { vulnerability: { name: 'CVE-2026-8', aliases: ['GHSA-a'] } },
    ],
    ['an affected image', { status: 'affected' }],
    ['an investigation', { status: 'under_investigation' }],
    ['the future', { timestamp: '2026-07-01T00:00:00Z' }],
  ])('about %s does not apply', (_, statement) => {
    expect(judgeWith([statement]).verdict).toBe('fail');
  });

  test('inherits the time when its document was issued, not that of its last change', () => {
    const document = documentOf({}, { status: 'affected', timestamp: '2026-05-02T00:00:00Z' });
    const updated = document.replace('"version":1', '"version":2,"last_updated":"2026-05-03T00:00:00Z"');
    const policy = { failOn: 'low', vex: statementsOf(updated) } as const;
    expect(judge([openssl], policy, { now, image }).verdict).toBe('fail');
  });

  test('can be in a document with a byte order mark', () => {
    expect(statementsOf(`\uFEFF${documentOf({})}`)).toHaveLength(1);
  });

  test('about an image does not apply to an image without a name', () => {
    const vex = statementsOf(documentOf({}));
    expect(judge([openssl], { failOn: 'low', vex }, { now }).verdict).toBe('fail');
  });

  test.each([
    { product: `${purl(digest)}?arch=amd64`, verdict: 'pass' },
    { product: 'pkg:oci/web?arch=amd64', verdict: 'fail' },
  ])('about $product makes an image of an unknown platform $verdict', ({ product, verdict }) => {
    const vex = statementsOf(documentOf({ products: [product] }));
    const single = { ...image, platform: undefined };
    expect(judge([openssl], { failOn: 'low', vex }, { now, image: single }).verdict).toBe(verdict);
  });

  test('about a version does not apply to a package without one', () => {
    const finding = { ...openssl, package: { name: 'openssl' } };
    expect(judgeWith([{ products: subcomponents('pkg:deb/debian/openssl@3.0.1') }], finding).verdict).toBe(
      'fail',
    );
  });

  test.each([
    {
      name: 'a newer statement',
      statements: [{ status: 'affected', timestamp: '2026-05-02T00:00:00Z' }, {}],
      verdict: 'fail',
    },
    {
      name: 'a newer time whose text sorts first',
      statements: [{ status: 'affected' }, { timestamp: '2026-05-01T02:00:00+14:00' }],
      verdict: 'fail',
    },
    {
      name: 'a newer acceptance',
      statements: [{ status: 'affected' }, { timestamp: '2026-05-02T00:00:00Z' }],
      verdict: 'pass',
    },
    {
      name: 'the time of the update',
      statements: [
        { status: 'affected', timestamp: '2026-05-03T00:00:00Z' },
        { timestamp: '2026-05-02T00:00:00Z', last_updated: '2026-05-04T00:00:00Z' },
      ],
      verdict: 'pass',
    },
    {
      name: 'the stricter of two at the same time',
      statements: [{}, { status: 'under_investigation' }],
      verdict: 'fail',
    },
    {
      name: 'a newer statement about the whole image',
      statements: [
        { products: subcomponents('pkg:deb/debian/openssl') },
        { status: 'affected', timestamp: '2026-05-02T00:00:00Z' },
      ],
      verdict: 'fail',
    },
    {
      name: 'a newer statement about another package',
      statements: [
        {},
        {
          status: 'affected',
          products: subcomponents('pkg:deb/debian/zlib'),
          timestamp: '2026-05-02T00:00:00Z',
        },
      ],
      verdict: 'pass',
    },
    {
      name: 'a newer statement about another image',
      statements: [{}, { status: 'affected', products: [purl(other)], timestamp: '2026-05-02T00:00:00Z' }],
      verdict: 'pass',
    },
  ])('yields to $name: $verdict', ({ statements, verdict }) => {
    expect(judgeWith(statements).verdict).toBe(verdict);
    expect(judgeWith(statements.toReversed()).verdict).toBe(verdict);
  });
});

describe('a VEX document is invalid', () => {
  const parsed = (text: string) => parseVex('vex.json', text);
  test.each([
    { name: 'that is not JSON', text: '{', problem: 'vex.json is not JSON in UTF-8.' },
    { name: 'that is null', text: 'null', problem: 'vex.json is not JSON in UTF-8.' },
    {
      name: 'that is a list',
      text: '["not", "a", "document"]',
      problem: /^vex\.json is not an OpenVEX document/,
    },
    {
      name: 'of another format',
      text: '{"@context":"https://cyclonedx.org","statements":[]}',
      problem: /^vex\.json: @context/,
    },
    {
      name: 'with an unknown status',
      text: documentOf({ status: 'harmless' }),
      problem: /^vex\.json: statements\[0\]\.status/,
    },
    {
      name: 'with an unknown justification',
      text: documentOf({ justification: 'trust_me' }),
      problem: /^vex\.json: statements\[0\]\.justification/,
    },
    {
      name: 'without a justification',
      text: documentOf({ justification: undefined }),
      problem:
        'vex.json: statements[0] is not_affected without a justification. Add a justification or an impact_statement.',
    },
    {
      name: 'without a time',
      text: documentOf({}).replace('"timestamp":"2026-05-01T00:00:00Z",', ''),
      problem: 'vex.json: statements[0] has no timestamp, and neither does the document.',
    },
    {
      name: 'with a time that is no time',
      text: documentOf({ timestamp: 'today' }),
      problem:
        'vex.json: statements[0] has the timestamp "today". Write it with its offset from UTC, for example 2026-05-01T12:00:00Z.',
    },
    {
      name: 'with a time without an offset',
      text: documentOf({ timestamp: '2026-05-01T12:00:00' }),
      problem: /^vex\.json: statements\[0\] has the timestamp "2026-05-01T12:00:00"\./,
    },
    {
      name: 'without a vulnerability',
      text: documentOf({ vulnerability: {} }),
      problem: 'vex.json: statements[0] names no vulnerability.',
    },
    {
      name: 'with too many statements',
      text: documentOf(...Array.from({ length: 20_001 }, () => ({}))),
      problem: /^vex\.json: statements/,
    },
    {
      name: 'with too many subcomponents',
      text: documentOf({
        products: [{ '@id': 'x', subcomponents: Array.from({ length: 100_000 }, () => 'x') }],
      }),
      problem: 'vex.json has more than 100000 products and subcomponents.',
    },
  ])('$name', ({ text, problem }) => {
    expect(parsed(text)).toEqual({
      problems: [typeof problem === 'string' ? problem : expect.stringMatching(problem)],
    });
  });
});
