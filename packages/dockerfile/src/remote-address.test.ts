import { expect, test } from '@jest/globals';
import { isAtCommit, remoteKind } from './remote-address.ts';

const commit = 'a'.repeat(40);

test.each([
  ['https://example.com/a.tgz', 'http'],
  ['HTTPS://example.com/a.git', 'git'],
  ['HTTPS://example.com/a.GIT', undefined],
  ['https://example.com/a.GIT', 'http'],
  ['https://example.git', 'http'],
  ['https://example.com/a%2Egit', 'git'],
  ['https://example.com/a%zz.git', 'http'],
  ['https://example.com/a.git?ref=main', 'git'],
  ['https://example.com/a?b=c.git', 'http'],
  ['ftp://example.com/a', undefined],
  ['a_b.c-d@host:path', 'git'],
  ['dir/user@host:path', undefined],
  ['./git@host:path', undefined],
])('classifies %s as %s', (address, kind) => {
  expect(remoteKind(address)).toBe(kind);
});

test.each([
  [`https://example.com/a.git#${commit}`, true],
  [`https://example.com/a.git#${commit}:sub`, true],
  [`https://example.com/a.git#main#${commit}`, false],
  [`https://example.com/a.git#${commit}x`, false],
  ['https://example.com/a.git', false],
  [`https://example.com/a.git#${'c'.repeat(64)}`, true],
  [`https://example.com/a.git?ref=${commit}`, true],
  [`https://example.com/a.git?ref=refs/heads/${commit}`, false],
  [`https://example.com/a.git?tag=${commit}`, false],
])('detects whether %s has a commit: %s', (address, expected) => {
  expect(isAtCommit(address)).toBe(expected);
});
