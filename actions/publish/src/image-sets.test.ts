import { describe, expect, test } from '@jest/globals';
import { makeImageSet, temporaryFolder, type ImageDraft } from '@towpath/testing';
import { join } from 'node:path';
import { publish } from './action.ts';
import { backend, config, publishing, team, web } from './harness/team.ts';

describe('an image that was not built anew', () => {
  const reused = {
    registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
    repository: 'payroll/web',
    tag: 'fp-x',
  };

  test('gets its tags where it is', async () => {
    const scene = await team();
    const first = await publishing(scene);
    const second = await publishing(scene, {
      given: { version: '1.1.0' },
      imageSet: [backend, { ...web, reused }],
    });
    expect(second.codes).toEqual([]);
    expect(second.outputs.digests).toBe(first.outputs.digests);
    expect(await scene.shared.tags('payroll/web')).toEqual(['build-1.0.0', 'build-1.1.0']);
  });

  test('is brought to where it is not', async () => {
    const scene = await team();
    await publishing(scene);
    await scene.shared.createRepository('payroll/site');
    const files = { 'towpath.yaml': config.replace('web: {', 'web: { repository: payroll/site,') };
    const { codes } = await publishing(scene, {
      files,
      given: { only: 'web' },
      imageSet: [{ ...web, reused }],
    });
    expect(codes).toEqual([]);
    expect(await scene.shared.digestOf('payroll/site', 'build-1.0.0')).toBe(
      await scene.shared.digestOf('payroll/web', 'build-1.0.0'),
    );
  });

  test('is not looked for where no credentials may go', async () => {
    const elsewhere = { ...reused, registry: 'registry.example' };
    const { codes } = await publishing(await team(), { imageSet: [backend, { ...web, reused: elsewhere }] });
    expect(codes).toEqual(['image-set-invalid']);
  });
});

describe('the image sets of several jobs', () => {
  const files = { 'towpath.yaml': config };

  /** Each in a folder, as artifacts are downloaded. */
  async function artifacts(parts: Readonly<Record<string, readonly ImageDraft[]>>): Promise<string> {
    const folder = temporaryFolder();
    for (const [name, drafts] of Object.entries(parts)) await makeImageSet(join(folder, name), drafts);
    return folder;
  }

  test('are published as one: platforms that were built apart become an index', async () => {
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

  test('must have every platform of the configuration', async () => {
    const scene = await team();
    const folder = await artifacts({
      amd64: [{ name: 'web', platforms: ['linux/amd64'] }],
      other: [backend],
    });
    const { codes } = await scene.play(publish, { files, given: { version: '1.0.0', 'image-set': folder } });
    expect(codes).toEqual(['image-set-invalid']);
    expect(await scene.shared.tags('payroll/backend')).toEqual([]);
  });
});
