import { describe, expect, test } from '@jest/globals';
import { CodedError, formatPosition } from '@towpath/errors';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from './load-config.ts';
import type { ConfigOptions } from './config-options.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

/** Returns `position message` for each problem of a configuration, or an empty list if it is valid. */
async function problemsOf(
  files: Readonly<Record<string, string>>,
  options: Partial<ConfigOptions> = {},
): Promise<readonly string[]> {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  const printBake = () => Promise.reject(new Error('no file of buildx'));
  try {
    await loadConfig({ workspace, defaultName: 'acme', printBake, ...options });
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.problems.map(
      ({ message, position }) => `${position ? formatPosition(position) : ''} ${message}`,
    );
  }
}

function inTowpath(...lines: readonly string[]): Promise<readonly string[]> {
  return problemsOf({ 'towpath.yaml': lines.join('\n') });
}

describe('two images that would set the same tag', () => {
  test('are rejected with their keys, their lines and the tags', async () => {
    const problems = await inTowpath(
      `registry: ${host}/payroll`,
      'images:',
      '  web:',
      '    repository: payroll/app',
      '  worker:',
      '    repository: payroll/app',
      '  job: {}',
    );
    expect(problems).toEqual([
      'towpath.yaml:6:5 Several images would set payroll/app:build-{version}, payroll/app:dev-{version}, payroll/app:test-{version} and payroll/app:prod-{version}: image web (images.web.repository, line 4) and image worker (images.worker.repository, line 6).',
    ]);
  });

  test('are rejected if one uses the default repository', async () => {
    const problems = await inTowpath(
      `registry: ${host}/payroll`,
      'images: { web: {}, worker: { repository: payroll/web } }',
    );
    expect(problems).toEqual([expect.stringContaining('image web (images.web, line 2) and image worker')]);
  });

  test('are rejected in each environment whose repository template has no {image}', async () => {
    const problems = await inTowpath(
      'images: { web: {}, worker: {} }',
      'environments:',
      '  dev: { from: build }',
      '  live: { from: dev, repository: payroll/live }',
    );
    expect(problems).toEqual([
      'towpath.yaml:4:22 Several images would set payroll/live:live-{version}: image web (environments.live.repository, line 4) and image worker (environments.live.repository, line 4).',
    ]);
  });

  test('are rejected if only one of several tags is the same', async () => {
    const problems = await inTowpath(
      'images: { web: { repository: a/b }, worker: { repository: a/b } }',
      'tags: ["{image}-{version}", latest, "{image:1}-{sha}"]',
      'environments: { dev: { from: build, tags: ["{environment}-{image}-{version}"] } }',
    );
    expect(problems).toEqual([expect.stringContaining('would set a/b:latest and a/b:w-{sha}: ')]);
  });

  test('are rejected if an image in one environment has the repository of another image in the next', async () => {
    const problems = await inTowpath(
      'images: { web: {}, web-dev: {} }',
      'tags: ["v{version}"]',
      'environments: { dev: { from: build, repository: "{repository}-dev", tags: ["v{version}"] } }',
    );
    expect(problems).toEqual([
      'towpath.yaml:3:37 Several images would set <prefix>/web-dev:v{version}: image web-dev by publish (images.web-dev, line 1) and image web by promote to dev (environments.dev.repository, line 3).',
    ]);
  });

  test.each([
    {
      name: 'their tags have {image}',
      tags: '["{image}-{version}"]',
      environment: '["{environment}-{image}-{version}"]',
    },
    {
      name: 'their tags have {fingerprint}',
      tags: '["{fingerprint}"]',
      environment: '["{environment}-{image}"]',
    },
  ])('are accepted in the same repository if $name', async ({ tags, environment }) => {
    const problems = await inTowpath(
      'images: { web: { repository: a/b }, worker: { repository: a/b } }',
      `tags: ${tags}`,
      `environments: { dev: { from: build, tags: ${environment} } }`,
    );
    expect(problems).toEqual([]);
  });

  test('are accepted with the same repository name in registries with different prefixes', async () => {
    expect(
      await inTowpath(`registry: ${host}/payroll`, 'images: { web: {}, worker: { repository: web } }'),
    ).toEqual([]);
  });
});

describe('two environments that would set the same tag', () => {
  const withEnvironments = (...lines: readonly string[]) =>
    inTowpath('images: { web: {}, job: {} }', 'environments:', ...lines.map((line) => `  ${line}`));

  test('are rejected with their keys, their lines and the tags', async () => {
    expect(
      await withEnvironments(
        'dev: { from: build, tags: [live] }',
        'prod: { from: dev, tags: ["{environment}-{version}", live] }',
      ),
    ).toEqual([
      'towpath.yaml:4:22 Several steps would set <prefix>/web:live and <prefix>/job:live: promote to dev (environments.dev.tags, line 3) and promote to prod (environments.prod.tags, line 4).',
    ]);
  });

  test('are rejected if publish already sets the tag', async () => {
    expect(await withEnvironments('dev: { from: build, tags: ["build-{version}"] }')).toEqual([
      expect.stringContaining('publish (tags, line 1) and promote to dev (environments.dev.tags, line 3).'),
    ]);
  });

  test.each([
    {
      name: 'the hosts of the same registry are written differently',
      lines: [
        `dev: { from: build, registry: ${host}, tags: [live] }`,
        'test: { from: dev, registry: 111122223333.dkr-ecr.us-east-1.on.aws, tags: [live] }',
        'prod: { from: test, registry: 111122223333.dkr.ecr-fips.us-east-1.amazonaws.com, tags: [live] }',
      ],
      expected: 3,
    },
    {
      name: 'the registry of both comes from one parameter',
      lines: [
        'dev: { from: build, registry: "ssm:/registry", tags: [live] }',
        'prod: { from: dev, registry: "ssm:/registry", tags: [live] }',
      ],
      expected: 2,
    },
    {
      name: 'a parameter with {environment} results in the other’s parameter',
      lines: [
        'dev: { from: build, registry: "ssm:/account/ecr/{environment}/registry", tags: [live] }',
        'prod: { from: dev, registry: "ssm:/account/ecr/dev/registry", tags: [live] }',
      ],
      expected: 2,
    },
  ])('are rejected if $name', async ({ lines, expected }) => {
    const [problem = '', ...others] = await withEnvironments(...lines);
    expect(others).toEqual([]);
    expect(problem.match(/promote to/g)).toHaveLength(expected);
  });

  test.each([
    {
      name: 'separate registries',
      lines: [
        `dev: { from: build, registry: ${host}, tags: [live] }`,
        'prod: { from: dev, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com, tags: [live] }',
        'dr: { from: prod, registry: 444455556666.dkr.ecr.eu-west-1.amazonaws.com, tags: [live] }',
      ],
    },
    {
      name: 'separate parameters',
      lines: [
        'dev: { from: build, registry: "ssm:/account/ecr/{environment}/registry", tags: [live] }',
        'prod: { from: dev, registry: "ssm:/account/ecr/{environment}/registry", tags: [live] }',
      ],
    },
    {
      name: 'separate repositories',
      lines: [
        'dev: { from: build, repository: "{repository}-{environment}", tags: [live] }',
        'prod: { from: dev, repository: "{repository}-{environment}", tags: [live] }',
      ],
    },
    { name: 'separate tags', lines: ['dev: { from: build }', 'prod: { from: dev }'] },
  ])('are accepted with $name', async ({ lines }) => {
    expect(await withEnvironments(...lines)).toEqual([]);
  });
});

test('reports tag collisions together with paths that leave the repository', async () => {
  const workspace = temporaryFolder();
  writeFiles(workspace, {
    'towpath.yaml': 'images:\n  web: { repository: a/b }\n  job: { repository: a/b, context: out }\n',
  });
  symlinkSync('/etc', join(workspace, 'out'));
  expect(await problemsOf({}, { workspace })).toEqual([
    expect.stringContaining('out leads out'),
    expect.stringContaining('out/Dockerfile leads out'),
    expect.stringContaining('Several images would set'),
  ]);
});

test('rejects more tags than it can compare', async () => {
  const names = Array.from({ length: 400 }, (_, index) => `a${index}`);
  const environments = names.map((name) => `  ${name}: { from: build }`);
  const images = names.map((name) => `  ${name}: {}`);
  expect(await inTowpath('images:', ...images, 'environments:', ...environments)).toEqual([
    'towpath.yaml 400 images in 400 environments have 160400 tags: the maximum is 100000.',
  ]);
});

describe('the repository of the ledger', () => {
  const towpath = 'images: { web: {}, towpath: {} }';

  test.each<{
    name: string;
    files: Record<string, string>;
    options?: Partial<ConfigOptions>;
    expected: string;
  }>([
    {
      name: 'the name of an image in towpath.yaml',
      files: { 'towpath.yaml': towpath },
      expected:
        'towpath.yaml:1:20 Image towpath cannot use the repository <prefix>/towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the name of an image in towpath.yaml with another repository',
      files: { 'towpath.yaml': `registry: ${host}/payroll\nimages: { towpath: { repository: a/b } }` },
      expected:
        'towpath.yaml:2:11 Image towpath cannot use the repository payroll/towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the repository of an image',
      files: {
        'towpath.yaml': `registry: ${host}/payroll\nimages: { web: { repository: payroll/towpath } }`,
      },
      expected:
        'towpath.yaml:2:18 Image web cannot use the repository payroll/towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the repository of an image in the registry that a SAM template names',
      files: {
        'towpath.yaml': 'images: { web: { repository: payroll/towpath } }',
        'template.yaml': `Parameters: { RepositoryPrefix: { Type: String, Default: ${host}/payroll } }`,
      },
      expected:
        'towpath.yaml:1:18 Image web cannot use the repository payroll/towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the repository of an image in a registry without a prefix',
      files: { 'towpath.yaml': `registry: ${host}\nimages: { web: { repository: towpath } }` },
      expected:
        'towpath.yaml:2:18 Image web cannot use the repository towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the repository from the template of an environment',
      files: {
        'towpath.yaml': `registry: ${host}/payroll\nimages: { web: {} }\nenvironments: { dev: { from: build, repository: payroll/towpath } }`,
      },
      expected:
        'towpath.yaml:3:37 Image web cannot use the repository payroll/towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the repository of an image in the registry of an environment',
      files: {
        'towpath.yaml': `registry: ${host}/dev\nimages: { web: { repository: prod/towpath } }\nenvironments: { prod: { from: build, registry: ${host}/prod } }`,
      },
      expected:
        'towpath.yaml:2:18 Image web cannot use the repository prod/towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the name of an image in a template.yaml',
      files: { 'template.yaml': 'Mappings:\n  ImageBuildConfiguration:\n    Web: { imageName: towpath }' },
      expected:
        'template.yaml:3:12 Image towpath cannot use the repository <prefix>/towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the name of the repository with a Dockerfile',
      files: { Dockerfile: 'FROM scratch' },
      options: { defaultName: 'towpath', single: {} },
      expected:
        'Dockerfile Image towpath cannot use the repository <prefix>/towpath: Towpath keeps its releases there.',
    },
    {
      name: 'the folder of a Dockerfile',
      files: { 'images/towpath/Dockerfile': 'FROM scratch' },
      options: { file: 'images/*/Dockerfile' },
      expected:
        'images/*/Dockerfile Image towpath cannot use the repository <prefix>/towpath: Towpath keeps its releases there.',
    },
  ])('is rejected as $name', async ({ files, options, expected }) => {
    expect(await problemsOf(files, options)).toEqual([expected]);
  });

  test.each(['repository: towpath', 'repository: payroll/towpath/web', 'repository: payroll/my-towpath'])(
    'is not used by %s',
    async (key) => {
      expect(await inTowpath(`registry: ${host}/payroll`, `images: { web: { ${key} } }`)).toEqual([]);
    },
  );
});
