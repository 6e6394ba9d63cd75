import { expect, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { begin } from './scene.ts';

const registry = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const base = `FROM ${registry}/docker-hub/library/busybox:1.37`;

interface Case {
  /** File contents by path, relative to the folder of the image. */
  readonly files: Readonly<Record<string, string>>;
  /** Options of the image in towpath.yaml, in addition to its context. */
  readonly config?: string;
  /** A part of the hint. */
  readonly hint: string;
}

/** Builds that fail, by image name. */
const cases: Readonly<Record<string, Case>> = {
  missing: {
    files: { Dockerfile: `${base}\nCOPY nope.txt /\n` },
    hint: 'The build context of image missing is the folder missing. It has no nope.txt.',
  },
  near: {
    files: { Dockerfile: `${base}\nCOPY packge.json /\n`, 'package.json': '{}' },
    hint: 'Did you mean package.json?',
  },
  ignored: {
    files: { Dockerfile: `${base}\nCOPY dist /dist\n`, 'dist/a.js': '', '.dockerignore': '# built\ndist\n' },
    hint: 'ignored/.dockerignore:2 (dist) excludes dist from the build context. Remove the line, or write !dist below it.',
  },
  'ignored-file': {
    files: { Dockerfile: `${base}\nCOPY dist/a.js /\n`, 'dist/a.js': '', '.dockerignore': '**/*.js\n' },
    hint: 'ignored-file/.dockerignore:1 (**/*.js) excludes dist/a.js from the build context. Remove the line, or write !dist/a.js below it.',
  },
  'ignored-all': {
    files: { Dockerfile: `${base}\nCOPY dist/*.js /\n`, 'dist/a.js': '', '.dockerignore': '**/*.js\n' },
    hint: 'ignored-all/.dockerignore:1 (**/*.js) excludes dist/a.js from the build context.',
  },
  'ignored-argument': {
    files: {
      Dockerfile: `${base}\nARG FROM_FOLDER=dist\nCOPY $FROM_FOLDER /x\n`,
      'dist/a': '',
      '.dockerignore': 'di*\n',
    },
    hint: 'ignored-argument/.dockerignore:1 (di*) excludes dist from the build context.',
  },
  'ignored-mount': {
    files: {
      Dockerfile: `${base}\nRUN --mount=type=bind,source=a.txt,target=/a.txt cat /a.txt\n`,
      'a.txt': '',
      'Dockerfile.dockerignore': '*\n!b.txt\n',
    },
    hint: 'ignored-mount/Dockerfile.dockerignore:1 (*) excludes a.txt from the build context. Remove the line, or write !a.txt below it.',
  },
  above: {
    files: { Dockerfile: `${base}\nCOPY ../towpath.yaml /x/\n` },
    hint: 'The build context of image above is the folder above, and no path can leave it. In towpath.yaml, set context: . and dockerfile: above/Dockerfile for the image, and write all paths from there.',
  },
  rooted: {
    files: { Dockerfile: `${base}\nCOPY rooted/package.json /x/\n`, 'package.json': '{}' },
    hint: 'The build context of image rooted is the folder rooted, and paths are relative to it. Write package.json.',
  },
  stage: {
    files: { Dockerfile: `${base} AS built\n${base}\nCOPY --from=built /nope /x/\n`, nope: '' },
    hint: 'built has no file /nope. Check the path, and that an earlier step creates the file there.',
  },
  context: {
    files: {
      Dockerfile: `${base}\nCOPY --from=assets logo.svg /\n`,
      'assets/logo.svg': '',
      'assets/.dockerignore': '*.svg\n',
    },
    config: 'contexts: { assets: context/assets }',
    hint: 'context/assets/.dockerignore:1 (*.svg) excludes logo.svg from the build context.',
  },
  secret: {
    files: { Dockerfile: `${base}\nRUN --mount=type=secret,id=npm-token cat /run/secrets/npm-token\n` },
    hint: 'The step mounts the secret npm-token, which image secret does not configure. Add secrets: { npm-token: { env: NPM_TOKEN } } to the image in towpath.yaml, and give the value as NPM_TOKEN=… in the input secrets of build, or in the secret build-secrets of the reusable workflows.',
  },
  'secret-near': {
    files: { Dockerfile: `${base}\nRUN --mount=type=secret,id=npmtoken,required true\n` },
    config: 'secrets: { npm-token: { env: A_TOKEN } }',
    hint: 'The step mounts the secret npmtoken, which image secret-near does not configure. Did you mean id=npm-token?',
  },
  ssh: {
    files: { Dockerfile: `${base}\nRUN --mount=type=ssh,required=true true\n` },
    hint: 'The step mounts the SSH agent default, which image ssh does not configure. Add ssh: [default] to the image in towpath.yaml',
  },
  'base-denied': {
    files: { Dockerfile: `FROM ${registry.replace('111122223333', '444455556666')}/team/base:1\n` },
    hint: 'grant ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on team/base to the role of the build (build-role of pipeline.yml, read-role of pull-request-with-role.yml). If the repository is in another account, its repository policy must allow them too.',
  },
  'base-unreachable': {
    files: { Dockerfile: 'FROM 127.0.0.1:1/team/base:1\n' },
    hint: 'Check that the builder can reach 127.0.0.1:1: its DNS, its proxy, its certificates.',
  },
  'base-missing': {
    files: { Dockerfile: `FROM ${registry}/team/base:1\n` },
    hint: `Check that ${registry}/team/base:1 exists: its registry, its repository team/base and its tag.`,
  },
};

test('gives a hint for every image that fails because of a missing file, secret or base image', async () => {
  const { checkout, step } = await begin();
  for (const [image, { files }] of Object.entries(cases))
    for (const [path, text] of Object.entries(files)) {
      const file = join(checkout.folder, image, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  const images = Object.entries(cases).map(
    ([image, { config = '' }]) => `  ${image}: { context: ${image}, ${config} }`,
  );
  await writeFile(
    join(checkout.folder, 'towpath.yaml'),
    `registry: ${registry}/payroll\nimages:\n${images.join('\n')}\n`,
  );
  const { exitCode, outputs } = await step('build', { secrets: 'A_TOKEN=value-of-the-secret' });
  expect(exitCode).toBe(1);
  const problems = JSON.parse(outputs.problems ?? '[]') as { message: string; hint?: string }[];
  const hintOf = (image: string) =>
    problems.find(({ message }) => message.startsWith(`Image ${image} could not be built`))?.hint ?? '';
  const found = Object.keys(cases).map((image) => [image, hintOf(image)]);
  expect(found).toEqual(
    Object.entries(cases).map(([image, { hint }]) => [image, expect.stringContaining(hint)]),
  );
});
