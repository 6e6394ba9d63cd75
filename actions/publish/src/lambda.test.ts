import { expect, test } from '@jest/globals';
import { scenario, type Ending, type ImageDraft } from '@towpath/testing';
import { publish } from './action.ts';

async function publishing(
  image: Partial<ImageDraft>,
): Promise<Ending & { readonly tags: readonly string[] }> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/api');
  const platforms = (image.platforms ?? ['linux/amd64']).join(', ');
  const files = {
    'towpath.yaml': `registry: ${scene.shared.host}/payroll\nimages: { api: { lambda: true, platforms: [${platforms}] } }\n`,
  };
  const imageSet = [{ name: 'api', ...image }];
  const ending = await scene.play(publish, { files, given: { version: '1.0.0' }, imageSet });
  return { ...ending, tags: await scene.shared.tags('payroll/api') };
}

test('an image for AWS Lambda is published', async () => {
  const { codes, tags } = await publishing({});
  expect(codes).toEqual([]);
  expect(tags).toContain('build-1.0.0');
});

test('an index is not published as an image for AWS Lambda', async () => {
  const { codes, tags } = await publishing({ platforms: ['linux/amd64', 'linux/arm64'] });
  expect(codes).toEqual(['lambda-unsupported']);
  expect(tags).toEqual([]);
});
