import { expect, test } from '@jest/globals';
import { read } from './harness/towpath-yaml.ts';
import { towpathKeys } from './keys.ts';
import { contradictions, repositoryProblems } from './repository-problems.ts';
import { protectionOf } from './repository-uses.ts';
import { parseYaml } from './yaml-file.ts';

const start = 'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll\nimages: { web: {} }\n';

function problemsIn(text: string): string[] {
  const yaml = parseYaml('towpath.yaml', start + text);
  if ('problems' in yaml) throw new Error('not YAML');
  return repositoryProblems(read(start + text), towpathKeys(yaml)).map(
    ({ message, hint = '', position }) =>
      `${position?.line ?? ''}:${position?.column ?? ''} ${message} ${hint}`,
  );
}

const prodAlone = 'prod: { from: build, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com }';

test.each<{ name: string; text: string; expected: string }>([
  {
    name: 'an immutable repository with a tag that moves',
    text: 'tags: ["build-{version}", latest]\nrepositories:\n  immutability: immutable\n',
    expected:
      '5:3 repositories.immutability makes the tag latest immutable, but it moves with every version and no pattern of except covers it. Write except: [latest].',
  },
  {
    name: 'an exclusion that covers only some of the tags',
    text: 'tags: [preset:git]\nrepositories:\n  except: [gitpr_*]\n',
    expected:
      '5:3 repositories.except makes the tag gitbranch_* immutable, but it moves with every version and no pattern of except covers it. Write except: [gitpr_*, gitbranch_*].',
  },
  {
    name: 'a mutable repository that excludes a tag that moves',
    text: 'tags: [latest]\nrepositories:\n  immutability: mutable\n  except: [latest]\n',
    expected:
      '6:3 repositories.except makes the tag latest immutable, but it moves with every version. Remove the pattern for latest from except.',
  },
  {
    name: 'a preset that would expire the tags of an environment',
    text: 'repositories:\n  lifecycle:\n    expire:\n      prod-: 7d\n',
    expected:
      '6:7 repositories.lifecycle.expire.prod- would expire prod-*, a tag of prod, which is protected. Remove it, or use a longer prefix. ',
  },
  {
    name: 'the same in the settings of an image',
    text: 'repositories:\n  images:\n    web: { lifecycle: { expire: { prod-: 7d } } }\n',
    expected:
      '5:35 repositories.images.web.lifecycle.expire.prod- would expire prod-*, a tag of prod, which is protected. Remove it, or use a longer prefix. ',
  },
  {
    name: 'settings of an unknown image',
    text: 'repositories:\n  images: { wep: {} }\n',
    expected: '4:13 repositories.images.wep is not in this configuration. Did you mean web?',
  },
  {
    name: 'the lifecycle of an unknown environment',
    text: 'repositories: { lifecycle: { keep: 1, environments: { prd: 5 } } }\n',
    expected: '3:55 repositories.lifecycle.environments.prd is not in this configuration. Did you mean prod?',
  },
  {
    name: 'settings of an environment that shares its repositories',
    text: 'repositories: { environments: { test: { scan-on-push: false } } }\n',
    expected:
      '3:33 repositories.environments.test has no effect: test uses the same repositories as publish. Write the settings directly under repositories, or give test its own registry or repository.',
  },
])('$name is a contradiction', ({ text, expected }) => {
  expect(problemsIn(text)).toEqual([expected]);
});

test.each<{ name: string; text: string }>([
  { name: 'the defaults', text: '' },
  { name: 'an excluded tag that moves', text: 'tags: [latest]\nrepositories: { except: [lat*] }\n' },
  {
    name: 'settings of an environment with its own registry',
    text: `environments: { ${prodAlone} }\nrepositories: { environments: { prod: { scan-on-push: false } } }\n`,
  },
  {
    name: 'keep in the registry of an environment',
    text: `environments: { ${prodAlone} }\nrepositories: { lifecycle: { keep: 5 } }\n`,
  },
])('$name are fine', ({ text }) => {
  expect(problemsIn(text)).toEqual([]);
});

test('all contradictions are reported at once', () => {
  const text =
    'tags: [latest]\nrepositories: { immutability: immutable, lifecycle: { keep: 3, expire: { test-: 7d } }, images: { x: {} } }\n';
  expect(problemsIn(text)).toHaveLength(4);
});

test('the default immutability contradicts tags that move only in new repositories', () => {
  const text = 'tags: [latest]\n';
  expect(problemsIn(text)).toEqual([]);
  const config = read(start + text);
  const [image] = config.images;
  if (image === undefined) throw new Error('no image');
  expect(contradictions(config, { image, isPublished: true, environments: [] })).toHaveLength(1);
});

test('the protection of a repository follows from the tags', () => {
  const config = read(
    `${start}tags: [preset:semver]\nreuse: { max-age: 36h }\nenvironments: { dev: { from: build, tags: ["{environment}-{version}", "{environment}"] } }\n`,
  );
  const [image] = config.images;
  if (image === undefined) throw new Error('no image');
  const { environments } = config;
  expect(protectionOf(config, { image, isPublished: true, environments })).toEqual({
    environments: [{ name: 'dev', from: ['build'], patterns: ['dev-*'], moving: ['dev'] }],
    moving: ['*.*', ...Array.from('0123456789'), 'latest'],
    versions: ['*.*.*'],
    reuseDays: 2,
  });
});

test('tags of branches and pull requests are not protected', () => {
  const config = read(`${start}tags: ["build-{version}", preset:git]\n`);
  const [image] = config.images;
  if (image === undefined) throw new Error('no image');
  expect(protectionOf(config, { image, isPublished: true, environments: [] })).toEqual({
    environments: [],
    moving: [],
    versions: ['build-*'],
  });
});
