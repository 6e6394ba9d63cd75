import { describe, expect, test } from '@jest/globals';
import { plainBuildConfig, type BuildConfig } from './build-options.ts';
import { buildWith, problemsOf, read } from './harness/towpath-yaml.ts';

const cacheHost = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

describe('build options', () => {
  const dockerHub = {
    kind: 'private',
    account: '111122223333',
    region: 'us-east-1',
    host: cacheHost,
    prefix: 'dockerhub',
  } as const;

  test.each<{ yaml: string; expected: Partial<BuildConfig> }>([
    { yaml: 'proxy: off', expected: { proxy: 'off' } },
    { yaml: 'proxy: { persist: true }', expected: { proxy: 'persist' } },
    { yaml: 'cache: registry', expected: { cache: { type: 'registry', mode: 'max' } } },
    {
      yaml: `pull-through: { docker.io: ${cacheHost}/dockerhub, "mirror.test:5000": ${cacheHost}/mirror }`,
      expected: {
        pullThrough: new Map([
          ['docker.io', dockerHub],
          ['mirror.test:5000', { ...dockerHub, prefix: 'mirror' }],
        ]),
      },
    },
    {
      yaml: `pull-through: ${cacheHost}/cache`,
      expected: {
        pullThrough: new Map([
          ['docker.io', { ...dockerHub, prefix: 'cache/docker-hub' }],
          ['public.ecr.aws', { ...dockerHub, prefix: 'cache/ecr-public' }],
          ['quay.io', { ...dockerHub, prefix: 'cache/quay' }],
          ['registry.k8s.io', { ...dockerHub, prefix: 'cache/kubernetes' }],
          ['ghcr.io', { ...dockerHub, prefix: 'cache/github' }],
          ['registry.gitlab.com', { ...dockerHub, prefix: 'cache/gitlab' }],
        ]),
      },
    },
    { yaml: 'source-date-epoch: commit', expected: { sourceDateEpoch: 'commit' } },
    { yaml: 'source-date-epoch: now', expected: { sourceDateEpoch: 'now' } },
    { yaml: 'source-date-epoch: 0', expected: { sourceDateEpoch: 0 } },
    { yaml: 'attestations: index', expected: { attestations: 'index' } },
    { yaml: 'provenance: max', expected: { provenance: 'max' } },
    { yaml: 'sbom: true', expected: { sbom: {} } },
    { yaml: 'sbom: false', expected: { sbom: undefined } },
    { yaml: 'sbom: { generator: "acme/syft:1" }', expected: { sbom: { generator: 'acme/syft:1' } } },
    { yaml: 'reuse: { max-age: 7d }', expected: { reuse: { maxAge: 604_800_000 } } },
    { yaml: '# nothing', expected: {} },
  ])('$yaml', ({ yaml, expected }) => {
    expect(read(buildWith(yaml)).build).toEqual({ ...plainBuildConfig, ...expected });
  });

  test.each([
    { yaml: 'proxy: true', expected: ['2:1 proxy must be on or off or a map, not true or false.'] },
    {
      yaml: 'pull-through: docker.io',
      expected: [
        `2:1 pull-through must be an ECR registry and a prefix such as ${cacheHost}/docker-hub, not "docker.io".`,
      ],
    },
    {
      yaml: 'pull-through: { docker.io: ghcr.io/x, "a b": ghcr.io }',
      expected: [
        `2:17 pull-through."docker.io" must be an ECR registry and a prefix such as ${cacheHost}/docker-hub, not "ghcr.io/x".`,
        `2:39 pull-through."a b" must be an ECR registry and a prefix such as ${cacheHost}/docker-hub, not "ghcr.io".`,
        '2:39 pull-through."a b" must be the host of a registry such as docker.io.',
      ],
    },
    {
      yaml: 'source-date-epoch: comit',
      expected: ['2:1 source-date-epoch is "comit". Did you mean commit?'],
    },
    {
      yaml: 'source-date-epoch: yesterday',
      expected: ['2:1 source-date-epoch is "yesterday". Valid: commit, now, a number.'],
    },
    { yaml: 'source-date-epoch: -1', expected: ['2:1 source-date-epoch must be seconds since 1970.'] },
    {
      yaml: 'source-date-epoch: 1.5',
      expected: ['2:1 source-date-epoch must be commit or now or a whole number, not a number.'],
    },
    { yaml: 'attestations: referers', expected: ['2:1 attestations is "referers". Did you mean referrers?'] },
    { yaml: 'provenance: maximal', expected: ['2:1 provenance is "maximal". Valid: min, max, none.'] },
    { yaml: 'sbom: { generator: "" }', expected: ['2:9 sbom.generator may not be empty.'] },
    {
      yaml: 'reuse: { max-age: soon }',
      expected: ['2:10 reuse.max-age must be a duration such as 12h or 7d, not "soon".'],
    },
    { yaml: 'reuse: { max-age: 7 }', expected: ['2:10 reuse.max-age must be a text, not a number.'] },
    { yaml: 'reuse: {}', expected: ['2:1 reuse.max-age is missing.'] },
  ])('reports the error in $yaml', ({ yaml, expected }) => {
    expect(problemsOf(buildWith(yaml))).toEqual(expected);
  });
});
