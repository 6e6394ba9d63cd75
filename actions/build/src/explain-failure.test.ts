import { expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { join } from 'node:path';
import { explainFailure } from './explain-failure.ts';
import type { PlannedBuild } from './build-plan.ts';

/** Returns the hint for an error of an image that is built from the folder web. */
async function hintFor(
  error: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const workspace = temporaryFolder();
  writeFiles(workspace, { 'web/Dockerfile': 'FROM scratch\nCOPY dist /dist\n', ...files });
  const context = join(workspace, 'web');
  const planned = {
    name: 'web',
    dockerfile: 'web/Dockerfile',
    request: {
      context,
      dockerfile: join(context, 'Dockerfile'),
      contexts: [],
      secrets: [],
      ssh: [],
    },
  } as unknown as PlannedBuild;
  const problem = {
    code: 'build-failed',
    message: `Image web could not be built: ${error}`,
    place: { file: 'web/Dockerfile', line: 2 },
  } as const;
  return (await explainFailure(problem, planned, workspace)).hint;
}

test.each([
  '[2/2] COPY dist /dist: failed to calculate checksum of ref a::b: "/dist": not found',
  '[2/2] COPY dist /dist: failed to compute cache key: "/dist" not found: not found',
  '[linux/arm64 2/2] COPY dist /dist: lstat /dist: no such file or directory',
])('finds the line that excludes a file for the error text of each BuildKit version: %s', async (error) => {
  const files = { 'web/dist/a.js': '', 'web/.dockerignore': 'node_modules\ndist\n' };
  expect(await hintFor(error, files)).toBe(
    'web/.dockerignore:2 (dist) excludes dist from the build context. Remove the line, or write !dist below it.',
  );
});

test.each([
  {
    image: 'ghcr.io/team/base:1',
    error: 'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
    hint: /^ghcr\.io\/team\/base:1 is private, or does not exist\. Log in to ghcr\.io .* ECR only: /,
  },
  {
    image: 'docker.io/library/nope:1',
    error:
      'pull access denied, repository does not exist or may require authorization: server message: denied',
    hint: /^docker\.io\/library\/nope:1 is private, or does not exist\./,
  },
  {
    image: '444455556666.dkr.ecr.us-east-1.amazonaws.com/team/base:1',
    error:
      'unexpected status from HEAD request to https://444455556666/v2/team/base/manifests/1: 403 Forbidden',
    hint: /grant ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on team\/base to the role of the build/,
  },
  {
    image: 'docker.io/library/busybox:9',
    error: 'docker.io/library/busybox:9: not found',
    hint: /^Check that /,
  },
])('gives a hint for the base image $image', async ({ image, error, hint }) => {
  expect(await hintFor(`[internal] load metadata for ${image}: ${error}`)).toMatch(hint);
});

test.each([
  ['COPY ../lib /lib', 'lib'],
  ['COPY a.txt ../../lib/x.js /lib/', 'lib/x.js'],
  ['COPY ./../lib/ /lib/', 'lib/'],
  ['ADD ["../lib", "/lib"]', 'lib'],
])(
  'says that no path can leave the context for %s, also if BuildKit does not name the step',
  async (step, path) => {
    const files = { 'web/Dockerfile': `FROM scratch\n${step}\n` };
    const hint = await hintFor(`failed to calculate checksum of ref a::b: "/${path}": not found`, files);
    expect(hint).toMatch(/^The build context of image web is the folder web, and no path can leave it\./);
  },
);

test('adds nothing to an error that the files do not explain', async () => {
  expect(await hintFor('[2/2] RUN make: process "make" did not complete successfully: exit code: 2')).toBe(
    undefined,
  );
});
