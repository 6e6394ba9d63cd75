import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { begin } from './scene.ts';

const dist = fileURLToPath(new URL('../../packages/cli/dist', import.meta.url));

interface Result {
  readonly ending: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

/** Files of repositories, and the `towpath.yaml` that `init` proposes for them. */
const proposals: readonly { name: string; files: Record<string, string>; expected: object }[] = [
  {
    name: 'bake',
    files: {
      'docker-bake.hcl': `
variable "TAG" { default = "latest" }
variable "NPM_TOKEN" {}
function "tags" {
  params = [name]
  result = ["${host}/payroll/\${name}:\${TAG}"]
}
group "default" { targets = ["app", "tools"] }
target "_common" {
  args = { NODE = "22", NPM_TOKEN = NPM_TOKEN }
  platforms = ["linux/amd64", "linux/arm64"]
  cache-from = ["type=gha"]
}
target "app" {
  name = "app-\${service}"
  matrix = { service = ["web", "worker"] }
  inherits = ["_common"]
  context = "services"
  dockerfile = "\${service}/Dockerfile"
  tags = tags(service)
  secret = ["id=npm,env=NPM_TOKEN"]
}
target "base" { context = "base" }
target "tools" {
  context = "tools"
  contexts = { base = "target:base" }
}
`,
      // The bake file names the images, and not this Dockerfile.
      Dockerfile: 'FROM scratch\n',
      'services/web/Dockerfile': 'FROM scratch\n',
      'services/worker/Dockerfile': 'FROM scratch\n',
      'base/Dockerfile': 'FROM scratch\n',
      'tools/Dockerfile': 'FROM base\n',
    },
    expected: {
      registry: host,
      images: {
        base: { context: 'base' },
        tools: { context: 'tools', contexts: { base: 'target:base' } },
        ...Object.fromEntries(
          ['web', 'worker'].map((service) => [
            `app-${service}`,
            {
              context: 'services',
              dockerfile: `services/${service}/Dockerfile`,
              platforms: ['linux/amd64', 'linux/arm64'],
              repository: `payroll/${service}`,
              args: { NODE: '22' },
              secrets: { npm: { env: 'NPM_TOKEN' } },
            },
          ]),
        ),
      },
    },
  },
  {
    name: 'compose',
    files: {
      '.env': 'TOOL_TOKEN=secret-of-tools\n',
      'compose.yaml': `
x-build: &build { args: [NPM_TOKEN, "MODE=\${MODE:-production}"] }
services:
  db: { image: "postgres:17" }
  web:
    image: ${host}/payroll/web:\${TAG:-latest}
    build: { context: ./web, <<: *build, x-bake: { platforms: [linux/arm64] } }
  tools:
    profiles: [tools]
    build: { context: ., dockerfile: tools.Dockerfile, target: run, args: [TOOL_TOKEN], secrets: [npm] }
secrets: { npm: { environment: NPM_TOKEN } }
`,
      'web/Dockerfile': 'FROM scratch\n',
      'tools.Dockerfile': 'FROM scratch AS run\n',
    },
    expected: {
      registry: host,
      images: {
        tools: {
          context: '.',
          dockerfile: 'tools.Dockerfile',
          target: 'run',
          secrets: { npm: { env: 'NPM_TOKEN' } },
        },
        web: {
          context: 'web',
          platforms: ['linux/arm64'],
          repository: 'payroll/web',
          args: { MODE: 'production' },
        },
      },
    },
  },
  {
    name: 'old compose',
    files: {
      'docker-compose.yml': `version: '3.8'
services:
  web: { build: ./web, image: 'web:latest' }
  api: { build: { context: ./api, dockerfile: ../api.Dockerfile } }
`,
      'web/Dockerfile': 'FROM scratch\n',
      'api.Dockerfile': 'FROM scratch\n',
      'api/main.js': '1\n',
    },
    expected: { images: { api: { context: 'api', dockerfile: 'api.Dockerfile' }, web: { context: 'web' } } },
  },
];

test('the packed command line runs by npx in an empty folder, and tows images from build to prod', async () => {
  const { stage, checkout, temp } = await begin();
  mkdirSync(temp, { recursive: true });
  const run = (program: string, args: readonly string[], cwd = temp, more = {}): SpawnSyncReturns<string> =>
    spawnSync(program, args, {
      cwd,
      env: { ...stage.env, npm_config_cache: join(temp, 'npm'), ...more },
      encoding: 'utf8',
    });

  const packed = run('npm', ['pack', '--silent', '--pack-destination', temp, dist]);
  const tarball = join(temp, packed.stdout.trim());
  const empty = join(temp, 'empty');
  mkdirSync(empty);
  const npx = run('npx', ['--yes', '--offline', '--package', tarball, 'towpath', '--version'], empty);
  expect(npx).toMatchObject({ status: 0, stdout: '0.0.0\n' });
  expect(run('npm', ['install', '--offline', '--silent', tarball], empty)).toMatchObject({ status: 0 });
  const program = join(empty, 'node_modules/.bin/towpath');
  const manifest = readFileSync(join(empty, 'node_modules/towpath/package.json'), 'utf8');
  expect(Object.keys(JSON.parse(manifest) as object)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:scripts|dependencies)$/)]),
  );
  // The time of the processor, which other programs on the machine change little. The fastest of five counts.
  const measure = `process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error(user + system); })`;
  writeFileSync(join(temp, 'measure.cjs'), measure);
  const timed = ['--require', join(temp, 'measure.cjs'), realpathSync(program), '--version'];
  const microseconds = Array.from({ length: 5 }, () => Number(run(process.execPath, timed).stderr));
  expect(Math.min(...microseconds)).toBeLessThan(150_000);

  for (const { name, files, expected } of proposals) {
    const folder = join(temp, name);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const proposed = run(program, ['init', '--json'], folder, { NPM_TOKEN: 'secret-of-npm', MODE: 'test' });
    const { outputs } = JSON.parse(proposed.stdout) as Result;
    const [, yaml = ''] = /\+\+\+ b\/towpath\.yaml\n.*\n((?:\+.*\n)*)/.exec(String(outputs.diff)) ?? [];
    expect([name, parse(yaml.replace(/^\+/gm, ''))]).toMatchObject([name, expected]);
    expect(proposed.stdout).not.toContain('secret-of-');
    expect(existsSync(join(folder, 'towpath.yaml'))).toBe(false);
  }

  const dockerConfig = join(
    process.env.DOCKER_CONFIG ?? join(process.env.HOME ?? '', '.docker'),
    'config.json',
  );
  const before = existsSync(dockerConfig) ? readFileSync(dockerConfig, 'utf8') : undefined;
  const towpath = (...args: string[]): Result => {
    const { status, stdout, stderr } = run(program, [...args, '--json'], checkout.folder);
    if (status !== 0) throw new Error(`towpath ${args.join(' ')} failed:\n${stderr}`);
    expect(stderr).not.toContain('\u001b');
    return JSON.parse(stdout) as Result;
  };
  const { digests } = towpath('build').outputs as { digests: Record<string, string> };
  expect(Object.keys(digests)).toEqual(team.images);
  expect(run('git', ['status', '--porcelain'], checkout.folder).stdout).toBe('');
  towpath('publish', '--version', '1.0.0');
  expect(towpath('scan-gate', '--version', '1.0.0').outputs.verdict).toBe('pass');
  for (const environment of ['dev', 'test', 'prod'])
    towpath('promote', '--version', '1.0.0', '--target-environment', environment);
  for (const [name, digest] of Object.entries(digests))
    expect(await stage.prod.digestOf(`${team.prefix}/${name}`, 'prod-1.0.0')).toBe(digest);

  const missing = run(
    program,
    ['promote', '--version', '9.9.9', '--target-environment', 'dev'],
    checkout.folder,
  );
  expect(missing).toMatchObject({ status: 5, stdout: '' });
  expect(existsSync(dockerConfig) ? readFileSync(dockerConfig, 'utf8') : undefined).toBe(before);
  writeFileSync(join(checkout.folder, 'towpath.yaml'), 'imagse: {}\n');
  expect(run(program, ['build'], checkout.folder)).toMatchObject({ status: 2 });
});
