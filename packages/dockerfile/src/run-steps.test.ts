import { describe, expect, test } from '@jest/globals';
import type { Platform } from '@towpath/reference';
import { runSteps, type BuildOptions } from './base-images.ts';

const amd64: Platform = { os: 'linux', architecture: 'amd64' };
const arm64: Platform = { os: 'linux', architecture: 'arm64' };

/** Returns the lines of RUN steps on arm64 in a build for arm64 on an amd64 builder. */
function foreignLines(text: string, options: Partial<BuildOptions> = {}): readonly number[] {
  const steps = runSteps(text, { args: new Map(), platforms: [arm64], buildPlatform: amd64, ...options });
  return steps.filter(({ platform }) => platform === 'linux/arm64').map(({ line }) => line);
}

test.each<{ name: string; text: string; target?: string; expected: readonly number[] }>([
  { name: 'returns every RUN', text: 'FROM alpine\nRUN a\nCOPY . .\nRUN b \\\n  c', expected: [2, 4] },
  { name: 'returns nothing without a RUN', text: 'FROM alpine\nCOPY . .', expected: [] },
  {
    name: 'skips a stage with the builder’s platform',
    text: 'FROM --platform=$BUILDPLATFORM go AS build\nRUN a\nFROM scratch\nCOPY --from=build /a /a',
    expected: [],
  },
  {
    name: 'skips a stage based on a stage with the builder’s platform',
    text: 'FROM --platform=${BUILDPLATFORM} go AS deps\nRUN a\nFROM deps AS build\nRUN b\nFROM scratch\nCOPY --from=build /a /a',
    expected: [],
  },
  {
    name: 'includes a stage that COPY --from names',
    text: 'FROM go AS build\nRUN a\nFROM scratch\nCOPY --from=Build /a /a',
    expected: [2],
  },
  {
    name: 'includes a stage that COPY --from gives by number',
    text: 'FROM go\nRUN a\nFROM scratch\nCOPY --from=0 /a /a',
    expected: [2],
  },
  {
    name: 'includes a stage that RUN --mount names',
    text: 'FROM go AS build\nRUN a\nFROM alpine\nRUN --mount=type=bind,from=build,target=/b b',
    expected: [2, 4],
  },
  {
    name: 'skips a stage that is not needed',
    text: 'FROM alpine AS lint\nRUN a\nFROM alpine\nCOPY . .',
    expected: [],
  },
  {
    name: 'skips a stage after the target',
    text: 'FROM alpine AS base\nRUN a\nFROM base AS app\nRUN b\nFROM app AS test\nRUN c',
    target: 'app',
    expected: [2, 4],
  },
  {
    name: 'includes a stage with a literal platform',
    text: 'FROM --platform=linux/arm64 alpine\nRUN a',
    expected: [2],
  },
  {
    name: 'skips a stage with the builder’s platform as a literal',
    text: 'FROM --platform=linux/amd64 alpine AS build\nRUN a\nFROM scratch\nCOPY --from=build /a /a',
    expected: [],
  },
  {
    name: 'skips a stage with the builder’s architecture in its platform',
    text: 'FROM --platform=linux/$BUILDARCH alpine\nRUN a',
    expected: [],
  },
  {
    name: 'includes a stage with a platform of TARGETOS and TARGETARCH',
    text: 'FROM --platform=${TARGETOS}/${TARGETARCH} alpine\nRUN a',
    expected: [2],
  },
  {
    name: 'skips a stage with an argument that defaults to the builder’s platform',
    text: 'ARG ON=$BUILDPLATFORM\nFROM --platform=$ON alpine\nRUN a',
    expected: [],
  },
  {
    name: 'ignores --platform if the base is another stage',
    text: 'FROM alpine AS base\nFROM --platform=$BUILDPLATFORM base\nRUN a',
    expected: [3],
  },
  {
    name: 'ignores --platform if the base is a stage with the builder’s platform',
    text: 'FROM --platform=$BUILDPLATFORM go AS base\nFROM --platform=linux/arm64 base\nRUN a',
    expected: [],
  },
  {
    name: 'includes a later stage that COPY --from names',
    text: 'FROM scratch AS out\nCOPY --from=build /a /a\nFROM go AS build\nRUN a',
    target: 'out',
    expected: [4],
  },
  {
    name: 'takes a name for an image if only a later stage has it',
    text: 'FROM alpine AS build\nRUN a\nFROM --platform=$BUILDPLATFORM busybox AS alpine\nRUN b\nFROM build\nRUN c',
    expected: [2, 6],
  },
])('$name: $expected', ({ text, target, expected }) => {
  expect(foreignLines(text, { target })).toEqual(expected);
});

describe('runSteps', () => {
  test('returns each step for each platform', () => {
    const steps = runSteps('FROM alpine\nRUN a', { args: new Map(), platforms: [amd64, arm64] });
    expect(steps).toEqual([
      { platform: 'linux/amd64', line: 2 },
      { platform: 'linux/arm64', line: 2 },
    ]);
  });

  test('expands build args in the platform', () => {
    const text = 'ARG ON=$BUILDPLATFORM\nFROM --platform=$ON alpine\nRUN a';
    expect(foreignLines(text, { args: new Map([['ON', 'linux/arm64']]) })).toEqual([3]);
    expect(foreignLines(text, { args: new Map([['BUILDPLATFORM', 'linux/arm64']]) })).toEqual([3]);
  });

  test('skips a stage that a named context replaces', () => {
    const text = 'FROM go AS build\nRUN a\nFROM scratch\nCOPY --from=build /a /a';
    expect(foreignLines(text, { contexts: new Set(['build']) })).toEqual([]);
  });

  test('returns the steps of ONBUILD in the base stage, at the FROM that runs them', () => {
    const text = 'FROM --platform=linux/arm64 a AS base\nONBUILD RUN x\nFROM base\nRUN y\n';
    expect(runSteps(text, { args: new Map(), platforms: [] })).toEqual([
      { platform: 'linux/arm64', line: 3 },
      { platform: 'linux/arm64', line: 4 },
    ]);
  });

  test('returns nothing for a missing target', () => {
    expect(foreignLines('FROM alpine\nRUN a', { target: 'gone' })).toEqual([]);
    expect(foreignLines('FROM alpine\nRUN a', { target: '7' })).toEqual([]);
  });

  test('handles a chain of 20,000 stages', () => {
    const stages = Array.from({ length: 20_000 }, (_, index) => `FROM s${index} AS s${index + 1}\nRUN a`);
    const text = ['FROM alpine AS s0', ...stages].join('\n');
    expect(foreignLines(text)).toHaveLength(20_000);
  });
});
