import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planRows } from './rows.ts';

const runners = { default: 'ubuntu-latest', byPlatform: new Map([['linux/arm64', 'ubuntu-24.04-arm']]) };
const both = ['linux/amd64', 'linux/arm64'];

type Edges = Readonly<Record<string, readonly string[]>>;

function rows(images: Readonly<Record<string, readonly string[]>>, on: Edges = {}, maxJobs = 256) {
  const below = (name: string): ReadonlySet<string> =>
    new Set((on[name] ?? []).flatMap((base) => [base, ...below(base)]));
  return planRows({ images: new Map(Object.entries(images)), below, runners, maxJobs });
}

describe('the jobs of a matrix', () => {
  test('are one for each image and platform, on the runner of the platform', () => {
    expect(rows({ web: both, job: ['linux/amd64'], own: [] })).toEqual([
      { id: 'own_own', name: 'own (runner’s platform)', images: ['own'], runner: 'ubuntu-latest' },
      {
        id: 'linux-amd64_job',
        name: 'job (linux/amd64)',
        images: ['job'],
        platform: both[0],
        runner: 'ubuntu-latest',
      },
      {
        id: 'linux-amd64_web',
        name: 'web (linux/amd64)',
        images: ['web'],
        platform: both[0],
        runner: 'ubuntu-latest',
      },
      {
        id: 'linux-arm64_web',
        name: 'web (linux/arm64)',
        images: ['web'],
        platform: both[1],
        runner: 'ubuntu-24.04-arm',
      },
    ]);
  });

  test('hold an image together with the images that are built on it, also through others', () => {
    const on = { web: ['mid'], mid: ['base'], api: ['base'] };
    expect(rows({ api: [], base: [], other: [], web: [] }, on).map(({ images }) => images)).toEqual([
      ['api', 'base', 'web'],
      ['other'],
    ]);
  });

  test('are separate if the images only share a base that is not built anew', () => {
    expect(rows({ api: [], web: [] }, { web: ['base'], api: ['base'] })).toHaveLength(2);
  });

  test('are none without images', () => {
    expect(rows({})).toEqual([]);
  });

  test('are joined if there would be more than allowed, evenly', () => {
    const names = Array.from({ length: 300 }, (_, index) => [`i${index}`, both] as const);
    const found = rows(Object.fromEntries(names));
    expect(found).toHaveLength(256);
    expect(new Set(found.map(({ images }) => images.length))).toEqual(new Set([2, 3]));
    expect(found.filter(({ platform }) => platform === 'linux/amd64')).toHaveLength(128);
    expect(found[0]?.name).toMatch(/^i0, i\d+ \(linux\/amd64\)$|^i0 and 2 more \(linux\/amd64\)$/);
  });

  test('cannot be fewer than the platforms', () => {
    expect(() => rows({ web: both }, {}, 1)).toThrow(
      expect.objectContaining({
        code: 'input-invalid',
        message: 'The images have 2 platforms, and each needs its own job, but max-jobs is 1.',
      }),
    );
  });
});

/** Images i0, i1, … with any platforms. Each may be built on earlier ones. */
const repositories = fc
  .array(
    fc.record({
      platforms: fc.subarray(['linux/amd64', 'linux/arm64', 'linux/arm/v7']),
      on: fc.array(fc.nat(40), { maxLength: 3 }),
      isBuilt: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((drafts) => ({
    images: Object.fromEntries(
      drafts.flatMap(({ platforms, isBuilt }, index) => (isBuilt ? [[`i${index}`, platforms] as const] : [])),
    ),
    on: Object.fromEntries(
      drafts.map(({ on }, index) => [
        `i${index}`,
        on.filter((base) => base < index).map((base) => `i${base}`),
      ]),
    ),
  }));

test('every image is built exactly once for each platform, with its bases, in no more jobs than allowed', () => {
  fc.assert(
    fc.property(repositories, fc.integer({ min: 4, max: 30 }), ({ images, on }, maxJobs) => {
      const found = rows(images, on, maxJobs);
      expect(found.length).toBeLessThanOrEqual(maxJobs);
      const built = found.flatMap((row) => row.images.map((name) => `${name} ${row.platform ?? ''}`));
      const wanted = Object.entries(images).flatMap(([name, platforms]) =>
        (platforms.length === 0 ? [''] : platforms).map((platform) => `${name} ${platform}`),
      );
      expect(built.toSorted()).toEqual(wanted.toSorted());
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      const jobOf = new Map(
        found.flatMap(({ id, images: names, platform }) =>
          names.map((name) => [`${name} ${platform ?? ''}`, id]),
        ),
      );
      for (const one of built) {
        const [name = '', platform = ''] = one.split(' ');
        for (const base of on[name] ?? [])
          if (jobOf.has(`${base} ${platform}`)) expect(jobOf.get(`${base} ${platform}`)).toBe(jobOf.get(one));
      }
      expect(rows(Object.fromEntries(Object.entries(images).toReversed()), on, maxJobs)).toEqual(found);
    }),
    { numRuns: 200 },
  );
});
