import { describe, expect, test } from '@jest/globals';
import { plainBuild } from './build-options.ts';
import { problemsOf, read } from './harness/towpath-yaml.ts';

describe('towpath.yaml', () => {
  test('sets everything about images, environments and gates', () => {
    const config = read(`
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend:
    context: services/backend
    dockerfile: docker/Backend
    target: runtime
    platforms: [linux/amd64, linux/arm64/v8]
    repository: payroll-engine/backend
    args: { VERSION: 1.10, DEBUG: True, MODE: 0o17, PORT: 8080, EMPTY: "" }
    labels: { team: payroll }
tags: ["build-{version}", "{sha:12}"]
environments:
  dev: { from: build }
  prod:
    from: dev
    registry: ssm:/account/ecr/prod/registry
    repository: "{repository}-{environment}"
    tags: ["{version}"]
    gate: { fail-on: high }
gate: { fail-on: none }
`);
    expect(config).toMatchObject({
      file: 'towpath.yaml',
      registry: { kind: 'literal', registry: { account: '111122223333', prefix: 'payroll' } },
      tags: [{ source: 'build-{version}' }, { source: '{sha:12}' }],
      gate: { failOn: 'none' },
    });
    expect(config.images).toEqual([
      {
        name: 'backend',
        context: 'services/backend',
        dockerfile: 'docker/Backend',
        target: 'runtime',
        platforms: [
          { os: 'linux', architecture: 'amd64' },
          { os: 'linux', architecture: 'arm64' },
        ],
        repository: 'payroll-engine/backend',
        ...plainBuild,
        args: new Map([
          ['VERSION', '1.10'],
          ['DEBUG', 'True'],
          ['MODE', '0o17'],
          ['PORT', '8080'],
          ['EMPTY', ''],
        ]),
        labels: new Map([['team', 'payroll']]),
      },
    ]);
    expect(config.environments).toMatchObject([
      { name: 'dev', from: ['build'], tags: [{ source: '{environment}-{version}' }] },
      {
        name: 'prod',
        from: ['dev'],
        registry: { kind: 'parameter', name: '/account/ecr/prod/registry' },
        repository: '{repository}-{environment}',
        tags: [{ source: '{version}' }],
        gate: { failOn: 'high' },
      },
    ]);
    expect(config.environments[0]).not.toHaveProperty('gate.failOn');
  });

  test('only needs the name of an image', () => {
    expect(read('images: { web: {} }')).toMatchObject({
      registry: { kind: 'caller' },
      images: [{ name: 'web', context: '.', dockerfile: 'Dockerfile', platforms: [] }],
      tags: [{ source: 'build-{version}' }],
      environments: [
        { name: 'dev', from: ['build'] },
        { name: 'test', from: ['dev'] },
        { name: 'prod', from: ['test'] },
      ],
      gate: { failOn: 'critical' },
    });
  });

  test('resolves the Dockerfile of an image in its context', () => {
    expect(read('images: { web: { context: ./web/ } }').images[0]?.dockerfile).toBe('web/Dockerfile');
  });

  test('keeps the order of images and environments', () => {
    const { images, environments } = read(
      'images: { z: {}, a: {} }\nenvironments: { z: { from: build }, a: { from: z }, m: { from: build } }',
    );
    expect(images.map(({ name }) => name)).toEqual(['z', 'a']);
    expect(environments.map(({ name }) => name)).toEqual(['z', 'a', 'm']);
  });
});

describe('an error in towpath.yaml', () => {
  test.each([
    { name: 'an empty file', text: '', expected: ['1:1 The file is empty, but must be a map.'] },
    { name: 'a list', text: '- a', expected: ['1:1 The file must be a map, not a list.'] },
    { name: 'a text', text: 'a', expected: ['1:1 The file must be a map, not a text.'] },
    { name: 'no images', text: '{}', expected: ['1:1 images is missing.'] },
    { name: 'nothing as images', text: 'images:', expected: ['1:1 images is empty, but must be a map.'] },
    { name: 'no image', text: 'images: {}', expected: ['1:1 images must name an image.'] },
    {
      name: 'no image, but settings of repositories',
      text: 'images: {}\nrepositories: { tags: { a: b } }',
      expected: ['1:1 images must name an image.'],
    },
    {
      name: 'unknown keys, with suggestions',
      text: 'regstry: x\nimages:\n  web:\n    contxt: .\n    colour: red\n',
      expected: [
        '1:1 The file has no key "regstry". Did you mean registry?',
        '4:5 images.web has no key "contxt". Did you mean context?',
        '5:5 images.web has no key "colour". Valid: context, dockerfile, target, platforms, repository, args, contexts, secrets, ssh, labels, annotations, cache, pull, no-cache, network, add-hosts, shm-size, ulimits, compression, proxy, lambda.',
      ],
    },
    {
      name: 'names that are invalid at the end of a repository name',
      text: 'images:\n  Web: {}\n  a--b: {}\n  "": {}\n  a.b: {}\n',
      expected: [
        '2:3 images.Web must be lower-case letters and digits, with single . _ - between them.',
        '3:3 images.a--b must be lower-case letters and digits, with single . _ - between them.',
        '4:3 images."" must be lower-case letters and digits, with single . _ - between them.',
      ],
    },
    {
      name: 'values below an invalid name',
      text: 'images:\n  Backend: { contxt: x, args: { "": [] } }\nenvironments:\n  Dev: { from: build, tags: [] }\n  prod: { from: Dev, regstry: x }\n',
      expected: [
        '2:3 images.Backend must be lower-case letters and digits, with single . _ - between them.',
        '2:14 images.Backend has no key "contxt". Did you mean context?',
        '2:33 images.Backend.args."" must be a text, not a list.',
        '2:33 images.Backend.args."" must be a name such as VERSION.',
        '4:3 environments.Dev must be lower-case letters and digits, with single . _ - between them, and start with a letter.',
        '4:23 environments.Dev.tags may not be empty.',
        '5:22 environments.prod has no key "regstry". Did you mean registry?',
      ],
    },
    {
      name: 'wrong types',
      text: 'images: { web: { context: 3, target: [], platforms: linux/amd64, args: x } }\ntags: x\ngate: on',
      expected: [
        '1:18 images.web.context must be a text, not a number.',
        '1:30 images.web.target must be a text, not a list.',
        '1:42 images.web.platforms must be a list, not a text.',
        '1:66 images.web.args must be a map, not a text.',
        '2:1 tags must be a list, not a text.',
        '3:1 gate must be a map, not a text.',
      ],
    },
    {
      name: 'empty values',
      text: 'images: { web: { context: "", target: "", platforms: [] } }\ntags: []\nenvironments: {}',
      expected: [
        '1:18 images.web.context may not be empty.',
        '1:31 images.web.target may not be empty.',
        '1:43 images.web.platforms may not be empty.',
        '2:1 tags may not be empty.',
        '3:1 environments must name an environment.',
      ],
    },
    {
      name: 'values that are not texts',
      text: 'images: { web: { args: { A: , B: [1], C: { D: 1 } }, labels: { E: ~ } } }',
      expected: [
        '1:26 images.web.args.A must be a text, not an empty value.',
        '1:31 images.web.args.B must be a text, not a list.',
        '1:39 images.web.args.C must be a text, not a map.',
        '1:64 images.web.labels.E must be a text, not an empty value.',
      ],
    },
    {
      name: 'values that other tools evaluate',
      text: 'registry: !Ref Registry\nimages: { web: { target: { Fn::Sub: x }, args: !Sub x, labels: { A: !Foo x } }, job: !Ref Job }',
      expected: [
        '1:1 registry must be a text, not !Ref, which Towpath does not evaluate.',
        '2:18 images.web.target must be a text, not Fn::Sub, which Towpath does not evaluate.',
        '2:42 images.web.args must be a map, not !Sub, which Towpath does not evaluate.',
        '2:66 images.web.labels.A must be a text, not !Foo, which Towpath does not evaluate.',
        '2:81 images.job must be a map, not !Ref, which Towpath does not evaluate.',
      ],
    },
    {
      name: 'invalid platforms, repositories and registries',
      text: 'registry: ghcr.io/x\nimages: { web: { platforms: [linux/amd64, linux], repository: Payroll } }',
      expected: [
        '1:1 registry must be an ECR registry such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/prefix or public.ecr.aws/alias/prefix, or ssm:/name/of/a/parameter, not "ghcr.io/x". Towpath publishes to Amazon ECR only.',
        '2:43 images.web.platforms[1] must be a platform such as linux/amd64, not "linux".',
        '2:51 images.web.repository must be the full name of an ECR repository. Did you mean payroll?',
      ],
    },
    {
      name: 'unknown platforms, with suggestions',
      text: 'images: { web: { platforms: [linux/amd46, linux/aarhc64, amd64, windows/s390x, x] } }',
      expected: [
        '1:30 images.web.platforms[0] must be a platform such as linux/amd64, not "linux/amd46". Did you mean linux/amd64?',
        '1:43 images.web.platforms[1] must be a platform such as linux/amd64, not "linux/aarhc64". Did you mean linux/arm64?',
        '1:58 images.web.platforms[2] must be a platform such as linux/amd64, not "amd64". Did you mean linux/amd64?',
        '1:65 images.web.platforms[3] must be a platform such as linux/amd64, not "windows/s390x".',
        '1:80 images.web.platforms[4] must be a platform such as linux/amd64, not "x".',
      ],
    },
    {
      name: 'invalid tag templates',
      text: 'images: { web: {} }\ntags: ["{verison}", "a b", 1]',
      expected: [
        '2:8 tags[0] {verison} is not a fact. Did you mean version?',
        '2:21 tags[1] " " is not allowed in a tag. Allowed: letters, digits, _ . and -.',
        '2:28 tags[2] must be a text, not a number.',
      ],
    },
    {
      name: 'an unknown severity',
      text: 'images: { web: {} }\ngate: { fail-on: CRITCAL }',
      expected: ['2:9 gate.fail-on is "CRITCAL". Did you mean critical?'],
    },
    {
      name: 'a severity that is not a text',
      text: 'images: { web: {} }\ngate: { fail-on: [high] }',
      expected: [
        '2:9 gate.fail-on must be one of critical, high, medium, low, informational, undefined, none, not a list.',
      ],
    },
    {
      name: 'a gate that is off for all environments',
      text: 'images: { web: {} }\ngate: off',
      expected: ['2:1 gate must be a map, not a text.'],
    },
  ])('is reported with its position: $name', ({ text, expected }) => {
    expect(problemsOf(text)).toEqual(expected);
  });
});

test('lists each platform once, by its usual name', () => {
  const { images } = read(
    'images: { web: { platforms: [linux/arm64, linux/aarch64, linux/arm64/v8, linux/x86_64, linux/arm] } }',
  );
  expect(images[0]?.platforms).toEqual([
    { os: 'linux', architecture: 'arm64' },
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm', variant: 'v7' },
  ]);
});
