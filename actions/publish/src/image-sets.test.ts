import { describe, expect, test } from '@jest/globals';
import { forAll } from '@towpath/concurrency';
import { readImageSet } from '@towpath/image-set';
import { digestOf } from '@towpath/reference';
import { makeImageSet, temporaryFolder, type ImageDraft } from '@towpath/testing';
import { join } from 'node:path';
import { publish } from './action.ts';
import { backend, config, team } from './harness/team.ts';

describe('the image sets of several jobs', () => {
  const files = { 'towpath.yaml': config };

  /** Writes each image set to its own folder, as downloaded artifacts are. */
  async function artifacts(parts: Readonly<Record<string, readonly ImageDraft[]>>): Promise<string> {
    const folder = temporaryFolder();
    for (const [name, drafts] of Object.entries(parts)) await makeImageSet(join(folder, name), drafts);
    return folder;
  }

  test('are published as one: platforms from separate builds become an index', async () => {
    const scene = await team();
    const folder = await artifacts({
      amd64: [backend, { name: 'web', platforms: ['linux/amd64'] }],
      arm64: [{ name: 'web', platforms: ['linux/arm64'] }],
    });
    const ending = await scene.play(publish, { files, given: { version: '1.0.0', 'image-set': folder } });
    expect(ending.codes).toEqual([]);
    const images = JSON.parse(ending.outputs.images ?? '') as {
      name: string;
      platforms: object;
      digest: string;
    }[];
    const merged = images.find(({ name }) => name === 'web');
    expect(Object.keys(merged?.platforms ?? {})).toEqual(['linux/amd64', 'linux/arm64']);
    expect(await scene.shared.digestOf('payroll/web', 'build-1.0.0')).toBe(merged?.digest);
    expect(await scene.shared.untaggedDigests('payroll/web')).toHaveLength(2);
  });

  test('must contain every platform of the configuration', async () => {
    const scene = await team();
    const folder = await artifacts({
      amd64: [{ name: 'web', platforms: ['linux/amd64'] }],
      other: [backend],
    });
    const { codes } = await scene.play(publish, { files, given: { version: '1.0.0', 'image-set': folder } });
    expect(codes).toEqual(['image-set-invalid']);
    expect(await scene.shared.tags('payroll/backend')).toEqual([]);
  });

  test.each([
    ['every planned platform once', '{"web":["linux/amd64"]}', []],
    ['a platform that did not arrive', '{"web":["linux/amd64","linux/arm64"]}', ['image-set-invalid']],
    [
      'an image that was not planned',
      '{"backend":["linux/amd64"]}',
      ['image-set-invalid', 'image-set-invalid'],
    ],
    ['a plan that is not one', '[]', ['input-invalid']],
  ])('are compared with the plan of their matrix: %s', async (_, expected, codes) => {
    const scene = await team();
    const folder = await artifacts({ amd64: [{ name: 'web', platforms: ['linux/amd64'] }] });
    const given = { version: '1.0.0', 'image-set': folder, only: 'web', expected };
    const ending = await scene.play(publish, { files, given });
    expect(ending.codes).toEqual(codes);
    expect(await scene.shared.tags('payroll/web')).toEqual(codes.length === 0 ? ['build-1.0.0'] : []);
  });

  describe('are compared with the digests that each job reported', () => {
    type Digests = Readonly<Record<string, string>>;

    /** Publishes one platform of each job, with the digests that `reported` makes of the true ones. */
    async function reporting(reported: (jobs: readonly Digests[]) => readonly unknown[]) {
      const scene = await team();
      const folder = await artifacts({
        amd64: [backend, { name: 'web', platforms: ['linux/amd64'] }],
        arm64: [{ name: 'web', platforms: ['linux/arm64'] }],
      });
      const jobs = await forAll(['amd64', 'arm64'], async (job): Promise<Digests> => {
        const { images } = await readImageSet(join(folder, job));
        return Object.fromEntries(images.map(({ name, digest }) => [name, digest]));
      });
      const given = { version: '1.0.0', 'image-set': folder, images: JSON.stringify(reported(jobs)) };
      const ending = await scene.play(publish, { files, given });
      return { codes: ending.codes, tags: await scene.shared.tags('payroll/web') };
    }
    const other = digestOf('other');

    test('and published if all of them arrived', async () => {
      expect(await reporting((jobs) => jobs)).toEqual({ codes: [], tags: ['build-1.0.0'] });
      expect((await reporting((jobs) => [...jobs.toReversed(), null])).codes).toEqual([]);
    });

    test.each<[string, (jobs: readonly Digests[]) => readonly unknown[], readonly string[]]>([
      ['an image that no job reported', ([amd64 = {}]) => [amd64], ['digest-mismatch']],
      ['a reported image that did not arrive', (jobs) => [...jobs, { web: other }], ['digest-mismatch']],
      ['another digest of one platform', ([amd64 = {}]) => [amd64, { web: other }], ['digest-mismatch']],
      [
        'the digests of other images',
        (jobs) => jobs.map((job) => Object.fromEntries(Object.keys(job).map((name) => [name, other]))),
        ['digest-mismatch', 'digest-mismatch'],
      ],
      ['no job', () => [], ['input-invalid']],
      ['a job without digests', (jobs) => [...jobs, {}], ['input-invalid']],
      ['a job that reports no digest', (jobs) => [...jobs, { web: 'latest' }], ['input-invalid']],
      ['something else', (jobs) => [...jobs, 'web'], ['input-invalid']],
      ['nothing but null', () => [null], ['input-invalid']],
    ])('and refused with %s', async (_, reported, codes) => {
      expect(await reporting(reported)).toEqual({ codes, tags: [] });
    });
  });
});
