import { describe, expect, test } from '@jest/globals';
import { plainBuild } from './build-options.ts';
import type { ImageConfig } from './config.ts';
import { imageWith, problemsOf, read } from './harness/towpath-yaml.ts';

const cacheHost = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

describe('image options', () => {
  test.each<{ yaml: string; expected: Partial<ImageConfig> }>([
    {
      yaml: 'contexts: { lib: ./lib }',
      expected: { contexts: new Map([['lib', { kind: 'folder', path: './lib' }]]) },
    },
    {
      yaml: 'contexts: { "node:22": "docker-image://public.ecr.aws/docker/library/node:22" }',
      expected: {
        contexts: new Map([
          ['node:22', { kind: 'image', reference: 'public.ecr.aws/docker/library/node:22' }],
        ]),
      },
    },
    {
      yaml: 'contexts: { base: oci-layout://layouts/base:v1 }',
      expected: {
        contexts: new Map([['base', { kind: 'layout', path: 'layouts/base', tag: 'v1', digest: undefined }]]),
      },
    },
    {
      yaml: 'contexts: { base: target:web }',
      expected: { contexts: new Map([['base', { kind: 'target', image: 'web' }]]) },
    },
    {
      yaml: 'contexts: { src: "https://github.com/acme/src.git#v1" }',
      expected: {
        contexts: new Map([['src', { kind: 'remote', url: 'https://github.com/acme/src.git#v1' }]]),
      },
    },
    {
      yaml: 'contexts: { src: git@github.com:acme/src.git }',
      expected: { contexts: new Map([['src', { kind: 'remote', url: 'git@github.com:acme/src.git' }]]) },
    },
    {
      yaml: 'contexts: { src: deploy@git.example.com:acme/src.git }',
      expected: {
        contexts: new Map([['src', { kind: 'remote', url: 'deploy@git.example.com:acme/src.git' }]]),
      },
    },
    {
      yaml: 'contexts: { src: ssh://git@github.com/acme/src.git }',
      expected: {
        contexts: new Map([['src', { kind: 'remote', url: 'ssh://git@github.com/acme/src.git' }]]),
      },
    },
    {
      yaml: 'secrets: { npm: { env: NPM_TOKEN }, netrc: { file: ci/netrc } }',
      expected: {
        secrets: new Map<string, { env: string } | { file: string }>([
          ['npm', { env: 'NPM_TOKEN' }],
          ['netrc', { file: 'ci/netrc' }],
        ]),
      },
    },
    {
      yaml: 'ssh: [default, "deploy=keys/a,keys/b"]',
      expected: {
        ssh: [
          { id: 'default', keys: [] },
          { id: 'deploy', keys: ['keys/a', 'keys/b'] },
        ],
      },
    },
    {
      yaml: 'annotations: { org.opencontainers.image.title: Web }',
      expected: { annotations: new Map([['org.opencontainers.image.title', 'Web']]) },
    },
    { yaml: 'cache: none', expected: { cache: { type: 'none' } } },
    { yaml: 'cache: gha', expected: { cache: { type: 'gha', mode: 'max' } } },
    {
      yaml: 'cache: { type: gha, scope: web, mode: min }',
      expected: { cache: { type: 'gha', scope: 'web', mode: 'min' } },
    },
    {
      yaml: `cache: { type: registry, reference: ${cacheHost}/cache/web }`,
      expected: { cache: { type: 'registry', reference: `${cacheHost}/cache/web`, mode: 'max' } },
    },
    {
      yaml: 'cache: { type: local, path: .cache }',
      expected: { cache: { type: 'local', path: '.cache', mode: 'max' } },
    },
    { yaml: 'pull: true', expected: { pull: true } },
    { yaml: 'no-cache: true', expected: { noCache: true } },
    { yaml: 'no-cache: [deps, build]', expected: { noCache: ['deps', 'build'] } },
    { yaml: 'network: none', expected: { network: 'none' } },
    {
      yaml: 'add-hosts: { db.test: 10.0.0.1, six.test: "::1", me.test: host-gateway }',
      expected: {
        addHosts: new Map([
          ['db.test', '10.0.0.1'],
          ['six.test', '::1'],
          ['me.test', 'host-gateway'],
        ]),
      },
    },
    { yaml: 'shm-size: 4096', expected: { shmSize: 4096 } },
    { yaml: 'shm-size: 64m', expected: { shmSize: 67_108_864 } },
    { yaml: 'shm-size: 2GiB', expected: { shmSize: 2_147_483_648 } },
    {
      yaml: 'ulimits: { nofile: 1024:2048, nproc: 64, core: { soft: 0, hard: -1 }, memlock: -1 }',
      expected: {
        ulimits: new Map([
          ['nofile', { soft: 1024, hard: 2048 }],
          ['nproc', { soft: 64, hard: 64 }],
          ['core', { soft: 0, hard: -1 }],
          ['memlock', { soft: -1, hard: -1 }],
        ]),
      },
    },
    { yaml: 'compression: zstd', expected: { compression: { type: 'zstd', force: false } } },
    {
      yaml: 'compression: { type: zstd, level: 19, force: true }',
      expected: { compression: { type: 'zstd', level: 19, force: true } },
    },
    { yaml: 'proxy: off', expected: { proxy: 'off' } },
    { yaml: 'proxy: on', expected: { proxy: 'build' } },
    { yaml: 'proxy: { persist: true }', expected: { proxy: 'persist' } },
  ])('$yaml', ({ yaml, expected }) => {
    const web: ImageConfig = {
      name: 'web',
      context: '.',
      dockerfile: 'Dockerfile',
      platforms: [],
      ...plainBuild,
    };
    expect(read(imageWith(yaml)).images).toEqual([{ ...web, ...expected }]);
  });

  test.each([
    {
      yaml: 'context: ../web',
      expected: ['3:5 images.web.context must be a path that stays in the repository.'],
    },
    {
      yaml: 'context: web/../../x',
      expected: ['3:5 images.web.context must be a path that stays in the repository.'],
    },
    {
      yaml: 'dockerfile: /etc/passwd',
      expected: ['3:5 images.web.dockerfile must be a path that stays in the repository.'],
    },
    {
      yaml: 'contexts: { a: /etc, b: "docker-image://A B", c: oci-layout://../x, d: "https://u:p@h.test/x", e: "https://t0ken@h.test/x" }',
      expected: [
        '3:17 images.web.contexts.a must be a path that stays in the repository, not "/etc".',
        '3:26 images.web.contexts.b must be docker-image:// and an image such as alpine:3.22, not "docker-image://A B".',
        '3:51 images.web.contexts.c must be oci-layout:// and the path of a layout in the repository, not "oci-layout://../x".',
        '3:73 images.web.contexts.d may not hold a password or a token.',
        '3:100 images.web.contexts.e may not hold a password or a token.',
      ],
    },
    {
      yaml: 'secrets: { a: { env: A B }, b: { file: ../x }, c: { fil: x }, d: TOKEN, "e f": { env: X }, g: {} }',
      expected: [
        '3:21 images.web.secrets.a.env must be the name of a variable.',
        '3:38 images.web.secrets.b.file must be a path that stays in the repository.',
        '3:52 images.web.secrets.c must have either env or file.',
        '3:57 images.web.secrets.c has no key "fil". Did you mean file?',
        '3:67 images.web.secrets.d must be a map, not a text.',
        '3:77 images.web.secrets."e f" must be letters, digits and _ . / -.',
        '3:96 images.web.secrets.g must have either env or file.',
      ],
    },
    {
      yaml: 'ssh: [default, "a=", "b=../key", "c d"]',
      expected: ['"a="', '"b=../key"', '"c d"'].map(
        (text, index) =>
          `3:${[20, 26, 38][index] ?? ''} images.web.ssh[${index + 1}] must be default, or an id and keys in the repository such as deploy=keys/deploy, not ${text}.`,
      ),
    },
    {
      yaml: 'contexts: { base: target:wbe }',
      expected: [
        '3:17 images.web.contexts.base is target:wbe, which is not an image of this file. Did you mean web?',
      ],
    },
    { yaml: 'cache: ghaa', expected: ['3:5 images.web.cache is "ghaa". Did you mean gha?'] },
    {
      yaml: 'cache: [gha]',
      expected: ['3:5 images.web.cache must be gha or registry or local or none or a map, not a list.'],
    },
    {
      yaml: 'cache: { type: regstry }',
      expected: ['3:14 images.web.cache.type is "regstry". Did you mean registry?'],
    },
    {
      yaml: 'cache: fast',
      expected: ['3:5 images.web.cache is "fast". Valid: gha, registry, local, none, a map.'],
    },
    {
      yaml: `cache: { type: registry, reference: "${cacheHost}/cache@sha256:${'0'.repeat(64)}" }`,
      expected: ['3:30 images.web.cache.reference must be an image reference without a digest.'],
    },
    {
      yaml: 'cache: { mode: max }',
      expected: ['3:5 images.web.cache.type is missing. Valid: none, gha, registry, local.'],
    },
    {
      yaml: 'cache: { type: gha, path: x, mode: all }',
      expected: [
        '3:25 images.web.cache has no key "path". Valid: type, scope, mode.',
        '3:34 images.web.cache.mode is "all". Valid: min, max.',
      ],
    },
    {
      yaml: 'cache: { type: local, path: ../x }',
      expected: ['3:27 images.web.cache.path must be a path that stays in the repository.'],
    },
    { yaml: 'pull: yes', expected: ['3:5 images.web.pull must be true or false, not a text.'] },
    {
      yaml: 'no-cache: deps',
      expected: ['3:5 images.web.no-cache must be true or false or a list, not a text.'],
    },
    { yaml: 'network: hots', expected: ['3:5 images.web.network is "hots". Did you mean host?'] },
    {
      yaml: 'add-hosts: { db: 10.0.0.256 }',
      expected: ['3:18 images.web.add-hosts.db must be an IP address, or host-gateway.'],
    },
    { yaml: 'shm-size: 0', expected: ['3:5 images.web.shm-size must be a number of bytes.'] },
    {
      yaml: 'shm-size: 64 apples',
      expected: ['3:5 images.web.shm-size must be a size such as 64m or 2g, not "64 apples".'],
    },
    {
      yaml: 'ulimits: { nofiles: 1, nofile: 2:1, core: -2, cpu: x, rss: { soft: 1 } }',
      expected: [
        '3:16 images.web.ulimits has no key "nofiles". Did you mean nofile?',
        '3:28 images.web.ulimits.nofile has a soft limit above the hard one.',
        '3:41 images.web.ulimits.core must be -1, for no limit, or more.',
        '3:51 images.web.ulimits.cpu must be soft:hard such as 1024:2048, not "x".',
        '3:59 images.web.ulimits.rss.hard is missing.',
      ],
    },
    {
      yaml: 'compression: { type: gzip, level: 10 }',
      expected: ['3:32 images.web.compression.level may be 9 at most with gzip.'],
    },
    { yaml: 'compression: zst', expected: ['3:5 images.web.compression is "zst". Did you mean zstd?'] },
    { yaml: 'proxy: of', expected: ['3:5 images.web.proxy is "of". Did you mean on?'] },
    {
      yaml: 'proxy: { persit: true }',
      expected: [
        '3:14 images.web.proxy has no key "persit". Did you mean persist?',
        '3:5 images.web.proxy.persist is missing.',
      ],
    },
    {
      yaml: 'args: { "A=B": x, "": y }',
      expected: [
        '3:13 images.web.args."A=B" must be a name such as VERSION.',
        '3:23 images.web.args."" must be a name such as VERSION.',
      ],
    },
  ])('reports the error in $yaml', ({ yaml, expected }) => {
    expect(problemsOf(imageWith(yaml)).sort()).toEqual([...expected].sort());
  });
});
