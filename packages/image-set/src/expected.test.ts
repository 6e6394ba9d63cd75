import { expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { requireExpected } from './expected.ts';
import type { SetPart } from './merge.ts';

/** Returns the image set of a job. Only the names and platforms matter. */
function part(folder: string, images: Readonly<Record<string, readonly string[]>>): SetPart {
  const built = Object.entries(images).map(([name, platforms]) => ({
    name,
    platforms: Object.fromEntries(platforms.map((platform) => [platform, 'sha256:1'])),
  }));
  return { folder, set: { schemaVersion: 1, source: {}, images: built } } as unknown as SetPart;
}

function problems(parts: readonly SetPart[], expected: Readonly<Record<string, readonly string[]>>) {
  try {
    requireExpected(parts, new Map(Object.entries(expected)));
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.problems.map(({ message }) => message);
  }
}

const both = ['linux/amd64', 'linux/arm64'];

test('accepts every planned platform once, in any division into jobs', () => {
  expect(problems([part('a', { web: both })], { web: both })).toEqual([]);
  expect(
    problems(
      [part('a', { web: ['linux/arm64'], own: ['linux/amd64'] }), part('b', { web: ['linux/amd64'] })],
      { web: both, own: [] },
    ),
  ).toEqual([]);
});

test('lists everything that is missing, built twice or not planned', () => {
  const parts = [
    part('a', { web: ['linux/amd64'], job: ['linux/s390x'] }),
    part('b', { web: ['linux/amd64'], foreign: ['linux/amd64'] }),
  ];
  expect(problems(parts, { web: both, job: ['linux/amd64'], lost: [] })).toEqual([
    'Image web was built 2 times for linux/amd64: a, b.',
    'Image web was not built for linux/arm64.',
    'Image job was not built for linux/amd64.',
    'Image job in a was built for linux/s390x, which was not planned.',
    'Image lost was not built for any platform.',
    'Image foreign in b was not planned.',
  ]);
});
