import { describe, expect, test } from '@jest/globals';
import { plainBuild, type BuildOptions } from './build-options.ts';
import type { Config, ImageConfig } from './config.ts';
import { imagesAlone } from './defaults.ts';
import { readTowpathYaml } from './towpath-yaml.ts';
import { writeTowpathYaml } from './write-towpath-yaml.ts';
import { parseYaml } from './yaml-file.ts';

const web: ImageConfig = {
  ...{ name: 'web', context: 'web', dockerfile: 'web/Dockerfile', platforms: [], ...plainBuild },
};

/** Returns the configuration that is read from the written text. */
function readAgain(config: Config): Config {
  const yaml = parseYaml('towpath.yaml', writeTowpathYaml(config));
  if ('problems' in yaml) throw new Error('not YAML');
  return readTowpathYaml(yaml);
}

const options: readonly (Partial<BuildOptions> & Partial<ImageConfig>)[] = [
  {
    context: '.',
    dockerfile: 'docker/web.Dockerfile',
    target: 'run',
    repository: 'payroll/web',
    lambda: true,
  },
  { platforms: [{ os: 'linux', architecture: 'arm64' }] },
  {
    args: new Map([
      ['VERSION', '1.0'],
      ['EMPTY', ''],
      ['YES', 'yes'],
    ]),
  },
  {
    contexts: new Map([
      ['src', { kind: 'folder', path: 'src' }],
      ['base', { kind: 'image', reference: 'alpine:3.22' }],
      ['layout', { kind: 'layout', path: 'oci', tag: 'v1', digest: `sha256:${'a'.repeat(64)}` }],
      ['git', { kind: 'remote', url: 'https://github.com/acme/x.git' }],
    ]),
  },
  {
    secrets: new Map([
      ['npm', { env: 'NPM_TOKEN' }],
      ['key', { file: 'keys/key' }],
    ]),
  },
  {
    ssh: [
      { id: 'default', keys: [] },
      { id: 'deploy', keys: ['keys/a', 'keys/b'] },
    ],
  },
  { labels: new Map([['a.b', 'x: y']]), annotations: new Map([['c', '1']]) },
  ...(['none', 'gha', 'registry', 'local'] as const).map((type) => ({
    cache: type === 'none' ? { type } : { type, mode: 'min' as const },
  })),
  { pull: true, noCache: ['run'], network: 'none', shmSize: 67_108_864 },
  { noCache: true, addHosts: new Map([['host', 'host-gateway']]) },
  {
    ulimits: new Map([
      ['core', { soft: 0, hard: 0 }],
      ['nofile', { soft: 1, hard: 2 }],
    ]),
  },
  { compression: { type: 'zstd', level: 3, force: true } },
  ...(['off', 'build', 'persist'] as const).map((proxy) => ({ proxy })),
];

describe('a written towpath.yaml', () => {
  test.each(options)('keeps %j', (option) => {
    const image = { ...web, ...option };
    expect(readAgain(imagesAlone('compose.yaml', [image])).images).toEqual([image]);
  });

  test('keeps the registry, the environments and the images of other images', () => {
    const base = { ...web, name: 'base', context: '.', dockerfile: 'Dockerfile' };
    const image = { ...web, contexts: new Map([['base', { kind: 'target', image: 'base' } as const]]) };
    const config: Config = {
      ...imagesAlone('docker-bake.hcl', [image]),
      bases: [base],
      registry: { kind: 'parameter', name: '/account/ecr/main/registry' },
    };
    const read = readAgain(config);
    expect(read.images).toEqual([base, image]);
    expect(read).toMatchObject({ registry: config.registry, environments: config.environments });
  });

  test('is short, and names its schema for editors', () => {
    const registry = {
      ...{ kind: 'private', host: '111122223333.dkr.ecr.us-east-1.amazonaws.com', prefix: 'payroll' },
      ...{ account: '111122223333', region: 'us-east-1' },
    } as const;
    expect(writeTowpathYaml({ ...imagesAlone('x', [web]), registry: { kind: 'literal', registry } as never }))
      .toBe(`# yaml-language-server: $schema=https://raw.githubusercontent.com/towpath/towpath/v1/schemas/towpath.schema.json
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  web:
    context: web
environments:
  dev: { from: build }
  test: { from: dev }
  prod: { from: test }
gate: { fail-on: critical }
`);
  });

  test('is refused if it cannot describe an image', () => {
    const image = { ...web, args: new Map([['AWS_SECRET_ACCESS_KEY', 'x']]) };
    expect(() => writeTowpathYaml(imagesAlone('x', [image]))).toThrow(/AWS_SECRET_ACCESS_KEY/);
  });
});
