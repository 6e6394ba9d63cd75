import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { aliasTargets, haveAliases, renderTags, renderVersionTag } from './render-tags.ts';
import { toTag } from './tag.ts';
import { ownTemplate, parseTemplates } from './template.ts';

const templates = (sources: readonly string[]) => sources.map(ownTemplate);

function render(sources: readonly string[], version: string, taken: readonly string[] = []) {
  return renderTags(templates(sources), { version, environment: 'dev' }, taken);
}

const moving = ['build-{version}', '{major}.{minor}', '{major}', 'latest'];

describe('alias tags', () => {
  test.each([
    { name: 'the first version', version: '1.4.0', taken: [], tags: ['1.4', '1', 'latest'] },
    { name: 'the highest version', version: '1.4.0', taken: ['build-1.3.9'], tags: ['1.4', '1', 'latest'] },
    {
      name: 'the same version again',
      version: '1.4.0',
      taken: ['build-1.4.0'],
      tags: ['1.4', '1', 'latest'],
    },
    {
      name: 'a patch of an older line',
      version: '1.3.10',
      taken: ['build-1.4.0', 'build-1.3.9'],
      tags: ['1.3'],
    },
    {
      name: 'a minor of an older major',
      version: '1.5.0',
      taken: ['build-2.0.0', 'build-1.4.0'],
      tags: ['1.5', '1'],
    },
    { name: 'an older patch', version: '1.4.1', taken: ['build-1.4.2'], tags: [] },
    {
      name: 'versions that sort differently as text',
      version: '1.10.0',
      taken: ['build-1.9.0'],
      tags: ['1.10', '1', 'latest'],
    },
    {
      name: 'a version below a release candidate only',
      version: '1.4.0',
      taken: ['build-1.5.0-rc.1'],
      tags: ['1.4', '1', 'latest'],
    },
    {
      name: 'tags that are not versions',
      version: '1.4.0',
      taken: ['9', '9.9', 'latest', '9.9.9', 'build-x'],
      tags: ['1.4', '1', 'latest'],
    },
    { name: 'a release candidate', version: '2.0.0-rc.1', taken: ['build-1.4.0'], tags: [] },
    { name: 'a commit', version: '6113728f27ae', taken: [], tags: [] },
  ])('of $name are $tags', ({ version, taken, tags }) => {
    expect(render(moving, version, taken).tags).toEqual([`build-${version}`, ...tags]);
  });

  test.each([
    { version: '1.4.1', reason: 'version 1.4.2 exists and is higher' },
    { version: '2.0.0-rc.1', reason: '2.0.0-rc.1 is not a stable version such as 1.4.0' },
  ])('report why they do not move to $version', ({ version, reason }) => {
    const { skipped } = render(['build-{version}', '{major}'], version, ['build-1.4.2']);
    expect(skipped).toEqual([{ template: '{major}', reason }]);
  });

  test('recognize a version whose tag had to be rewritten', () => {
    const fork = render(moving, '3.2.3+fork.1').tags;
    expect(fork).toEqual([`build-${toTag('3.2.3+fork.1')}`, '3.2', '3', 'latest']);
    expect(render(moving, '3.2.2', fork).tags).toEqual(['build-3.2.2']);
    expect(render(moving, '3.2.3', fork).skipped).toContainEqual({
      template: 'latest',
      reason: 'version 3.2.3+fork.1 exists and is higher',
    });
    expect(render(moving, '3.2.3+fork.2', fork).tags).toContain('latest');
    const candidate = render(moving, '3.3.0-rc.1+a-b').tags;
    expect(render(moving, '3.2.4', candidate).tags).toContain('latest');
  });

  test('ignore a hash that does not match a version', () => {
    const forged = ['build-9.0.0-fork.1-0123456789ab', `build-9.0.0-${'-'.repeat(60)}0123456789ab`];
    expect(render(moving, '1.4.0', forged).tags).toContain('latest');
  });

  test('move to no version if the existing versions are unknown', () => {
    const cannotTell = 'no other tag contains {version}, so higher versions cannot be found';
    for (const beside of ['{sha}', '{version:3}', '{version}-{sha}']) {
      expect(render([beside, 'latest'], '1.4.0').skipped).toContainEqual({
        template: 'latest',
        reason: cannotTell,
      });
    }
  });

  test('only consider versions of their own environment', () => {
    const sources = ['{environment}-{version}', '{environment}-{major}'];
    expect(render(sources, '1.4.0', ['prod-1.5.0']).tags).toEqual(['dev-1.4.0', 'dev-1']);
    expect(render(sources, '1.4.0', ['dev-1.5.0']).tags).toEqual(['dev-1.4.0']);
  });

  test('are distinguished from other tags', () => {
    expect(haveAliases(templates(moving))).toBe(true);
    expect(haveAliases(templates(['latest']))).toBe(true);
    expect(haveAliases(templates(['build-{version}', '{major}.{version}', 'stable', '{branch}']))).toBe(
      false,
    );
  });

  test('end at the highest version, in whatever order versions are published', () => {
    const part = fc.nat({ max: 12 });
    const version = fc.tuple(part, part, part).map((parts) => parts.join('.'));
    const key = (text: string) => text.split('.').reduce((sum, one) => sum * 100 + Number(one), 0);
    const highest = (versions: readonly string[]) => versions.reduce((a, b) => (key(a) > key(b) ? a : b));
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1, maxLength: 8 }), (versions) => {
        const repository = new Map<string, string>();
        for (const one of versions) {
          for (const tag of render(moving, one, [...repository.keys()]).tags) repository.set(tag, one);
        }
        expect(repository.get('latest')).toBe(highest(versions));
        for (const one of versions) {
          const [major = '', minor = ''] = one.split('.');
          expect(repository.get(major)).toBe(highest(versions.filter((v) => v.startsWith(`${major}.`))));
          expect(repository.get(`${major}.${minor}`)).toBe(
            highest(versions.filter((v) => v.startsWith(`${major}.${minor}.`))),
          );
        }
      }),
    );
  });
});

describe('the tags of a list of templates', () => {
  test('contain each tag once and list the missing facts', () => {
    expect(render(['{version}', '1.4.0', '{pr}-{run-id}'], '1.4.0')).toEqual({
      tags: ['1.4.0'],
      moving: ['1.4.0'],
      versioned: ['1.4.0'],
      outranked: [],
      skipped: [{ template: '{pr}-{run-id}', reason: 'pr, run-id is not known here' }],
    });
  });
});

describe('the tags that move with the next version', () => {
  test.each([
    { sources: ['{version}', 'latest', 'stable'], expected: ['latest', 'stable'] },
    { sources: ['{version}', '{environment}-{major}', '{branch}'], expected: ['dev-1', 'main'] },
    { sources: ['build-{version}', '{branch}-{sha}', '{pr}'], expected: [] },
  ])('of $sources are $expected', ({ sources, expected }) => {
    const facts = { version: '1.4.0', environment: 'dev', branch: 'main', sha: '6113728f' };
    expect(renderTags(templates(sources), facts, []).moving).toEqual(expected);
  });
});

describe('a version that is not a valid tag', () => {
  test('is rewritten once and is the same in all tags', () => {
    const sources = ['{version}', 'build-{version}', '{environment}-{version}'];
    const rewritten = toTag('1.4.0+b7');
    expect(render(sources, '1.4.0+b7').tags).toEqual([rewritten, `build-${rewritten}`, `dev-${rewritten}`]);
  });
});

describe('the tag for finding a version', () => {
  test.each([
    { sources: ['build-{version}'], tag: 'build-1.4.0' },
    {
      sources: ['latest', 'stable', '{sha}', '{version}-{sha}', '{environment}-{version}', '{version}'],
      tag: 'dev-1.4.0',
    },
    { sources: ['latest', '{sha}'], tag: undefined },
  ])('of $sources is $tag', ({ sources, tag }) => {
    expect(renderVersionTag(templates(sources), { version: '1.4.0', environment: 'dev' })).toBe(tag);
  });
});

describe('a preset', () => {
  const sourcesOf = (entry: string) => {
    const parsed = parseTemplates(entry);
    return 'wrong' in parsed ? parsed.wrong : parsed.templates.map(({ source }) => source);
  };

  test.each([
    { entry: 'preset:version', sources: ['build-{version}'] },
    { entry: 'preset:environment', sources: ['{environment}-{version}'] },
    { entry: 'preset:git', sources: ['gitsha_{sha}', 'gitbranch_{branch}', 'gitpr_{pr}'] },
    { entry: 'preset:commit', sources: ['{sha}-{timestamp}'] },
    { entry: 'preset:pipeline', sources: ['{execution-id}-{timestamp}', '{build-id}'] },
    { entry: 'preset:semver', sources: ['{version}', '{major}.{minor}', '{major}', 'latest'] },
    { entry: 'git', sources: ['git'] },
    { entry: '{version}', sources: ['{version}'] },
  ])('$entry contains $sources', ({ entry, sources }) => {
    expect(sourcesOf(entry)).toEqual(sources);
  });

  test.each([
    { entry: 'preset:gti', wrong: 'there is no preset "gti". Did you mean git?' },
    {
      entry: 'preset:',
      wrong: 'there is no preset "". Valid: version, environment, git, commit, pipeline, semver.',
    },
    {
      entry: 'preset:toString',
      wrong: 'there is no preset "toString". Valid: version, environment, git, commit, pipeline, semver.',
    },
  ])('rejects $entry', ({ entry, wrong }) => {
    expect(sourcesOf(entry)).toBe(wrong);
  });
});

describe('the target of an alias', () => {
  const targets = (version: string, taken: readonly string[]) =>
    Object.fromEntries(aliasTargets(templates(moving), { version, environment: 'dev' }, taken));

  test('is the tag of the highest version in its scope', () => {
    const taken = ['build-1.4.0', 'build-1.10.0', 'build-2.0.0', 'build-2.1.0-rc.1', 'latest', 'other-9.0.0'];
    expect(targets('1.4.0', taken)).toEqual({
      latest: 'build-2.0.0',
      '1': 'build-1.10.0',
      '1.4': 'build-1.4.0',
    });
  });

  test('is the rewritten tag if the version is not a valid tag', () => {
    const [fork = ''] = render(moving, '1.4.0+fork.1').tags;
    expect(targets('1.4.0', ['build-1.4.0', fork]).latest).toBe(fork);
  });

  test('is undefined for a version that is not stable', () => {
    expect(targets('1.4.0-rc.1', ['build-1.4.0'])).toEqual({});
  });
});
