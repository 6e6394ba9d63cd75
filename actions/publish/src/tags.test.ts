import { describe, expect, test } from '@jest/globals';
import { scenario, type Scenario } from '@towpath/testing';
import { backend, messagesOf, publishing, team, writes } from './harness/team.ts';

test('tags come from templates, and a tag with an unknown value is skipped with a notice', async () => {
  const scene = await team();
  const ending = await publishing(scene, {
    given: { only: 'backend', tags: 'build-{version}, {sha:12}, pr-{pr}' },
    env: { GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567' },
  });
  expect(await scene.shared.tags('payroll/backend')).toEqual(['0123456789ab', 'build-1.0.0']);
  expect(ending.annotations).toEqual([
    expect.objectContaining({ level: 'notice', message: expect.stringContaining('pr-{pr}') as unknown }),
  ]);
});

describe('a version tag', () => {
  const given = { only: 'backend', tags: '{version}, build-{version}-x, stable' };
  const changed = [{ ...backend, content: 'changed' }];

  async function published(
    mutability: 'MUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' = 'MUTABLE',
  ): Promise<Scenario> {
    const scene = await scenario();
    const except = mutability === 'MUTABLE' ? [] : ['stable'];
    await scene.shared.createRepository('payroll/backend', mutability, undefined, except);
    expect((await publishing(scene, { given })).codes).toEqual([]);
    return scene;
  }

  test('never moves, in a mutable repository neither', async () => {
    const ending = await publishing(await published(), { given, imageSet: changed });
    expect(ending.codes).toEqual(['tag-conflict', 'tag-conflict']);
    expect(messagesOf(ending)).toMatch(/build-1\.0\.0-x .* holds the version.*set move-version-tags: true/);
    expect(writes(ending)).toEqual([]);
  });

  test('moves with move-version-tags: true, with a line in the plan and a warning', async () => {
    const scene = await published();
    const moving = { ...given, 'move-version-tags': 'true' };
    const plan = await publishing(scene, { given: { ...moving, 'dry-run': 'true' }, imageSet: changed });
    expect(plan.lines.join('\n')).toMatch(/move .*payroll\/backend:1\.0\.0 /);
    const ending = await publishing(scene, { given: moving, imageSet: changed });
    expect(ending.codes).toEqual([]);
    for (const tag of ['1.0.0', 'build-1.0.0-x', 'stable'])
      expect(await scene.shared.digestOf('payroll/backend', tag)).toBe(ending.outputs.digest);
    expect(ending.annotations).toContainEqual({
      level: 'warning',
      message: expect.stringMatching(
        /^backend: tag 1\.0\.0 named sha256:\w+ before and was moved\.$/,
      ) as unknown,
    });
  });

  test('does not move with move-version-tags: true if the repository is immutable', async () => {
    const scene = await published('IMMUTABLE_WITH_EXCLUSION');
    const moving = { ...given, 'move-version-tags': 'true' };
    const ending = await publishing(scene, { given: moving, imageSet: changed });
    expect(ending.codes).toEqual(['tag-conflict', 'tag-conflict']);
    expect(messagesOf(ending)).not.toContain('move-version-tags');
  });
});

test('an alias moves to the highest stable version and stays if an older line gets a patch', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/backend', 'MUTABLE');
  const tags = 'build-{version}, {major}.{minor}, latest';
  for (const version of ['1.4.0', '2.0.0', '1.4.1']) {
    const { green } = await publishing(scene, {
      given: { only: 'backend', tags, version },
      imageSet: [{ ...backend, content: version }],
    });
    expect(green).toBe(true);
  }
  const digestOf = (tag: string) => scene.shared.digestOf('payroll/backend', tag);
  expect(await digestOf('latest')).toBe(await digestOf('build-2.0.0'));
  expect(await digestOf('1.4')).toBe(await digestOf('build-1.4.1'));
});

test('an alias that stays has a reason in the summary', async () => {
  const scene = await team();
  const { annotations } = await publishing(scene, {
    given: { only: 'backend', tags: 'build-{version}, latest', version: '2.0.0-rc.1' },
  });
  expect(annotations).toEqual([
    {
      level: 'notice',
      message: 'backend gets no tag from latest: 2.0.0-rc.1 is not a stable version such as 1.4.0.',
    },
  ]);
});

describe('a tag that moves with every version', () => {
  const given = { only: 'backend', tags: 'build-{version}, latest' };

  test('is rejected, also the first time, if the repository is immutable', async () => {
    const scene = await team();
    const ending = await publishing(scene, { given });
    expect(ending.codes).toEqual(['tag-conflict']);
    expect(ending.annotations[0]?.message).toContain(
      'aws ecr put-image-tag-mutability --registry-id 111122223333 --region us-east-1 --repository-name payroll/backend',
    );
    expect(writes(ending)).toEqual([]);
  });

  test('moves if the repository excludes it from immutability, after all new tags are set', async () => {
    const scene = await scenario();
    await scene.shared.createRepository(
      'payroll/backend',
      'IMMUTABLE_WITH_EXCLUSION',
      { scanOnPush: false },
      ['latest'],
    );
    await publishing(scene, { given });
    const next = await publishing(scene, {
      given: { ...given, version: '1.1.0', tags: 'latest, build-{version}' },
      imageSet: [{ ...backend, content: 'changed' }],
    });
    expect(next.green).toBe(true);
    expect(await scene.shared.tags('payroll/backend')).toEqual(['build-1.0.0', 'build-1.1.0', 'latest']);
    expect(await scene.shared.digestOf('payroll/backend', 'latest')).toBe(next.outputs.digest);
  });
});
