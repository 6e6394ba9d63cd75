import { expect, test } from '@jest/globals';
import { plainBuild, type ImageConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { parsePlatform } from '@towpath/reference';
import { requireLambda } from './lambda.ts';

function image(name: string, lambda: boolean, platforms: readonly string[]) {
  const image: ImageConfig = {
    name,
    context: '.',
    dockerfile: 'Dockerfile',
    platforms: [],
    lambda,
    ...plainBuild,
  };
  return { image, platforms: platforms.flatMap((platform) => parsePlatform(platform) ?? []) };
}

test('lists every image that AWS Lambda could not run, by the platforms that it is built for', () => {
  const both = ['linux/amd64', 'linux/arm64'];
  const images = [image('api', true, both), image('web', false, both), image('job', true, ['linux/s390x'])];
  const attempt = () => {
    requireLambda(images, { attestations: 'referrers' });
  };
  expect(attempt).toThrow(CodedError);
  expect(attempt).toThrow(/2 problems/);
  expect(() => {
    requireLambda(images.slice(1, 2), { attestations: 'index' });
  }).not.toThrow();
});
