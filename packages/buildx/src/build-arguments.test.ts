import { describe, expect, test } from '@jest/globals';
import { buildArguments, type BuildRequest } from './build-arguments.ts';

const plain: BuildRequest = {
  name: 'payroll/web',
  context: '/repo/web',
  dockerfile: '/repo/web/Dockerfile',
  platforms: [],
  args: new Map(),
  argNames: [],
  contexts: new Map(),
  secrets: new Map(),
  ssh: [],
  labels: new Map(),
  annotations: new Map(),
  pull: false,
  noCache: false,
  network: 'default',
  addHosts: new Map(),
  ulimits: new Map(),
  provenance: 'none',
  sourceDateEpoch: 315532800,
  output: '/tmp/out',
  builder: 'towpath',
};
const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

test('passes only the Dockerfile, the context and the output of a build without options', () => {
  expect(buildArguments(plain)).toEqual([
    'build',
    '--builder=towpath',
    '--file=/repo/web/Dockerfile',
    '--provenance=false',
    '--sbom=false',
    '--output=type=oci,tar=false,rewrite-timestamp=true,name=payroll/web,dest=/tmp/out',
    '--progress=rawjson',
    '/repo/web',
  ]);
});

describe('buildArguments passes', () => {
  test.each<{ name: string; options: Partial<BuildRequest>; expected: readonly string[] }>([
    { name: 'a target', options: { target: 'runtime' }, expected: ['--target=runtime'] },
    {
      name: 'platforms',
      options: { platforms: [amd64, arm64] },
      expected: ['--platform=linux/amd64,linux/arm64'],
    },
    {
      name: 'a build arg',
      options: { args: new Map([['A', 'b=c,"d"']]) },
      expected: ['--build-arg=A=b=c,"d"'],
    },
    {
      name: 'a build arg of the environment, by its name alone',
      options: { argNames: ['HTTPS_PROXY'] },
      expected: ['--build-arg=HTTPS_PROXY'],
    },
    {
      name: 'a named context',
      options: { contexts: new Map([['alpine', 'docker-image://host/alpine']]) },
      expected: ['--build-context=alpine=docker-image://host/alpine'],
    },
    {
      name: 'a secret of the environment, by its name alone',
      options: { secrets: new Map([['npm', { env: 'NPM_TOKEN' }]]) },
      expected: ['--secret=id=npm,type=env,env=NPM_TOKEN'],
    },
    {
      name: 'a secret of a file with a comma',
      options: { secrets: new Map([['npm', { file: '/repo/a,b' }]]) },
      expected: ['--secret=id=npm,type=file,"src=/repo/a,b"'],
    },
    { name: 'the SSH agent', options: { ssh: [{ id: 'default', keys: [] }] }, expected: ['--ssh=default'] },
    {
      name: 'SSH keys',
      options: { ssh: [{ id: 'deploy', keys: ['/a', '/b'] }] },
      expected: ['--ssh=deploy=/a,/b'],
    },
    { name: 'a label', options: { labels: new Map([['team', 'a b']]) }, expected: ['--label=team=a b'] },
    {
      name: 'an annotation of a manifest',
      options: { annotations: new Map([['a', 'b']]) },
      expected: ['--annotation=manifest:a=b'],
    },
    { name: 'pull: true', options: { pull: true }, expected: ['--pull'] },
    { name: 'no-cache: true', options: { noCache: true }, expected: ['--no-cache'] },
    {
      name: 'the stages to build without cache',
      options: { noCache: ['deps', 'build'] },
      expected: ['--no-cache-filter=deps,build'],
    },
    { name: 'a network', options: { network: 'none' }, expected: ['--network=none'] },
    {
      name: 'a host entry',
      options: { addHosts: new Map([['db', '::1']]) },
      expected: ['--add-host=db=::1'],
    },
    { name: 'the size of /dev/shm', options: { shmSize: 65536 }, expected: ['--shm-size=65536'] },
    {
      name: 'a ulimit',
      options: { ulimits: new Map([['nofile', { soft: 1024, hard: -1 }]]) },
      expected: ['--ulimit=nofile=1024:-1'],
    },
  ])('$name', ({ options, expected }) => {
    const added = buildArguments({ ...plain, ...options }).filter(
      (arg) => !buildArguments(plain).includes(arg),
    );
    expect(added).toEqual(expected);
  });

  test('annotations of several platforms, for the index', () => {
    const options = { platforms: [amd64, arm64], annotations: new Map([['a', 'b']]) };
    expect(buildArguments({ ...plain, ...options })).toContain('--annotation=index:a=b');
  });

  test('attestations', () => {
    const args = buildArguments({ ...plain, provenance: 'max', sbom: { generator: 'host/scanner:1' } });
    expect(args).toContain('--attest=type=provenance,mode=max,version=v1');
    expect(args).toContain('--attest=type=sbom,generator=host/scanner:1');
    const run = 'https://github.com/acme/payroll/actions/runs/41';
    expect(buildArguments({ ...plain, provenance: 'min', run })).toContain(
      `--attest=type=provenance,mode=min,version=v1,builder-id=${run}`,
    );
    expect(buildArguments({ ...plain, sbom: {} })).toContain('--attest=type=sbom');
  });

  test('the compression of layers', () => {
    const compression = { type: 'zstd', level: 3, force: true };
    expect(buildArguments({ ...plain, compression })).toContain(
      '--output=type=oci,tar=false,rewrite-timestamp=true,name=payroll/web,compression=zstd,compression-level=3,force-compression=true,dest=/tmp/out',
    );
  });

  test.each<{ cache: NonNullable<BuildRequest['cache']>; from: string; to: string }>([
    {
      cache: { type: 'gha', scope: 'web', mode: 'max' },
      from: 'type=gha,scope=web',
      to: 'type=gha,scope=web,mode=max,ignore-error=true',
    },
    {
      cache: { type: 'registry', reference: 'host/web-cache:layers', mode: 'min' },
      from: 'type=registry,ref=host/web-cache:layers',
      to: 'type=registry,ref=host/web-cache:layers,image-manifest=true,oci-mediatypes=true,mode=min,ignore-error=true',
    },
    {
      cache: { type: 'local', path: '/cache/web', mode: 'max' },
      from: 'type=local,src=/cache/web',
      to: 'type=local,dest=/cache/web,mode=max,ignore-error=true',
    },
  ])('a $cache.type cache', ({ cache, from, to }) => {
    const args = buildArguments({ ...plain, platforms: [], cache });
    expect(args).toContain(`--cache-from=${from}`);
    expect(args).toContain(`--cache-to=${to}`);
  });

  test.each<NonNullable<BuildRequest['cache']>>([
    { type: 'gha', scope: 'web', mode: 'max', request: {} },
    { type: 'registry', reference: 'host/web-cache:layers', mode: 'max', request: {} },
    { type: 'registry', reference: 'host/web-cache:layers', mode: 'max', request: { scope: 'pr-7' } },
    { type: 'local', path: '/cache/web', mode: 'max', request: { scope: 'pr-7' } },
  ])('a $type cache of a pull request read-only', (cache) => {
    const args = buildArguments({ ...plain, platforms: [], cache }).filter((arg) =>
      arg.startsWith('--cache-'),
    );
    expect(args).toEqual([expect.stringMatching(`^--cache-from=type=${cache.type},`)]);
  });

  test('a gha cache of a pull request with its own scope in addition to the branch’s scope', () => {
    const cache = { type: 'gha', scope: 'web', mode: 'max', request: { scope: 'pr-7' } } as const;
    const args = buildArguments({ ...plain, platforms: [amd64], cache });
    expect(args.filter((arg) => arg.startsWith('--cache-'))).toEqual([
      '--cache-from=type=gha,scope=web-linux-amd64',
      '--cache-from=type=gha,scope=web@pr-7-linux-amd64',
      '--cache-to=type=gha,scope=web@pr-7-linux-amd64,mode=max,ignore-error=true',
    ]);
  });

  test.each<{ cache: NonNullable<BuildRequest['cache']>; one: string; both: string }>([
    {
      cache: { type: 'gha', scope: 'web', mode: 'max' },
      one: 'type=gha,scope=web-linux-arm64',
      both: 'type=gha,scope=web-linux-amd64_linux-arm64',
    },
    {
      cache: { type: 'registry', reference: 'host/web-cache:layers', mode: 'max' },
      one: 'type=registry,ref=host/web-cache:layers-linux-arm64',
      both: 'type=registry,ref=host/web-cache:layers-linux-amd64_linux-arm64',
    },
    {
      cache: { type: 'local', path: '/cache/web', mode: 'max' },
      one: 'type=local,src=/cache/web-linux-arm64',
      both: 'type=local,src=/cache/web-linux-amd64_linux-arm64',
    },
  ])('a separate $cache.type cache for each set of platforms', ({ cache, one, both }) => {
    expect(buildArguments({ ...plain, cache, platforms: [arm64] })).toContain(`--cache-from=${one}`);
    expect(buildArguments({ ...plain, cache, platforms: [amd64, arm64] })).toContain(`--cache-from=${both}`);
  });
});
