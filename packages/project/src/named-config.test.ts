import { describe, expect, test } from '@jest/globals';
import type { Config, ImageConfig } from '@towpath/config';
import { CodedError, formatPosition } from '@towpath/errors';
import type { Exec } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openProject } from './project.ts';

type Files = Readonly<Record<string, string>>;

/** Runs the real buildx, which the test setup has added to the path. */
const exec: Exec = (program, args, options) =>
  new Promise((resolve) => {
    const env = { ...process.env, PLAIN: 'secret' };
    execFile(program, args, { cwd: options?.cwd, encoding: 'utf8', env }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : 1, stdout, stderr });
    });
  });

async function open(config: string, files: Files) {
  const runtime = fakeRuntime({ exec, files, env: { GITHUB_REPOSITORY: 'acme/payroll' } });
  const inputs = { config, only: [], region: undefined, dryRun: false, planOut: undefined };
  const project = await openProject(inputs, runtime);
  return { ...project, annotations: runtime.annotations };
}

/** Returns `position message` of each problem. */
async function problemsOf(config: string, files: Files): Promise<readonly string[]> {
  const error: unknown = await open(config, files).catch((reason: unknown) => reason);
  if (!(error instanceof CodedError)) throw error;
  return error.problems.map(
    ({ message, position }) => `${position === undefined ? '' : formatPosition(position)} ${message}`,
  );
}

/** Returns the settings of images that differ from the defaults. */
function said({ images }: Pick<Config, 'images'>): readonly Partial<ImageConfig>[] {
  return images.map((image) =>
    Object.fromEntries(
      Object.entries(image).filter(
        ([, value]) =>
          value !== undefined &&
          value !== false &&
          !(value instanceof Map && value.size === 0) &&
          !isEmptyList(value),
      ),
    ),
  );
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Returns a valid private key, because buildx parses the keys of a Compose file. */
function throwawayKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

describe('a bake file', () => {
  test('defines the targets of its default group as images, with all their build settings', async () => {
    const hcl = `
variable "TAG" { default = "latest" }
group "default" { targets = ["web", "workers"] }
target "_common" {
  platforms = ["linux/amd64", "linux/arm64"]
  args = { NODE = "22" }
}
target "base" { context = "base" }
target "web" {
  inherits = ["_common"]
  context = "web"
  dockerfile = "Containerfile"
  target = "runtime"
  contexts = { base = "target:base", lib = "./lib", alpine = "docker-image://alpine:3" }
  secret = ["id=npm,env=NPM_TOKEN", "type=file,id=netrc,src=ci/netrc", "id=PLAIN"]
  labels = { team = "payroll" }
  annotations = ["index,manifest:org.x=y", "org.z=a=b"]
  tags = ["${host}/payroll/frontend:\${TAG}"]
  cache-to = ["type=gha,mode=max"]
  output = ["type=image"]
  network = "host"
  no-cache-filter = ["deps"]
  pull = true
  shm-size = "64m"
  ulimits = ["nofile=1024:2048"]
  extra-hosts = { db = "10.0.0.1" }
}
target "workers" {
  name = "worker-\${kind}"
  matrix = { kind = ["mail", "pay"] }
  context = "worker"
  args = { KIND = kind }
}
`;
    const { config, annotations } = await open('docker-bake.hcl', { 'docker-bake.hcl': hcl, 'ci/netrc': '' });
    expect(said(config)).toEqual(
      [
        {
          name: 'web',
          context: 'web',
          dockerfile: 'web/Containerfile',
          target: 'runtime',
          platforms: [
            { os: 'linux', architecture: 'amd64' },
            { os: 'linux', architecture: 'arm64' },
          ],
          repository: 'payroll/frontend',
          args: new Map([['NODE', '22']]),
          contexts: new Map<string, unknown>([
            ['alpine', { kind: 'image', reference: 'alpine:3' }],
            ['base', { kind: 'target', image: 'base' }],
            ['lib', { kind: 'folder', path: './lib' }],
          ]),
          secrets: new Map<string, unknown>([
            ['npm', { env: 'NPM_TOKEN' }],
            ['netrc', { file: 'ci/netrc' }],
            ['PLAIN', { env: 'PLAIN' }],
          ]),
          labels: new Map([['team', 'payroll']]),
          annotations: new Map([
            ['org.x', 'y'],
            ['org.z', 'a=b'],
          ]),
          pull: true,
          noCache: ['deps'],
          network: 'host',
          addHosts: new Map([['db', '10.0.0.1']]),
          shmSize: 67_108_864,
          ulimits: new Map([['nofile', { soft: 1024, hard: 2048 }]]),
        },
        {
          name: 'worker-mail',
          context: 'worker',
          dockerfile: 'worker/Dockerfile',
          network: 'default',
          args: new Map([['KIND', 'mail']]),
        },
        {
          name: 'worker-pay',
          context: 'worker',
          dockerfile: 'worker/Dockerfile',
          network: 'default',
          args: new Map([['KIND', 'pay']]),
        },
      ].map((image) => expect.objectContaining(image) as unknown),
    );
    expect(config.bases.map(({ name, context }) => [name, context])).toEqual([['base', 'base']]);
    expect(config.registry).toMatchObject({ kind: 'literal', registry: { host, prefix: '' } });
    expect(annotations).toEqual([
      {
        level: 'notice',
        message:
          'docker-bake.hcl also sets cache-to, output, tags. Towpath ignores these keys, because it has its own settings for them.',
      },
    ]);
  });

  test('can be JSON', async () => {
    const json = JSON.stringify({ target: { default: { context: 'web' } } });
    const { config } = await open('ci/docker-bake.json', { 'ci/docker-bake.json': json });
    expect(config).toMatchObject({
      file: 'ci/docker-bake.json',
      images: [{ name: 'default', context: 'web' }],
    });
    expect(config.registry).toEqual({ kind: 'caller' });
  });

  test('is rejected with the position of a syntax error', async () => {
    const files = { 'docker-bake.hcl': 'target "default" {\n  context = file("/etc/hostname")\n}\n' };
    expect(await problemsOf('docker-bake.hcl', files)).toEqual([
      expect.stringMatching(/^docker-bake\.hcl:2:13 buildx cannot read the file: Call to unknown function/),
    ]);
  });

  test('is rejected without a default group or target', async () => {
    expect(await problemsOf('docker-bake.hcl', { 'docker-bake.hcl': 'target "web" {}\n' })).toEqual([
      'docker-bake.hcl buildx cannot read the file: failed to find target default.',
    ]);
  });

  test('is reported with all its problems at once', async () => {
    const hcl = `
group "default" { targets = ["Web", "job", "inline", "remote"] }
target "Web" {}
target "job" {
  context = "../job"
  platforms = ["linux"]
}
target "inline" { dockerfile-inline = "FROM scratch" }
target "remote" { context = "https://github.com/acme/job.git" }
`;
    expect(await problemsOf('docker-bake.hcl', { 'docker-bake.hcl': hcl })).toEqual([
      'docker-bake.hcl target.Web must be lower-case letters and digits, with single . _ - between them.',
      'docker-bake.hcl target.inline has its Dockerfile inline.',
      'docker-bake.hcl target.job.context must be a path that stays in the repository.',
      'docker-bake.hcl target.job.dockerfile must be a path that stays in the repository.',
      'docker-bake.hcl target.job.platforms[0] must be a platform such as linux/amd64, not "linux".',
      'docker-bake.hcl target.remote.context must be a path that stays in the repository.',
    ]);
  });

  test('is not cached if no-cache is set, even if it also lists stages', async () => {
    const hcl = 'target "default" {\n  no-cache = true\n  no-cache-filter = ["deps"]\n}\n';
    const { config } = await open('docker-bake.hcl', { 'docker-bake.hcl': hcl });
    expect(config.images).toMatchObject([{ noCache: true }]);
  });

  test('has all its paths in the repository, after following symbolic links', async () => {
    const hcl = `target "default" {
  context = "/etc"
  contexts = { a = "../a", b = "/b" }
  secret = ["type=file,id=host,src=/etc/hostname"]
}`;
    expect(await problemsOf('docker-bake.hcl', { 'docker-bake.hcl': hcl })).toEqual([
      'docker-bake.hcl target.default.context must be a path that stays in the repository.',
      'docker-bake.hcl target.default.dockerfile must be a path that stays in the repository.',
      'docker-bake.hcl target.default.contexts.a must be a path that stays in the repository, not "../a".',
      'docker-bake.hcl target.default.contexts.b must be a path that stays in the repository, not "/b".',
      'docker-bake.hcl target.default.secrets.host.file must be a path that stays in the repository.',
    ]);
    const linked = 'target "default" {\n  context = "out"\n  dockerfile = "../Dockerfile"\n}\n';
    const runtime = fakeRuntime({ exec, files: { 'docker-bake.hcl': linked } });
    symlinkSync('/etc', join(runtime.workspace, 'out'));
    const inputs = {
      config: 'docker-bake.hcl',
      only: [],
      region: undefined,
      dryRun: false,
      planOut: undefined,
    };
    await expect(openProject(inputs, runtime)).rejects.toMatchObject({
      message: 'Image default: out leads out of the repository.',
    });
  });

  test('must be inside the repository', async () => {
    expect(await problemsOf('../docker-bake.hcl', {})).toEqual([
      ' ../docker-bake.hcl leads out of the repository.',
    ]);
    expect(await problemsOf('docker-bake.hcl', {})).toEqual([
      ' The configuration docker-bake.hcl cannot be read.',
    ]);
  });
});

describe('a Compose file', () => {
  test('defines the services with a build section as images, with all their build settings', async () => {
    const compose = `
x-shared: &shared
  platforms: [linux/arm64]
  labels: { team: payroll }
services:
  api:
    image: ${host}/payroll/api:1
    build:
      <<: *shared
      context: ./api
      dockerfile: Dockerfile.prod
      target: run
      args: { V: "1", PLAIN: null, ABSENT: null }
      additional_contexts: { lib: ./lib, node: "docker-image://node:22", base: "service:base" }
      secrets: [npm, netrc]
      ssh: [deploy=keys/deploy]
      cache_from: ["type=gha"]
      pull: true
      no_cache: true
      network: host
      extra_hosts: ["db:10.0.0.1"]
      shm_size: 64m
      ulimits: { nofile: { soft: 1, hard: 2 } }
  base: { build: base }
  db: { image: postgres }
secrets: { npm: { environment: NPM_TOKEN }, netrc: { file: ci/netrc } }
`;
    const { config, annotations } = await open('compose.yaml', {
      'compose.yaml': compose,
      'ci/netrc': '',
      'keys/deploy': throwawayKey(),
    });
    expect(said(config)).toEqual([
      {
        name: 'api',
        context: 'api',
        dockerfile: 'api/Dockerfile.prod',
        target: 'run',
        platforms: [{ os: 'linux', architecture: 'arm64' }],
        repository: 'payroll/api',
        args: new Map([
          ['V', '1'],
          ['PLAIN', 'secret'],
        ]),
        contexts: new Map<string, unknown>([
          ['base', { kind: 'target', image: 'base' }],
          ['lib', { kind: 'folder', path: 'lib' }],
          ['node', { kind: 'image', reference: 'node:22' }],
        ]),
        secrets: new Map<string, unknown>([
          ['npm', { env: 'NPM_TOKEN' }],
          ['netrc', { file: 'ci/netrc' }],
        ]),
        ssh: [{ id: 'deploy', keys: ['keys/deploy'] }],
        labels: new Map([['team', 'payroll']]),
        pull: true,
        noCache: true,
        network: 'host',
        addHosts: new Map([['db', '10.0.0.1']]),
        shmSize: 67_108_864,
        ulimits: new Map([['nofile', { soft: 1, hard: 2 }]]),
      },
      { name: 'base', context: 'base', dockerfile: 'base/Dockerfile', network: 'default' },
    ]);
    expect(annotations.map(({ message }) => message)).toEqual([
      'compose.yaml also sets cache-from, tags. Towpath ignores these keys, because it has its own settings for them.',
    ]);
  });

  test('is rejected with buildx’s error if its aliases multiply', async () => {
    const bomb = 'abcdefghi'.replace(/./g, (name, index: number) => {
      const inner = index === 0 ? 'x' : `*${'abcdefghi'[index - 1] ?? ''}`;
      return `x-${name}: &${name} [${Array.from({ length: 9 }, () => inner).join()}]\n`;
    });
    const compose = `${bomb}services: { web: { build: { context: ., args: *i } } }\n`;
    expect(await problemsOf('compose.yaml', { 'compose.yaml': compose })).toEqual([
      expect.stringMatching(/^compose\.yaml buildx cannot read the file: .*excessive aliasing\.$/),
    ]);
  });
});

describe('configured Dockerfiles', () => {
  const dockerfile = 'FROM scratch\n';

  test.each([
    {
      config: 'images/*/Dockerfile',
      expected: [
        ['api', 'images/api', 'images/api/Dockerfile'],
        ['web-ui', 'images/Web_UI', 'images/Web_UI/Dockerfile'],
      ],
    },
    { config: 'images/api/Dockerfile', expected: [['api', 'images/api', 'images/api/Dockerfile']] },
    { config: './images/api/Dockerfile', expected: [['api', 'images/api', 'images/api/Dockerfile']] },
    { config: 'Containerfile', expected: [['payroll', '.', 'Containerfile']] },
    { config: 'images/*/prod.Dockerfile', expected: [['api', 'images/api', 'images/api/prod.Dockerfile']] },
  ])('are images named after their folders: $config', async ({ config, expected }) => {
    const files = {
      'images/api/Dockerfile': dockerfile,
      'images/api/prod.Dockerfile': dockerfile,
      'images/Web_UI/Dockerfile': dockerfile,
      'images/docs/README.md': '',
      'images/Dockerfile': dockerfile,
      Containerfile: dockerfile,
    };
    const { images } = await open(config, files);
    expect(images.map(({ name, context, dockerfile: path }) => [name, context, path])).toEqual(
      [...expected].sort((a, b) => ((a[2] ?? '') < (b[2] ?? '') ? -1 : 1)),
    );
  });

  test('are an error if none exists', async () => {
    expect(await problemsOf('images/*/Dockerfile', {})).toEqual([' No Dockerfile is images/*/Dockerfile.']);
  });

  test('are an error if two have the same image name', async () => {
    const files = { 'a/web/Dockerfile': dockerfile, 'b/Web/Dockerfile': dockerfile };
    expect(await problemsOf('*/*/Dockerfile', files)).toEqual([
      'b/Web/Dockerfile b/Web/Dockerfile would be the image web, and so would a/web/Dockerfile.',
    ]);
  });

  test('must be inside the repository, after following symbolic links', async () => {
    expect(await problemsOf('../*/Dockerfile', {})).toEqual([
      ' ../*/Dockerfile leads out of the repository.',
    ]);
    const runtime = fakeRuntime({ exec, files: { 'images/api/README.md': '', 'images/web/README.md': '' } });
    for (const image of ['api', 'web'])
      symlinkSync('/etc/hostname', join(runtime.workspace, 'images', image, 'Dockerfile'));
    const inputs = {
      config: 'images/*/Dockerfile',
      only: [],
      region: undefined,
      dryRun: false,
      planOut: undefined,
    };
    await expect(openProject(inputs, runtime)).rejects.toMatchObject({
      problems: ['api', 'web'].map((image) => ({
        message: `Image ${image}: images/${image}/Dockerfile leads out of the repository.`,
      })),
    });
  });
});
