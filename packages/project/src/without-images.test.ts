import { expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { openProject } from './project.ts';

test('a configuration without images is only for provision', async () => {
  const inputs = { config: undefined, only: [], region: undefined, dryRun: false, planOut: undefined };
  const runtime = fakeRuntime({
    files: { 'towpath.yaml': "images: {}\nrepositories: { matching: { 'a/*': {} } }\n" },
  });
  const { images } = await openProject({ ...inputs, withoutImages: true }, runtime);
  expect(images).toEqual([]);
  const error: unknown = await openProject(inputs, runtime).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(CodedError);
  expect(error).toMatchObject({
    code: 'config-invalid',
    message: 'towpath.yaml has no images. It is only for provision.',
  });
});
