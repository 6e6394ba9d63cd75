import { expect, test } from '@jest/globals';
import type { ImageConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { parsePlatform, type Platform } from '@towpath/reference';
import { assertTargetPlatforms } from './target-platforms.ts';

const [amd64, arm64] = ['linux/amd64', 'linux/arm64'].map(parsePlatform);

function image(name: string, platforms: readonly (Platform | undefined)[], text: string, context?: string) {
  return {
    image: { name, dockerfile: `${name}/Dockerfile` } as ImageConfig,
    platforms: platforms.flatMap((one) => one ?? []),
    args: new Map<string, string>(),
    contexts: new Map(context === undefined ? [] : [[context, { kind: 'target' as const, image: 'base' }]]),
    text,
  };
}

function messages(web: string, context: string, base: readonly (Platform | undefined)[]): readonly string[] {
  const images = [image('base', base, 'FROM scratch'), image('web', [amd64, arm64], web, context)];
  try {
    assertTargetPlatforms(images, amd64);
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.problems.map(
      ({ message, hint, position }) => `${position?.line ?? 0}: ${message} ${hint ?? ''}`,
    );
  }
}

const lacks = (line: number) => [
  `${line}: Image web is built on target:base for linux/arm64, but base is built for linux/amd64 only. Add linux/arm64 to the platforms of base, or remove it from those of web.`,
];

test.each<{ name: string; web: string; context: string; expected: readonly string[] }>([
  { name: 'the base of a stage', web: 'FROM base', context: 'base', expected: lacks(1) },
  { name: 'the base of a stage, in different case', web: 'FROM Base', context: 'base', expected: lacks(1) },
  {
    name: 'a replacement for an image',
    web: 'FROM alpine',
    context: 'docker.io/library/alpine',
    expected: lacks(1),
  },
  {
    name: 'the source of a copy',
    web: 'FROM scratch\nCOPY --from=base a b',
    context: 'base',
    expected: lacks(1),
  },
  {
    name: 'the source of a copy into a stage for the builder’s platform',
    web: 'FROM --platform=$BUILDPLATFORM alpine\nCOPY --from=base a b',
    context: 'base',
    expected: lacks(1),
  },
  {
    name: 'a replacement for a stage',
    web: 'FROM alpine AS deps\nFROM deps',
    context: 'deps',
    expected: lacks(1),
  },
  {
    name: 'the base of a stage for the builder’s platform',
    web: 'FROM --platform=$BUILDPLATFORM base AS build\nRUN a\nFROM scratch\nCOPY --from=build a b',
    context: 'base',
    expected: [],
  },
  { name: 'the base of an unused stage', web: 'FROM base\nFROM scratch', context: 'base', expected: [] },
  { name: 'an unused context', web: 'FROM scratch', context: 'base', expected: [] },
])('checks the platforms of a base target that is used as $name', ({ web, context, expected }) => {
  expect(messages(web, context, [amd64])).toEqual(expected);
});

test('accepts a base target that is built for all platforms', () => {
  expect(messages('FROM base', 'base', [amd64, arm64])).toEqual([]);
});
