import { expect, test } from '@jest/globals';
import { runLines } from './run-lines.ts';

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
    name: 'an image that has the name of a later stage',
    text: 'FROM alpine AS build\nRUN a\nFROM --platform=$BUILDPLATFORM busybox AS alpine\nRUN b\nFROM build\nRUN c',
    expected: [2, 6],
  },
])('$name: $expected', ({ text, target, expected }) => {
  expect(runLines(text, target)).toEqual(expected);
});
