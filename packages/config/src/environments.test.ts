import { describe, expect, test } from '@jest/globals';
import { problemsOf, read } from './harness/towpath-yaml.ts';

describe('environments', () => {
  const withEnvironments = (...lines: readonly string[]) =>
    problemsOf(['images: { web: {} }', 'environments:', ...lines.map((line) => `  ${line}`)].join('\n'));

  test.each([
    {
      name: 'a missing environment',
      lines: ['dev: { from: build }', 'test: { from: dve }'],
      expected: ['4:11 environments.test.from is "dve", which does not exist. Did you mean dev?'],
    },
    {
      name: 'an environment below it',
      lines: ['dev: { from: prod }', 'prod: { from: build }'],
      expected: ['3:10 environments.dev.from is "prod", which is not above it in the file. Valid: build.'],
    },
    {
      name: 'itself',
      lines: ['dev: { from: dev }'],
      expected: ['3:10 environments.dev.from is "dev", which is not above it in the file. Valid: build.'],
    },
    {
      name: 'nothing, in addition to another error',
      lines: ['dev: {}', 'test: { from: 7 }', 'prod: { from: tst, gat: {} }', 'live: nothing'],
      expected: [
        '3:3 environments.dev.from is missing.',
        '4:11 environments.test.from must be a text or a list, not a number.',
        '5:11 environments.prod.from is "tst", which does not exist. Did you mean test?',
        '5:22 environments.prod has no key "gat". Did you mean gate?',
        '6:3 environments.live must be a map, not a text.',
      ],
    },
  ])('reports $name as the source of an environment', ({ lines, expected }) => {
    expect(withEnvironments(...lines)).toEqual(expected);
  });

  test.each([
    {
      name: 'several sources, of which one does not exist',
      lines: ['dev: { from: build }', 'prod: { from: [dev, hotfx] }', 'hotfix: { from: build }'],
      expected: ['4:23 environments.prod.from[1] is "hotfx", which does not exist. Did you mean hotfix?'],
    },
    {
      name: 'an empty list of sources',
      lines: ['dev: { from: [] }'],
      expected: ['3:10 environments.dev.from may not be empty.'],
    },
    {
      name: 'a soak without a unit',
      lines: ['dev: { from: build, soak: "24" }'],
      expected: ['3:23 environments.dev.soak must be a duration such as 12h or 7d, not "24".'],
    },
    {
      name: 'a gate that is neither off nor a policy',
      lines: ['dev: { from: build, gate: of }'],
      expected: ['3:23 environments.dev.gate is "of". Did you mean off?'],
    },
    {
      name: 'an unknown way into the registry',
      lines: ['dev: { from: build, via: replicate }'],
      expected: ['3:23 environments.dev.via is "replicate". Did you mean replication?'],
    },
    {
      name: 'a wrong key in a gate',
      lines: ['dev: { from: build, gate: { fail: high } }'],
      expected: [
        expect.stringMatching(
          /^3:31 environments\.dev\.gate has no key "fail"\. Valid: policy, fail-on, max, /,
        ),
      ],
    },
    ...['x.intent', 'prod.1.attempt', 'prod.1'].map((name) => ({
      name: `the name ${name}, because the ledger has such tags for other documents`,
      lines: [`${name}: { from: build }`],
      expected: [
        `3:3 environments."${name}" must not end with .intent, .attempt or a number after a dot: the ledger uses such tags.`,
      ],
    })),
  ])('reports $name', ({ lines, expected }) => {
    expect(withEnvironments(...lines)).toEqual(expected);
  });

  test('rejects the name build, which means the images that publish pushed', () => {
    expect(withEnvironments('build: { from: build }')).toEqual([
      '3:3 environments.build is what publish leaves, not an environment.',
    ]);
  });

  test('rejects names that are numbers, because their order would be lost', () => {
    const rule =
      'must be lower-case letters and digits, with single . _ - between them, and start with a letter.';
    expect(withEnvironments('dev: { from: build }', '2: { from: dev }')).toEqual([
      `4:3 environments.2 ${rule}`,
    ]);
  });

  test.each([
    { template: '{repository}-{environment}', expected: [] },
    { template: 'live/{image}', expected: [] },
    {
      template: '{repo}/{imag}',
      expected: [
        '3:23 environments.dev.repository has {repo}. Valid: repository, environment, image.',
        '3:23 environments.dev.repository has {imag}. Did you mean image?',
      ],
    },
    {
      template: '{repository}:x',
      expected: [
        '3:23 environments.dev.repository must be a template for the name of an ECR repository, not "{repository}:x".',
      ],
    },
  ])('rejects the repository template $template: $expected', ({ template, expected }) => {
    expect(withEnvironments(`dev: { from: build, repository: "${template}" }`)).toEqual(expected);
  });
});

describe('an environment', () => {
  const environment = (text: string) =>
    read(`images: { web: {} }\nenvironments: { a: { from: build }, b: { ${text} } }`).environments[1];

  test.each([
    { text: 'from: a', expected: { from: ['a'], gate: undefined } },
    { text: 'from: [a, build, a]', expected: { from: ['a', 'build'] } },
    { text: 'from: a, soak: 24h', expected: { soak: 86_400_000 } },
    { text: 'from: a, via: replication', expected: { via: 'replication' } },
    { text: 'from: a, gate: off', expected: { gate: 'off' } },
    { text: 'from: a, gate: { fail-on: high }', expected: { gate: { failOn: 'high' } } },
  ])('is read from { $text }', ({ text, expected }) => {
    expect(environment(text)).toMatchObject(expected);
  });
});
