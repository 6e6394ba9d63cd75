import { describe, expect, test } from '@jest/globals';
import { isLike } from './condition.ts';
import { decide, parsePolicy } from './policy.ts';

const question = {
  caller: { account: '111122223333', arn: 'arn:aws:sts::111122223333:assumed-role/deploy/run-1' },
  action: 'ecr:BatchGetImage',
  resource: 'arn:aws:ecr:us-east-1:444455556666:repository/app',
  byAccount: true,
};

function answerOf(...statements: object[]): string {
  const Statement = statements.map((one) => ({ Effect: 'Allow', Principal: '*', Action: 'ecr:*', ...one }));
  return decide([parsePolicy(JSON.stringify({ Statement }), 'repository')], question);
}

describe('a statement', () => {
  test.each<[object, string]>([
    [{}, 'allow'],
    [{ Effect: 'Deny' }, 'deny'],
    [{ Principal: { AWS: 'arn:aws:iam::111122223333:role/path/to/deploy' } }, 'allow'],
    [{ Principal: { AWS: 'arn:aws:iam::111122223333:role/deployer' } }, 'silent'],
    [{ Principal: { AWS: 'arn:aws:sts::111122223333:assumed-role/deploy/run-1' } }, 'allow'],
    [{ Principal: { AWS: 'arn:aws:sts::111122223333:assumed-role/deploy/run-2' } }, 'silent'],
    [{ Principal: undefined, NotPrincipal: { AWS: '111122223333' } }, 'silent'],
    [{ Principal: undefined, NotPrincipal: { AWS: '999999999999' } }, 'allow'],
    [{ Action: ['ecr:PutImage', 'ECR:batchgetimage'] }, 'allow'],
    [{ Action: 'ecr:Batch???Image' }, 'allow'],
    [{ Action: 'ecr:Batch??Image' }, 'silent'],
    [{ Action: undefined, NotAction: 'ecr:Put*' }, 'allow'],
    [{ Action: undefined, NotAction: ['ecr:Batch*'] }, 'silent'],
  ])('%j decides %s', (statement, expected) => {
    expect(answerOf(statement)).toBe(expected);
  });
});

describe('a condition', () => {
  const absent = 'aws:PrincipalOrgID';
  const account = 'aws:PrincipalAccount';
  test.each<[object, boolean]>([
    [{ StringEquals: { [account]: ['1', '111122223333'] } }, true],
    [{ StringEquals: { [account.toUpperCase()]: '111122223333' } }, true],
    [{ StringNotEquals: { [account]: ['1', '111122223333'] } }, false],
    [{ StringNotEquals: { [account]: '1' } }, true],
    [{ StringLike: { [account]: '1111????3333' } }, true],
    [{ StringNotLike: { [account]: '1*' } }, false],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:sts::*:assumed-role/deploy/*' } }, true],
    [{ ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:sts::*' } }, false],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, true],
    [{ Bool: { 'aws:SecureTransport': false } }, false],
    [{ NumericLessThan: { [account]: 2 } }, false],
    [{ NumericGreaterThanEquals: { [account]: '111122223333' } }, true],
    [{ StringEquals: { [absent]: 'o-1' } }, false],
    [{ StringNotEquals: { [absent]: 'o-1' } }, true],
    [{ StringEqualsIfExists: { [absent]: 'o-1' } }, true],
    [{ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-1/*' } }, false],
    [{ 'ForAllValues:StringLike': { 'aws:PrincipalOrgPaths': 'o-1/*' } }, true],
    [{ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, false],
    [{ NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, true],
    [{ Null: { [absent]: 'true' } }, true],
    [{ Null: { [account]: 'true' } }, false],
    [{ StringEquals: { [account]: '111122223333' }, Null: { [absent]: 'false' } }, false],
  ])('%j is met: %p', (Condition, expected) => {
    expect(answerOf({ Condition })).toBe(expected ? 'allow' : 'silent');
  });
});

test('matches special characters of regular expressions literally', () => {
  expect(isLike('a.b', 'a.b')).toBe(true);
  expect(isLike('axb', 'a.b')).toBe(false);
  expect(isLike('a(b', 'a(*')).toBe(true);
});
