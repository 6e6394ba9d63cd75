import { describe, expect, test } from '@jest/globals';
import {
  isVersionWord,
  readVersion,
  versionWords,
  type VersionSources,
  type VersionWord,
} from './version.ts';

const sha = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const all: VersionSources = { gitTags: ['v1.4.0'], packageVersion: '1.3.0', sha };
const nothing: VersionSources = { gitTags: [] };

describe('a version', () => {
  test.each<{ word: VersionWord; sources: VersionSources; expected: object | undefined }>([
    { word: 'auto', sources: all, expected: { version: '1.4.0', origin: 'the git tag v1.4.0' } },
    {
      word: 'auto',
      sources: { ...all, gitTags: [] },
      expected: { version: '1.3.0', origin: 'package.json' },
    },
    {
      word: 'auto',
      sources: { gitTags: [], sha },
      expected: { version: '6113728f27ae', origin: `the commit ${sha}` },
    },
    { word: 'auto', sources: nothing, expected: undefined },
    { word: 'git-tag', sources: all, expected: { version: '1.4.0', origin: 'the git tag v1.4.0' } },
    { word: 'git-tag', sources: { ...all, gitTags: [] }, expected: undefined },
    { word: 'package.json', sources: all, expected: { version: '1.3.0', origin: 'package.json' } },
    { word: 'package.json', sources: { gitTags: [], sha }, expected: undefined },
    { word: 'short-sha', sources: all, expected: { version: '6113728f27ae', origin: `the commit ${sha}` } },
    { word: 'short-sha', sources: nothing, expected: undefined },
  ])('$word of $sources is $expected', ({ word, sources, expected }) => {
    expect(readVersion(word, sources)).toEqual(expected);
  });

  test.each([
    { tag: 'v1.4.0', version: '1.4.0' },
    { tag: '1.4.0', version: '1.4.0' },
    { tag: 'v1.4.0-rc.1', version: '1.4.0-rc.1' },
    { tag: 'v1.4.0+build.7', version: '1.4.0+build.7' },
    { tag: 'backend/v1.4.0', version: '1.4.0' },
    { tag: '@acme/backend@1.4.0', version: '1.4.0' },
    { tag: 'v1', version: undefined },
    { tag: 'v1.4', version: undefined },
    { tag: 'nightly', version: undefined },
    { tag: 'v1.4.0-', version: undefined },
    { tag: 'vv1.4.0', version: undefined },
    { tag: '01.4.0', version: undefined },
  ])('of the git tag $tag is $version', ({ tag, version }) => {
    expect(readVersion('git-tag', { gitTags: [tag] })?.version).toBe(version);
  });

  test('is that of the first git tag that is a version', () => {
    expect(readVersion('git-tag', { gitTags: ['nightly', 'v1.4.0', 'v1.3.0'] })?.version).toBe('1.4.0');
  });

  test.each(['', '0.0.0', '0.0.0-development'])(
    'is not the %j of a package.json that has none',
    (packageVersion) => {
      expect(readVersion('auto', { gitTags: [], packageVersion, sha })?.version).toBe('6113728f27ae');
    },
  );

  test('is a word only where it is one of these', () => {
    expect(versionWords.every(isVersionWord)).toBe(true);
    expect(['1.4.0', 'Auto', '', 'sha'].some(isVersionWord)).toBe(false);
  });
});
