import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import type { EnvironmentEntry } from './environment-entry.ts';
import { promotionStatement, promotionStatementSchema, subjectChecksums } from './statement.ts';

const [web, amd64, arm64, api] = ['web', 'amd64', 'arm64', 'api'].map(digestOf);
if (web === undefined || amd64 === undefined || arm64 === undefined || api === undefined)
  throw new Error('there are four digests');

const entry: EnvironmentEntry = {
  schemaVersion: 1,
  environment: 'prod',
  number: 7,
  kind: 'promotion',
  version: '1.4.0',
  from: 'test',
  when: '2026-01-31T12:00:00.000Z',
  actor: 'octocat',
  run: 'https://github.com/acme/shop/actions/runs/1',
  source: { repository: 'https://github.com/acme/shop', revision: 'c'.repeat(40), ref: 'refs/heads/main' },
  plan: digestOf('plan'),
  images: [
    {
      name: 'web',
      repository: 'shop/web',
      digest: web,
      version: '1.4.0',
      verdict: 'pass',
      policy: digestOf('p'),
    },
    { name: 'api', repository: 'shop/api', digest: api, version: '1.3.0' },
  ],
};
const registry = '444455556666.dkr.ecr.us-east-1.amazonaws.com';
const platforms = new Map([[web, [amd64, arm64]]]);
const hex = (digest: string): string => digest.slice('sha256:'.length);

describe('the statement about a promotion', () => {
  const statement = promotionStatement(entry, { registry, isRecorded: true, platforms });

  test('has the digest of every image and platform as its subjects', () => {
    expect(statement.subject).toEqual([
      ...[web, amd64, arm64].map((one) => ({ name: `${registry}/shop/web`, digest: { sha256: hex(one) } })),
      { name: `${registry}/shop/api`, digest: { sha256: hex(api) } },
    ]);
  });

  test('says who promoted what, from where, by which run, and what the gate said', () => {
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://github.com/towpath/towpath/promotion/v1',
      predicate: {
        ...{ environment: 'prod', entry: 'prod.7', previous: 'prod.6', from: 'test', actor: 'octocat' },
        ...{ run: entry.run, source: entry.source, plan: entry.plan, registry },
        images: [{ verdict: 'pass', policy: digestOf('p') }, { version: '1.3.0' }],
      },
    });
    expect(promotionStatementSchema.safeParse(statement).success).toBe(true);
  });

  test.each([
    {
      name: 'the first entry has none before it',
      number: 1,
      isRecorded: true,
      expected: ['prod.1', undefined],
    },
    {
      name: 'without a ledger there is no entry',
      number: 3,
      isRecorded: false,
      expected: [undefined, undefined],
    },
  ])('$name', ({ number, isRecorded, expected }) => {
    const { predicate } = promotionStatement({ ...entry, number }, { registry, isRecorded, platforms });
    expect([predicate.entry, predicate.previous]).toEqual(expected);
  });

  test('lists its subjects as sha256sum does, once each', () => {
    const twice = {
      ...entry,
      images: [...entry.images, ...entry.images.map((one) => ({ ...one, name: `${one.name}-2` }))],
    };
    const lines = subjectChecksums(promotionStatement(twice, { registry, isRecorded: true, platforms }));
    expect(lines).toBe(
      [
        `${hex(web)}  ${registry}/shop/web`,
        `${hex(amd64)}  ${registry}/shop/web`,
        `${hex(arm64)}  ${registry}/shop/web`,
        `${hex(api)}  ${registry}/shop/api`,
        '',
      ].join('\n'),
    );
  });
});
