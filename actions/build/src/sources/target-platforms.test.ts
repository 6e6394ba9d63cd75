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
  { name: 'a stage that starts from it', web: 'FROM base', context: 'base', expected: lacks(1) },
  { name: 'a name in other case', web: 'FROM Base', context: 'base', expected: lacks(1) },
  {
    name: 'an image that it stands for',
    web: 'FROM alpine',
    context: 'docker.io/library/alpine',
    expected: lacks(1),
  },
  {
    name: 'what is copied from it',
    web: 'FROM scratch\nCOPY --from=base a b',
    context: 'base',
    expected: lacks(1),
  },
  {
    name: 'what is copied from it into a stage of the builder',
    web: 'FROM --platform=$BUILDPLATFORM alpine\nCOPY --from=base a b',
    context: 'base',
    expected: lacks(1),
  },
  {
    name: 'a stage that it takes the place of',
    web: 'FROM alpine AS deps\nFROM deps',
    context: 'deps',
    expected: lacks(1),
  },
  {
    name: 'a stage of the builder’s platform',
    web: 'FROM --platform=$BUILDPLATFORM base AS build\nRUN a\nFROM scratch\nCOPY --from=build a b',
    context: 'base',
    expected: [],
  },
  { name: 'a stage that is not needed', web: 'FROM base\nFROM scratch', context: 'base', expected: [] },
  { name: 'no use of it', web: 'FROM scratch', context: 'base', expected: [] },
])('rejects a base target without a platform that its users need: $name', ({ web, context, expected }) => {
  expect(messages(web, context, [amd64])).toEqual(expected);
});

test('accepts a base target that is built for all platforms', () => {
  expect(messages('FROM base', 'base', [amd64, arm64])).toEqual([]);
});
