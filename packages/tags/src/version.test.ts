import { describe, expect, test } from '@jest/globals';
import {
  isVersionWord,
  readVersion,
  versionWords,
  whyNoVersion,
  type VersionSources,
  type VersionWord,
} from './version.ts';

const sha = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const all: VersionSources = { gitTags: ['v1.4.0'], packageVersion: '1.3.0', sha };
const nothing: VersionSources = { gitTags: [] };

function ofGitTags(gitTags: readonly string[], images?: readonly string[]): unknown {
  const found = readVersion('git-tag', { gitTags, images });
  return found !== undefined && 'version' in found ? found.version : found;
}

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
  ])('is $expected for $word from $sources', ({ word, sources, expected }) => {
    expect(readVersion(word, sources)).toEqual(expected);
  });

  test.each([
    { tag: 'v1.4.0', version: '1.4.0' },
    { tag: '1.4.0', version: '1.4.0' },
    { tag: 'v1.4.0-rc.1', version: '1.4.0-rc.1' },
    { tag: 'v1.4.0+build.7', version: '1.4.0+build.7' },
    { tag: 'backend/v1.4.0', version: '1.4.0' },
    { tag: '@acme/backend@1.4.0', version: '1.4.0' },
    { tag: 'services/backend/v1.4.0', version: '1.4.0' },
    { tag: 'backend-v1.4.0', version: '1.4.0' },
    { tag: 'my-backend-v1.4.0-v2', version: '1.4.0-v2' },
    { tag: 'v1.4', version: '1.4' },
    { tag: '24.04', version: '24.04' },
    { tag: '2026.01.31', version: '2026.01.31' },
    { tag: 'v2026.01.31-2', version: '2026.01.31-2' },
    { tag: '1.4.0.1', version: '1.4.0.1' },
    { tag: '01.4.0', version: '01.4.0' },
    { tag: 'v1', version: undefined },
    { tag: '20260131', version: undefined },
    { tag: 'release-2', version: undefined },
    { tag: 'nightly', version: undefined },
    { tag: 'v1.4.0-', version: undefined },
    { tag: 'vv1.4.0', version: undefined },
    { tag: '1.2.3.4.5', version: undefined },
    { tag: `1.4.0-${'x'.repeat(120)}`, version: undefined },
  ])('is $version for the git tag $tag', ({ tag, version }) => {
    expect(ofGitTags([tag])).toBe(version);
  });

  test.each([
    { tags: ['v1.0.0-rc.1', 'v1.0.0'], version: '1.0.0' },
    { tags: ['v1.0.0', '1.1.0', 'v1.0.1'], version: '1.1.0' },
    { tags: ['nightly', 'v1', 'v1.4', 'v1.4.0'], version: '1.4.0' },
    { tags: ['v1.9.0', 'v1.10.0'], version: '1.10.0' },
    { tags: ['v1.0.0-alpha.2', 'v1.0.0-alpha.10'], version: '1.0.0-alpha.10' },
    { tags: ['2026.01.31', '2026.02.01', '24.10'], version: '2026.02.01' },
    { tags: ['backend/v1.9.0', 'backend/v1.10.0'], version: '1.10.0' },
  ])('is $version, the highest, for the git tags $tags', ({ tags, version }) => {
    expect(ofGitTags(tags)).toBe(version);
    expect(ofGitTags(tags.toReversed())).toBe(version);
  });

  const ofPackages = ['backend/v1.4.0', 'web/v2.0.0', '@acme/web@2.1.0'];

  test.each<{ tags: readonly string[]; images: readonly string[]; version: string }>([
    { tags: ofPackages, images: ['backend'], version: '1.4.0' },
    { tags: ofPackages, images: ['web'], version: '2.1.0' },
    { tags: ['backend-v1.4.0', 'web-v2.0.0'], images: ['web'], version: '2.0.0' },
    { tags: [...ofPackages, 'v3.0.0'], images: ['backend', 'web'], version: '3.0.0' },
    { tags: [...ofPackages, 'v3.0.0'], images: ['backend'], version: '1.4.0' },
  ])(
    'is $version for the git tags $tags of several packages and the images $images',
    ({ tags, images, version }) => {
      expect(ofGitTags(tags, images)).toBe(version);
    },
  );

  test.each([[['backend', 'web']], [['worker']], [[]]])(
    'is ambiguous if no single git tag covers the images %j',
    (images) => {
      expect(ofGitTags(ofPackages, images)).toEqual({ ambiguous: ofPackages });
    },
  );

  test.each(['', '0.0.0', '0.0.0-development'])(
    'is not the placeholder %j in a package.json',
    (packageVersion) => {
      expect(readVersion('auto', { gitTags: [], packageVersion, sha })).toMatchObject({
        version: '6113728f27ae',
      });
    },
  );

  test('recognizes only these words', () => {
    expect(versionWords.every(isVersionWord)).toBe(true);
    expect(['1.4.0', 'Auto', '', 'sha'].some(isVersionWord)).toBe(false);
  });
});

describe('a text', () => {
  test.each([
    '1.4.0',
    'v1.4.0',
    '1.4.0+build.7',
    '6113728f27ae',
    sha,
    '2026.01.31',
    'feature/x',
    '1:2.3~rc1',
    'x',
  ])('%s is a valid version', (text) => {
    expect(whyNoVersion(text)).toBeUndefined();
  });

  test.each([
    { text: '', reason: 'is empty' },
    { text: ' ', reason: 'is empty' },
    { text: '1.4.0 beta', reason: 'a blank' },
    { text: '1.4.0\u00a0', reason: 'a blank' },
    { text: '1.4.0\n1.5.0', reason: 'more than one line' },
    { text: '${{ github.sha }}', reason: 'an expression' },
    { text: '${{github.sha}}', reason: 'not evaluated' },
    { text: '$VERSION', reason: 'not evaluated' },
    { text: '%BUILD_ID%', reason: 'not evaluated' },
    { text: '#{codepipeline.PipelineExecutionId}', reason: 'not evaluated' },
    { text: '{version}', reason: 'not evaluated' },
    { text: '"1.4.0"', reason: 'contains "\\""' },
    { text: '1.4.0\u0007', reason: 'contains "\\u0007"' },
    { text: 'größe', reason: 'contains "ö"' },
    { text: '1.4.0,1.5.0', reason: 'contains ","' },
    { text: '---', reason: 'no letter and no digit' },
    { text: `sha256-${'a'.repeat(64)}.sig`, reason: 'the form of the tags of attachments' },
    { text: `fp-${'a'.repeat(24)}`, reason: 'the form of the tags of attachments and fingerprints' },
    { text: 'x'.repeat(140), reason: 'has 140 characters' },
  ])('$text is not a valid version: $reason', ({ text, reason }) => {
    expect(whyNoVersion(text)).toContain(reason);
  });
});
