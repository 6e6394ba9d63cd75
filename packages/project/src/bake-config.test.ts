import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import type { Exec } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { execFile } from 'node:child_process';
import { openProject } from './project.ts';

type Files = Readonly<Record<string, string>>;

/** Runs the real buildx, which the test setup has added to the path. */
const exec: Exec = (program, args, options) =>
  new Promise((resolve) => {
    execFile(program, args, { cwd: options?.cwd, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : 1, stdout, stderr });
    });
  });

async function open(config: string, files: Files) {
  const runtime = fakeRuntime({ exec, files, env: { GITHUB_REPOSITORY: 'acme/payroll' } });
  const project = await openProject(
    { config, only: [], region: undefined, dryRun: false, planOut: undefined },
    runtime,
  );
  return { ...project.config, notices: runtime.annotations.map(({ message }) => message) };
}

/** Returns the problems of a file that cannot be read, with their hints. */
async function problemsOf(config: string, files: Files): Promise<readonly string[]> {
  const error: unknown = await open(config, files).catch((reason: unknown) => reason);
  if (!(error instanceof CodedError)) throw error;
  expect(new Set(error.problems.map(({ code }) => code))).toEqual(new Set(['config-invalid']));
  return error.problems.map(({ message, hint = '' }) => `${message} ${hint}`.trim());
}

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const other = '444455556666.dkr.ecr.us-east-1.amazonaws.com';
const compose = (image: string) => `services: { api: { image: "${image}", build: . } }\n`;

describe('a variable in the image of a Compose file', () => {
  test.each([
    {
      name: 'is named in the error if it is not set and the reference is invalid',
      image: `${host}/payroll/api:\${TAG}`,
      expected: `target.api.tags has "${host}/payroll/api:", which is not an image reference: the variable TAG is not set. Set TAG in env of the step or in the file .env, or give it a default: \${TAG:-latest}.`,
    },
    {
      name: 'is named by buildx if it is required',
      image: `${host}/payroll/api:\${TAG:?is needed}`,
      expected: expect.stringContaining('required variable TAG is missing a value: is needed'),
    },
    {
      name: 'is named in the error if it is the registry',
      image: '${REGISTRY_OF_ALL}/api:1',
      expected: expect.stringContaining('the variable REGISTRY_OF_ALL is not set'),
    },
  ])('$name', async ({ image, expected }) => {
    expect(await problemsOf('compose.yaml', { 'compose.yaml': compose(image) })).toEqual([expected]);
  });

  test.each<{ name: string; image: string; files: Files }>([
    { name: 'with a default', image: `${host}/payroll/\${NAME:-api}:1`, files: {} },
    { name: 'in the file .env', image: `${host}/payroll/\${NAME}:1`, files: { '.env': 'NAME=api\n' } },
  ])('is read $name', async ({ image, files }) => {
    const { images, registry, notices } = await open('compose.yaml', {
      'compose.yaml': compose(image),
      ...files,
    });
    expect(images).toMatchObject([{ name: 'api', repository: 'payroll/api' }]);
    expect(registry).toMatchObject({ kind: 'literal', registry: { host } });
    expect(notices).toHaveLength(1);
  });

  test('causes a notice if it is not set and the reference is valid without it', async () => {
    const { notices } = await open('compose.yaml', {
      'compose.yaml': compose(`${host}/payroll/api\${SUFFIX}:1`),
    });
    expect(notices).toContain(
      'compose.yaml: the variable SUFFIX is not set, so it is empty. Set it, or give it a default: ${SUFFIX:-value}.',
    );
  });
});

describe('merged files', () => {
  const hcl = (body: string) => `target "default" { ${body} }\n`;

  test.each<{ name: string; config: string; files: Files }>([
    {
      name: 'docker-bake.override.hcl',
      config: 'docker-bake.hcl',
      files: {
        'docker-bake.hcl': hcl('target = "dev"'),
        'docker-bake.override.hcl': hcl('target = "prod"'),
      },
    },
    {
      name: 'docker-bake.json, and both overrides',
      config: 'docker-bake.hcl',
      files: {
        'docker-bake.json': '{ "target": { "default": { "target": "a", "context": "json" } } }',
        'docker-bake.hcl': hcl('target = "b"'),
        'docker-bake.override.json': '{ "target": { "default": { "target": "c" } } }',
        'docker-bake.override.hcl': hcl('args = { A = "1" }'),
      },
    },
    {
      name: 'a Compose file with a bake file',
      config: 'docker-bake.hcl',
      files: {
        'docker-compose.yml': 'services: { default: { build: { context: web, target: x } } }\n',
        'compose.override.yaml': 'services: { default: { build: { context: no } } }\n',
        'docker-bake.hcl': hcl('target = "b"'),
      },
    },
  ])('are the same as for buildx bake: $name', async ({ config, files }) => {
    const folder = temporaryFolder();
    writeFiles(folder, files);
    const { stdout } = await exec('docker', ['buildx', 'bake', '--print'], { cwd: folder });
    const { target } = JSON.parse(stdout) as {
      target: { default: { target: string; context: string; args?: Record<string, string> } };
    };
    const { images } = await open(config, files);
    expect(images).toMatchObject([
      {
        context: target.default.context,
        target: target.default.target,
        args: new Map(Object.entries(target.default.args ?? {})),
      },
    ]);
  });

  test.each<{ config: string; files: Files; target: string | undefined }>([
    { config: 'compose.yaml', files: { 'compose.override.yaml': 'override' }, target: 'override' },
    { config: 'compose.yaml', files: { 'docker-compose.override.yml': 'override' }, target: 'override' },
    {
      config: 'docker-compose.yml',
      files: { 'docker-compose.override.yml': 'override' },
      target: 'override',
    },
    { config: 'app/compose.yaml', files: { 'app/compose.override.yml': 'override' }, target: 'override' },
    {
      config: 'compose.yaml',
      files: { 'compose.override.yml': 'first', 'compose.override.yaml': 'second' },
      target: 'first',
    },
    {
      config: 'docker-compose.prod.yml',
      files: { 'docker-compose.override.yml': 'override' },
      target: undefined,
    },
  ])('are the same as for docker compose with $config: $files', async ({ config, files, target }) => {
    const service = (body: string) => `services: { web: { build: { context: ., ${body} } } }\n`;
    const overrides = Object.entries(files).map(([file, stage]) => [file, service(`target: ${stage}`)]);
    const { images } = await open(config, {
      [config]: service(''),
      ...(Object.fromEntries(overrides) as Files),
    });
    expect(images[0]?.target).toBe(target);
  });
});

describe('the output of buildx', () => {
  test('for a Compose file in a subfolder has paths relative to the file', async () => {
    const file = `services:
  api:
    build:
      context: ./api
      additional_contexts: { lib: ../lib, alpine: "docker-image://alpine:3" }
      secrets: [npm]
secrets: { npm: { file: ./npm } }
`;
    const { images } = await open('deploy/compose.yaml', {
      'deploy/compose.yaml': file,
      'deploy/npm': '',
      'deploy/.env': 'TAG=7\n',
    });
    expect(images).toMatchObject([
      {
        context: 'deploy/api',
        dockerfile: 'deploy/api/Dockerfile',
        contexts: new Map<string, unknown>([
          ['alpine', { kind: 'image', reference: 'alpine:3' }],
          ['lib', { kind: 'folder', path: 'lib' }],
        ]),
        secrets: new Map([['npm', { file: 'deploy/npm' }]]),
      },
    ]);
  });

  test.each([
    {
      file: 'compose.yaml',
      text: 'services: { db: { image: postgres } }\n',
      expected: 'compose.yaml builds nothing: none of its services has the key build.',
    },
    {
      file: 'docker-bake.hcl',
      text: 'group "default" { targets = [] }\ntarget "web" {}\n',
      expected: 'docker-bake.hcl builds nothing: its group default has no targets.',
    },
    {
      file: 'docker-bake.hcl',
      text: `target "default" { tags = ["${host}/app:1", "${other}/app:1"] }\n`,
      expected: `target.default.tags has several repositories of ECR: ${host}/app, ${other}/app.`,
    },
    {
      file: 'docker-bake.hcl',
      text: `target "default" { tags = ["${host}/app:1", "${host}/bed:1"] }\n`,
      expected: `target.default.tags has several repositories of ECR: ${host}/app, ${host}/bed.`,
    },
    {
      file: 'docker-bake.hcl',
      text: `group "default" { targets = ["a", "b"] }\ntarget "a" { tags = ["${host}/app:1"] }\ntarget "b" { tags = ["${other}/bed:1"] }\n`,
      expected: `Targets have several registries of ECR: ${host}, ${other}.`,
    },
    {
      file: 'docker-bake.hcl',
      text: 'target "default" { platforms = ["local", "linux/arm64"] }\n',
      expected: 'target.default.platforms[0] must be a platform such as linux/amd64, not "local".',
    },
    {
      file: 'docker-bake.hcl',
      text: `group "default" { targets = ["a", "b"] }\ntarget "a" { tags = ["${host}/app:web"] }\ntarget "b" { tags = ["${host}/app:worker"] }\n`,
      expected: 'Several images would set app:build-{version}',
    },
    {
      file: 'compose.yaml',
      text: 'services: { towpath: { build: . } }\n',
      expected: 'Image towpath cannot use the repository <prefix>/towpath',
    },
    {
      file: 'compose.yaml',
      text: 'services: { web: { build: { dockerfile_inline: FROM scratch } } }\n',
      expected: 'target.web has its Dockerfile inline.',
    },
  ])('for $file is rejected: $expected', async ({ file, text, expected }) => {
    expect(await problemsOf(file, { [file]: text })).toEqual([expect.stringContaining(expected)]);
  });

  test('is accepted without a stage, with the builder’s platform, or with several hosts of one registry', async () => {
    const fips = host.replace('.ecr.', '.ecr-fips.');
    const { images, registry } = await open('docker-bake.hcl', {
      'docker-bake.hcl': `target "default" {\n target = ""\n platforms = ["local"]\n tags = ["${host}/app:1", "${fips}/app:2", "ghcr.io/acme/a:1"]\n}\n`,
    });
    expect(images).toMatchObject([{ target: undefined, platforms: [], repository: 'app' }]);
    expect(registry).toMatchObject({ kind: 'literal', registry: { host } });
  });

  test('contains all services that buildx builds with profiles, extends and include', async () => {
    const { images } = await open('compose.yaml', {
      'compose.yaml':
        'include: [more.yaml]\nservices:\n  a: { build: a, profiles: [x] }\n  b: { extends: { file: base.yaml, service: z } }\n',
      'base.yaml': 'services: { z: { build: zz } }\n',
      'more.yaml': 'services: { c: { build: cc } }\n',
    });
    expect(images.map(({ name, context }) => [name, context])).toEqual([
      ['a', 'a'],
      ['b', 'zz'],
      ['c', 'cc'],
    ]);
  });
});
