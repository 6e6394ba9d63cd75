import { describe, expect, test } from '@jest/globals';
import type { Platform } from '@towpath/reference';
import { runSteps, type BuildOptions } from './base-images.ts';

const amd64: Platform = { os: 'linux', architecture: 'amd64' };
const arm64: Platform = { os: 'linux', architecture: 'arm64' };

/** The lines that run on arm64, built for it by a builder of amd64. */
function foreignLines(text: string, options: Partial<BuildOptions> = {}): readonly number[] {
  const steps = runSteps(text, { args: new Map(), platforms: [arm64], buildPlatform: amd64, ...options });
  return steps.filter(({ platform }) => platform === 'linux/arm64').map(({ line }) => line);
}

test.each<{ name: string; text: string; target?: string; expected: readonly number[] }>([
  { name: 'a RUN', text: 'FROM alpine\nRUN a\nCOPY . .\nRUN b \\\n  c', expected: [2, 4] },
  { name: 'no RUN', text: 'FROM alpine\nCOPY . .', expected: [] },
  {
    name: 'a stage of the builder’s platform',
    text: 'FROM --platform=$BUILDPLATFORM go AS build\nRUN a\nFROM scratch\nCOPY --from=build /a /a',
    expected: [],
  },
  {
    name: 'a stage that starts from one of the builder’s platform',
    text: 'FROM --platform=${BUILDPLATFORM} go AS deps\nRUN a\nFROM deps AS build\nRUN b\nFROM scratch\nCOPY --from=build /a /a',
    expected: [],
  },
  {
    name: 'a stage that is copied from',
    text: 'FROM go AS build\nRUN a\nFROM scratch\nCOPY --from=Build /a /a',
    expected: [2],
  },
  {
    name: 'a stage that is copied from by its number',
    text: 'FROM go\nRUN a\nFROM scratch\nCOPY --from=0 /a /a',
    expected: [2],
  },
  {
    name: 'a stage that is mounted',
    text: 'FROM go AS build\nRUN a\nFROM alpine\nRUN --mount=type=bind,from=build,target=/b b',
    expected: [2, 4],
  },
  {
    name: 'a stage that is not needed',
    text: 'FROM alpine AS lint\nRUN a\nFROM alpine\nCOPY . .',
    expected: [],
  },
  {
    name: 'a stage below the target',
    text: 'FROM alpine AS base\nRUN a\nFROM base AS app\nRUN b\nFROM app AS test\nRUN c',
    target: 'app',
    expected: [2, 4],
  },
  {
    name: 'a platform that is written out',
    text: 'FROM --platform=linux/arm64 alpine\nRUN a',
    expected: [2],
  },
  {
    name: 'a platform that is written out, and is the builder’s',
    text: 'FROM --platform=linux/amd64 alpine AS build\nRUN a\nFROM scratch\nCOPY --from=build /a /a',
    expected: [],
  },
  {
    name: 'a platform with the builder’s architecture',
    text: 'FROM --platform=linux/$BUILDARCH alpine\nRUN a',
    expected: [],
  },
  {
    name: 'a platform of parts of the target’s',
    text: 'FROM --platform=${TARGETOS}/${TARGETARCH} alpine\nRUN a',
    expected: [2],
  },
  {
    name: 'a platform by an argument that defaults to the builder’s',
    text: 'ARG ON=$BUILDPLATFORM\nFROM --platform=$ON alpine\nRUN a',
    expected: [],
  },
  {
    name: 'a stage whose platform stands beside the name of another stage: it counts for nothing',
    text: 'FROM alpine AS base\nFROM --platform=$BUILDPLATFORM base\nRUN a',
    expected: [3],
  },
  {
    name: 'a stage that starts from one of the builder’s platform, whatever stands beside its name',
    text: 'FROM --platform=$BUILDPLATFORM go AS base\nFROM --platform=linux/arm64 base\nRUN a',
    expected: [],
  },
  {
    name: 'a stage that is copied from above itself',
    text: 'FROM scratch AS out\nCOPY --from=build /a /a\nFROM go AS build\nRUN a',
    target: 'out',
    expected: [4],
  },
  {
    name: 'an image that has the name of a later stage',
    text: 'FROM alpine AS build\nRUN a\nFROM --platform=$BUILDPLATFORM busybox AS alpine\nRUN b\nFROM build\nRUN c',
    expected: [2, 6],
  },
])('$name: $expected', ({ text, target, expected }) => {
  expect(foreignLines(text, { target })).toEqual(expected);
});

describe('the steps of a build', () => {
  test('run on each platform that is built', () => {
    const steps = runSteps('FROM alpine\nRUN a', { args: new Map(), platforms: [amd64, arm64] });
    expect(steps).toEqual([
      { platform: 'linux/amd64', line: 2 },
      { platform: 'linux/arm64', line: 2 },
    ]);
  });

  test('follow an argument from outside', () => {
    const text = 'ARG ON=$BUILDPLATFORM\nFROM --platform=$ON alpine\nRUN a';
    expect(foreignLines(text, { args: new Map([['ON', 'linux/arm64']]) })).toEqual([3]);
    expect(foreignLines(text, { args: new Map([['BUILDPLATFORM', 'linux/arm64']]) })).toEqual([3]);
  });

  test('are none of a stage that a named context stands for', () => {
    const text = 'FROM go AS build\nRUN a\nFROM scratch\nCOPY --from=build /a /a';
    expect(foreignLines(text, { contexts: new Set(['build']) })).toEqual([]);
  });

  test('are none of a target that does not exist', () => {
    expect(foreignLines('FROM alpine\nRUN a', { target: 'gone' })).toEqual([]);
    expect(foreignLines('FROM alpine\nRUN a', { target: '7' })).toEqual([]);
  });

  test('are found in 20,000 stages in a row', () => {
    const stages = Array.from({ length: 20_000 }, (_, index) => `FROM s${index} AS s${index + 1}\nRUN a`);
    const text = ['FROM alpine AS s0', ...stages].join('\n');
    expect(foreignLines(text)).toHaveLength(20_000);
  });
});
