import { describe, expect, test } from '@jest/globals';
import { writeEnvironmentEntry, type EnvironmentEntry } from '@towpath/ledger';
import { parseEcrHost, type Digest } from '@towpath/reference';
import { sessionOf, type Scenario } from '@towpath/testing';
import {
  brief,
  entries,
  problems,
  promoteThrough,
  promoting,
  publish,
  publishAt,
  team,
} from './harness/team.ts';

const platforms = ['linux/amd64', 'linux/arm64'];

/** Pushes an image of web that no release lists. */
async function push(scene: Scenario, tag: string): Promise<Digest> {
  await scene.publish('payroll/web', tag, { name: 'web', content: tag, platforms });
  const digest = await scene.shared.digestOf('payroll/web', tag);
  if (digest === undefined) throw new Error('the image was pushed');
  return digest;
}

/** Writes the next entry of dev, as any job with the permission to promote to dev can. */
async function forge(
  scene: Scenario,
  change: (images: EnvironmentEntry['images']) => EnvironmentEntry['images'],
): Promise<void> {
  const registry = parseEcrHost(scene.shared.host);
  const [last] = await entries(scene, 'dev');
  if (registry === undefined || last === undefined) throw new Error('dev has an entry');
  const entry = { ...last, number: last.number + 1, images: change(last.images) };
  await writeEnvironmentEntry({ registry, repository: 'payroll/towpath' }, entry, sessionOf(scene));
}

describe('version: current', () => {
  test('promotes what the source runs now, each image with its own version', async () => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0');
    await promoteThrough(scene, '1.0.0', 'dev');
    await promoting(scene, 'dev', { version: '1.1.0', only: 'web' });
    const { codes, outputs } = await promoting(scene, 'test', { version: 'current' });
    expect([codes, outputs.version]).toEqual([[], '1.1.0']);
    expect((await entries(scene, 'test')).map(brief)).toEqual(['1 promotion: backend 1.0.0, web 1.1.0']);
    expect((await scene.shared.tags('payroll/backend')).includes('test-1.0.0')).toBe(true);
  });

  test('has the version of the images that are named', async () => {
    const scene = await team();
    await publish(scene, '1.0.0', '1.1.0');
    await promoteThrough(scene, '1.0.0', 'dev');
    await promoting(scene, 'dev', { version: '1.1.0', only: 'web' });
    const { outputs } = await promoting(scene, 'test', { version: 'current', only: 'backend' });
    const [entry] = await entries(scene, 'test');
    expect([outputs.version, entry?.version]).toEqual(['1.0.0', '1.0.0']);
  });

  test('puts the version of each image in order by the times of the releases', async () => {
    const scene = await team();
    for (const [hour, version] of ['apple', 'banana', 'cherry'].entries())
      await publishAt(scene, version, `2026-01-31T0${hour}:00:00.000Z`);
    await promoteThrough(scene, 'apple', 'dev');
    await promoteThrough(scene, 'banana', 'dev', 'test');
    // Now dev runs backend apple, which is older than banana, and web cherry.
    await promoting(scene, 'dev', { version: 'apple', only: 'backend', 'allow-older': 'true' });
    await promoting(scene, 'dev', { version: 'cherry', only: 'web' });
    const refused = await promoting(scene, 'test', { version: 'current' });
    expect([refused.codes, problems(refused)[0]]).toEqual([
      ['older-version'],
      expect.stringMatching(/test runs banana of backend /),
    ]);
  });

  test('is rejected if no entry says what the source runs', async () => {
    const scene = await team();
    await publish(scene, '1.0.0');
    expect((await promoting(scene, 'dev', { version: 'current' })).codes).toEqual(['input-invalid']);
    expect((await promoting(scene, 'test', { version: 'current' })).codes).toEqual(['input-invalid']);
  });

  test.each<{ readonly of: string; readonly name: string; readonly version: string; readonly says: RegExp }>([
    {
      of: 'another image of the repository under a published version',
      ...{ name: 'web', version: '1.0.0' },
      says: /^release-invalid: Entry dev\.2 lists image web 1\.0\.0 with sha256:.*, but release 1\.0\.0 has sha256:/,
    },
    {
      of: 'an image that the release does not list',
      ...{ name: 'worker', version: '1.0.0' },
      says: /^release-invalid: .*image worker .* does not list this image/,
    },
    {
      of: 'a version that was never published',
      ...{ name: 'web', version: '6.6.6' },
      says: /^release-missing: Entry dev\.2 lists image web 6\.6\.6 .* has no release 6\.6\.6/,
    },
  ])('is rejected if the entry of the source lists $of', async ({ name, version, says }) => {
    const scene = await team();
    await publish(scene, '1.0.0');
    await promoteThrough(scene, '1.0.0', 'dev');
    const digest = await push(scene, 'forged');
    const forged = { name, repository: 'payroll/web', digest, version };
    await forge(scene, (images) => [...images.filter((image) => image.name !== name), forged]);
    const ending = await promoting(scene, 'test', { version: 'current' });
    const [code = ''] = ending.codes;
    expect([ending.codes.length, `${code}: ${problems(ending)[0] ?? ''}`]).toEqual([
      1,
      expect.stringMatching(says),
    ]);
    expect(await scene.shared.tags('payroll/web')).not.toContain('test');
  });

  test('is rejected for a version without a release, also if its images are named', async () => {
    const scene = await team();
    await publish(scene, '1.0.0');
    await promoteThrough(scene, '1.0.0', 'dev');
    const digest = await push(scene, 'dev-0.9.0');
    await forge(scene, (images) =>
      images.map((image) => (image.name === 'web' ? { ...image, digest, version: '0.9.0' } : image)),
    );
    const refused = await promoting(scene, 'test', { version: 'current', only: 'web' });
    expect([refused.codes, problems(refused)[0]]).toEqual([
      ['release-missing'],
      expect.stringMatching(/If 0\.9\.0 is older than the ledger, set version: 0\.9\.0 .*, and only: web\./),
    ]);
    // A person who writes the version decides that this image, which no release lists, is promoted.
    const named = await promoting(scene, 'test', { version: '0.9.0', only: 'web' });
    expect([named.codes, (await entries(scene, 'test')).map(brief)]).toEqual([
      [],
      ['1 promotion: web 0.9.0'],
    ]);
  });
});
