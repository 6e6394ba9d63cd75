import { expect, test } from '@jest/globals';
import { parsePlatform } from '@towpath/reference';
import type { AttestationMode } from './build-options.ts';
import { lambdaProblems } from './lambda.ts';
import { readTowpathYaml } from './towpath-yaml.ts';
import { parseYaml } from './yaml-file.ts';

/** Returns the messages about an image with these options, built for the platforms. */
function messages(
  options: string,
  platforms: readonly string[],
  attestations: AttestationMode = 'referrers',
) {
  const yaml = parseYaml('towpath.yaml', `images: { api: { ${options} } }`);
  if ('problems' in yaml) throw new Error('the file is YAML');
  const [image] = readTowpathYaml(yaml).images;
  if (image === undefined) throw new Error('the file has an image');
  const parsed = platforms.flatMap((platform) => parsePlatform(platform) ?? []);
  return lambdaProblems(image, { platforms: parsed, attestations }).map(({ message }) => message);
}

test.each<{ name: string; options: string; platforms: readonly string[]; expected: readonly RegExp[] }>([
  { name: 'an image for linux/amd64', options: 'lambda: true', platforms: ['linux/amd64'], expected: [] },
  {
    name: 'an image for linux/arm64/v8',
    options: 'lambda: true',
    platforms: ['linux/arm64/v8'],
    expected: [],
  },
  { name: 'an image for the builder', options: 'lambda: true', platforms: [], expected: [] },
  {
    name: 'gzip and eStargz layers',
    options: 'lambda: true, compression: estargz',
    platforms: ['linux/amd64'],
    expected: [],
  },
  {
    name: 'several platforms',
    options: 'lambda: true',
    platforms: ['linux/amd64', 'linux/arm64'],
    expected: [/^Image api has lambda: true and 2 platforms, linux\/amd64, linux\/arm64\. /],
  },
  {
    name: 'another architecture',
    options: 'lambda: true',
    platforms: ['linux/arm/v7'],
    expected: [/is built for linux\/arm\/v7\. AWS Lambda runs linux\/amd64 and linux\/arm64 only/],
  },
  {
    name: 'layers of zstd',
    options: 'lambda: true, compression: zstd',
    platforms: ['linux/amd64'],
    expected: [/compression: zstd\. AWS Lambda does not run layers of zstd/],
  },
  {
    name: 'other images, whatever their options are',
    options: 'lambda: false, compression: zstd',
    platforms: ['linux/amd64', 'linux/s390x'],
    expected: [],
  },
])('says whether AWS Lambda can run $name', ({ options, platforms, expected }) => {
  const found = messages(options, platforms);
  expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern) as unknown));
});

test('says that attestations in the index of the image make it unusable for AWS Lambda', () => {
  expect(messages('lambda: true', ['linux/amd64'], 'index')).toEqual([
    expect.stringMatching(/attestations: index puts it into an index/),
  ]);
  expect(messages('lambda: true', ['linux/amd64'], 'none')).toEqual([]);
});
