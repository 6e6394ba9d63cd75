import { describe, expect, test } from '@jest/globals';
import { PublicRegistry } from '@towpath/stage';
import { scenario, type Ending, type Play, type Scenario } from '@towpath/testing';
import { promote } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: { platforms: [linux/amd64, linux/arm64] }
environments:
  dev: { from: build }
  test: { from: dev }
  prod: { from: test, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com }
`;

/** Creates a team that has published 1.0.0 and has repositories in both accounts. */
async function team(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['payroll/backend', 'payroll/web']) {
    await scene.shared.createRepository(name);
    await scene.prod.createRepository(name);
    await scene.prod.admit(scene.shared, name);
  }
  await scene.publish('payroll/backend', 'build-1.0.0', { name: 'backend' });
  await scene.publish('payroll/web', 'build-1.0.0', {
    name: 'web',
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  return scene;
}

function promoting(scene: Scenario, target: string, play: Partial<Play> = {}): Promise<Ending> {
  const { given, ...rest } = play;
  const files = { 'towpath.yaml': config };
  return scene.play(promote, {
    files,
    ...rest,
    given: { version: '1.0.0', 'target-environment': target, ...given },
  });
}

async function promoteAll(scene: Scenario, targets: readonly string[]): Promise<Ending[]> {
  const endings: Ending[] = [];
  for (const target of targets) endings.push(await promoting(scene, target));
  return endings;
}

function writes({ requests }: Ending): string[] {
  return requests
    .filter(({ operation, status }) => /PutImage|PUT (upload|manifest)/.test(operation) && status < 300)
    .map(({ operation }) => operation);
}

test('every environment gets the digest that was published, also in another account', async () => {
  const scene = await team();
  const endings = await promoteAll(scene, ['dev', 'test', 'prod']);
  expect(endings.map(({ green }) => green)).toEqual([true, true, true]);
  for (const name of ['payroll/backend', 'payroll/web']) {
    const published = await scene.shared.digestOf(name, 'build-1.0.0');
    expect(published).toBeDefined();
    expect(await scene.shared.digestOf(name, 'dev-1.0.0')).toBe(published);
    expect(await scene.shared.digestOf(name, 'test-1.0.0')).toBe(published);
    expect(await scene.prod.digestOf(name, 'prod-1.0.0')).toBe(published);
  }
});

test('within a repository only tags are written, and there is no login', async () => {
  const scene = await team();
  // The gate reads the account of the job, which needs a token.
  const files = { 'towpath.yaml': config.replace('{ from: build }', '{ from: build, gate: off }') };
  const ending = await promoting(scene, 'dev', { files });
  expect(writes(ending)).toEqual(['ecr:PutImage', 'ecr:PutImage']);
  expect(ending.requests.filter(({ plane }) => plane !== 'api')).toEqual([]);
  expect(ending.requests.map(({ operation }) => operation)).not.toContain('ecr:GetAuthorizationToken');
});

test('an index arrives in another account with every platform', async () => {
  const scene = await team();
  await promoteAll(scene, ['dev', 'test', 'prod']);
  const digests = await scene.prod.untaggedDigests('payroll/web');
  expect(digests).toHaveLength(2);
});

test.each(['nested', 'with-artifact'] as const)(
  'an index that is %s arrives in another account with every child',
  async (shape) => {
    const scene = await team();
    const repository = 'payroll/shaped';
    await scene.shared.createRepository(repository);
    await scene.prod.createRepository(repository);
    await scene.prod.admit(scene.shared, repository);
    const platforms = ['linux/amd64', 'linux/arm64'];
    await scene.publish(repository, 'test-1.0.0', { name: 'shaped', platforms, shape });
    const files = { 'towpath.yaml': config.replace('images:\n', 'images:\n  shaped: {}\n') };
    const ending = await promoting(scene, 'prod', { files, given: { only: 'shaped' } });
    expect(ending.codes).toEqual([]);
    expect(await scene.prod.digestOf(repository, 'prod-1.0.0')).toBe(
      await scene.shared.digestOf(repository, 'test-1.0.0'),
    );
    const children = await scene.shared.untaggedDigests(repository);
    expect(children).toHaveLength(3);
    expect((await scene.prod.untaggedDigests(repository)).toSorted()).toEqual(children.toSorted());
  },
);

test.each([
  ['is foreign', { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }],
  ['has a download URL', { urls: ['https://elsewhere.example/layer'] }],
])('an image with a layer that %s is not copied to another account', async (_, layer) => {
  const scene = await team();
  await scene.publish('payroll/web', 'test-1.0.0', { name: 'web', content: 'other', layer });
  const ending = await promoting(scene, 'prod', { given: { only: 'web' } });
  expect(ending.codes).toEqual(['image-unsupported']);
  expect(ending.annotations[0]?.message).toContain('Image web has layer sha256:');
  expect(await scene.prod.untaggedDigests('payroll/web')).toEqual([]);
});

test('promoting again writes nothing and reports it', async () => {
  const scene = await team();
  await promoting(scene, 'dev');
  const again = await promoting(scene, 'dev');
  expect(again.green).toBe(true);
  expect(writes(again)).toEqual([]);
  expect(again.summaries.join()).toContain('nothing was written');
});

test('a dry run writes nothing and prints what it would copy', async () => {
  const scene = await team();
  await promoteAll(scene, ['dev', 'test']);
  const ending = await promoting(scene, 'prod', { given: { 'dry-run': 'true' } });
  expect(writes(ending)).toEqual([]);
  expect(await scene.prod.tags('payroll/web')).toEqual([]);
  expect(ending.lines.join('\n')).toMatch(
    /copy 5 blobs .* and 3 manifests of web[^]*tag .*payroll\/web:prod-1\.0\.0/,
  );
  // Both images have a layer in common.
  expect(ending.lines.join('\n')).toMatch(
    /web.*0 of 5 blobs exist there; mounts 1 from the repositories of other images, or uploads .*; uploads 4, because no other repository .*; about 20 requests/,
  );
});

describe('the images of a version', () => {
  const withAnother = config.replace('images:\n', 'images:\n  added: {}\n');

  test.each([
    ['a repository', ['payroll/added']],
    ['no repository yet', []],
  ])(
    'exclude an image that was added to the configuration later, with %s, with a warning',
    async (_, made) => {
      const scene = await team();
      for (const name of made) await scene.shared.createRepository(name);
      const { green, annotations, outputs } = await promoting(scene, 'dev', {
        files: { 'towpath.yaml': withAnother },
      });
      expect(green).toBe(true);
      expect(annotations).toEqual([
        expect.objectContaining({ level: 'warning', message: expect.stringContaining('added') as unknown }),
      ]);
      expect(JSON.parse(outputs.images ?? '')).toHaveLength(2);
    },
  );

  test.each([
    ['a repository', ['payroll/added'], 'image-missing'],
    ['no repository yet', [], 'repository-missing'],
  ])('must include an image that the input only lists, with %s', async (_, made, code) => {
    const scene = await team();
    for (const name of made) await scene.shared.createRepository(name);
    const files = { 'towpath.yaml': withAnother };
    const { green, codes } = await promoting(scene, 'dev', { files, given: { only: 'added, web' } });
    expect(green).toBe(false);
    expect(codes).toEqual([code]);
    expect(await scene.shared.tags('payroll/web')).toEqual(['build-1.0.0']);
  });

  test('a version that was never published is an error for every image', async () => {
    const { green, codes } = await promoting(await team(), 'dev', { given: { version: '9.9.9' } });
    expect(green).toBe(false);
    expect(codes).toEqual(['image-missing', 'image-missing']);
  });
});

describe('the order of environments', () => {
  test('an environment cannot be skipped', async () => {
    const { green, codes, annotations } = await promoting(await team(), 'test');
    expect(green).toBe(false);
    expect(codes).toEqual(['image-missing', 'image-missing']);
    expect(annotations[0]?.message).toContain('Promote this version to dev first.');
  });

  test('a source other than the configured one is rejected', async () => {
    const { codes } = await promoting(await team(), 'prod', { given: { 'source-environment': 'dev' } });
    expect(codes).toEqual(['promotion-skips']);
  });

  test('an unknown environment is an error that suggests the nearest name', async () => {
    const { codes, annotations } = await promoting(await team(), 'prd');
    expect(codes).toEqual(['input-invalid']);
    expect(annotations[0]?.message).toContain('Did you mean prod?');
  });
});

test('an immutable tag that names a different image fails the run before anything is written', async () => {
  const scene = await team();
  await scene.publish('payroll/web', 'dev-1.0.0', { name: 'web', content: 'something else' });
  const ending = await promoting(scene, 'dev');
  expect(ending.codes).toEqual(['tag-conflict']);
  expect(writes(ending)).toEqual([]);
});

test('a role without access to the target is rejected, and nothing is tagged', async () => {
  const scene = await team();
  await promoteAll(scene, ['dev', 'test']);
  await scene.prod.admit(scene.prod, 'payroll/web');
  const ending = await promoting(scene, 'prod');
  expect(ending.codes).toEqual(['access-denied']);
  expect(await scene.prod.tags('payroll/backend')).toEqual([]);
});

test('an environment can have its own repository', async () => {
  const scene = await team();
  await scene.shared.createRepository('payroll/web-dev');
  const files = {
    'towpath.yaml': config.replace(
      'dev: { from: build }',
      `dev: { from: build, repository: '{repository}-{environment}', tags: ['{version}'] }`,
    ),
  };
  const dry = await promoting(scene, 'dev', { files, given: { 'image-name': 'web', 'dry-run': 'true' } });
  expect(dry.lines.join('\n')).toMatch(
    /web-dev \(0 of 5 blobs exist there; mounts 5 from 111122223333\S*\/payroll\/web, or uploads .*; about 8 requests\)/,
  );
  const { green } = await promoting(scene, 'dev', { files, given: { 'image-name': 'web' } });
  expect(green).toBe(true);
  expect(await scene.shared.digestOf('payroll/web-dev', '1.0.0')).toBe(
    await scene.shared.digestOf('payroll/web', 'build-1.0.0'),
  );
});

describe('a release', () => {
  const backend = { name: 'backend' };
  const web = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] };

  /** Creates a team whose ledger contains the release 2.0.0. */
  async function teamWithRelease(): Promise<Scenario> {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    await scene.release('2.0.0', 'payroll/towpath', {
      'payroll/backend': { ...backend, content: 'two' },
      'payroll/web': { ...web, content: 'two' },
    });
    return scene;
  }

  const given = { version: '2.0.0' };

  test('defines the images of the version: an image that was added later is not part of it', async () => {
    const scene = await teamWithRelease();
    const files = { 'towpath.yaml': config.replace('images:\n', 'images:\n  added: {}\n') };
    const { green, annotations } = await promoting(scene, 'dev', { files, given });
    expect(green).toBe(true);
    expect(annotations).toEqual([]);
    expect(await scene.shared.tags('payroll/web')).toContain('dev-2.0.0');
  });

  test('defines the images of the version: an image that was removed later is still part of it', async () => {
    const scene = await teamWithRelease();
    const files = { 'towpath.yaml': config.replace(/ {2}web.*\n/, '') };
    const { green, outputs } = await promoting(scene, 'dev', { files, given });
    expect(green).toBe(true);
    expect(JSON.parse(outputs.images ?? '')).toHaveLength(2);
    expect(await scene.shared.tags('payroll/web')).toContain('dev-2.0.0');
  });

  test('is promoted completely or not at all', async () => {
    const scene = await teamWithRelease();
    await promoting(scene, 'dev', { given: { ...given, only: 'web' } });
    const { codes } = await promoting(scene, 'test', { given });
    expect(codes).toEqual(['image-missing']);
    expect(await scene.shared.tags('payroll/web')).not.toContain('test-2.0.0');
  });

  test.each<{ readonly what: 'deleted' | 'archived'; readonly says: RegExp; readonly hint: RegExp }>([
    {
      what: 'deleted',
      says: /^Image web of release 2\.0\.0 was deleted: .*\/payroll\/web has no sha256:.*, which the ledger lists\./,
      hint: /Check who or which lifecycle policy deletes images of payroll\/web\. Then publish a new version/,
    },
    {
      what: 'archived',
      says: /^ECR does not return sha256:.* of payroll\/web in .*: The image is archived\./,
      hint: /If the image is archived, restore it\. Run: aws ecr update-image-storage-class .* --repository-name payroll\/web/,
    },
  ])('whose image was $what is an error with the next step', async ({ what, says, hint }) => {
    const scene = await teamWithRelease();
    await (what === 'deleted'
      ? scene.shared.deleteTags('payroll/web', 'build-2.0.0')
      : scene.shared.archive('payroll/web', 'build-2.0.0'));
    const { codes, annotations } = await promoting(scene, 'dev', { given });
    expect(codes).toEqual(['image-missing']);
    expect(annotations[0]?.message).toMatch(says);
    expect(annotations[0]?.message).toMatch(hint);
  });

  test('is what is promoted, whatever its tag names by now', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/backend', 'MUTABLE');
    await scene.shared.createRepository('payroll/towpath');
    const files = { 'towpath.yaml': config.replace(/ {2}web.*\n/, '') };
    await scene.release('2.0.0', 'payroll/towpath', { 'payroll/backend': backend });
    const released = await scene.shared.digestOf('payroll/backend', 'build-2.0.0');
    await scene.publish('payroll/backend', 'build-2.0.0', { ...backend, content: 'not released' });
    const { outputs } = await promoting(scene, 'dev', { files, given });
    expect(outputs.digest).toBe(released);
    await scene.publish('payroll/backend', 'dev-2.0.0', { ...backend, content: 'nor this' });
    const { codes, annotations } = await promoting(scene, 'test', { files, given });
    expect(codes).toEqual(['release-invalid']);
    expect(annotations[0]?.message).toContain('Someone moved the tag. Promote 2.0.0 to dev again.');
  });

  test('contains no image of another name', async () => {
    const scene = await teamWithRelease();
    const files = { 'towpath.yaml': config.replace('images:\n', 'images:\n  webb: {}\n') };
    const { codes, annotations } = await promoting(scene, 'dev', {
      files,
      given: { ...given, only: 'webb' },
    });
    expect(codes).toEqual(['image-missing']);
    expect(annotations[0]?.message).toContain('Did you mean web?');
  });

  test('is required if there is a ledger, unless images are named', async () => {
    const scene = await teamWithRelease();
    const refused = await promoting(scene, 'dev');
    expect(refused.codes).toEqual(['release-missing']);
    expect(refused.annotations[0]?.message).toMatch(/has no release 1\.0\.0.*/);
    expect(await scene.shared.tags('payroll/web')).not.toContain('dev-1.0.0');
    const { codes } = await promoting(scene, 'dev', { given: { only: 'backend, web' } });
    expect(codes).toEqual([]);
    expect(await scene.shared.tags('payroll/web')).toContain('dev-1.0.0');
  });

  test('under the tag of another version, or with a repository outside of the prefix, promotes nothing', async () => {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    await scene.shared.createRepository('secret/app');
    await scene.release('2.0.0', 'payroll/towpath', { 'secret/app': backend });
    const { codes } = await promoting(scene, 'dev', { given });
    expect(codes).toEqual(['release-invalid']);
    expect(await scene.shared.tags('secret/app')).toEqual(['build-2.0.0']);
  });

  test('in a mutable ledger promotes nothing, and neither does a ledger that the role may not read', async () => {
    const mutable = await team();
    await mutable.shared.createRepository('payroll/towpath', 'MUTABLE');
    expect((await promoting(mutable, 'dev')).codes).toEqual(['ledger-mutable']);
    const denied = await teamWithRelease();
    const Deny = { Sid: 'x', Effect: 'Deny', Principal: '*', Action: 'ecr:BatchGetImage' };
    await denied.shared.setPolicy('payroll/towpath', { Version: '2012-10-17', Statement: [Deny] });
    const ending = await promoting(denied, 'dev', { given });
    expect(ending.codes).toEqual(['access-denied']);
    expect(ending.annotations[0]?.message).toContain('ledger: off');
    const off = { 'towpath.yaml': `${config}ledger: off\n` };
    expect((await promoting(denied, 'dev', { given, files: off })).codes).toEqual([]);
  });

  test('of a similar version is suggested; otherwise the published versions are listed, without entries and attempts', async () => {
    const scene = await teamWithRelease();
    for (const version of ['nightly', 'weekly']) {
      const { annotations } = await promoting(scene, 'dev', { given: { version } });
      expect(annotations[0]?.message).toContain(
        `Published versions: 2.0.0. Publish all images of ${version} `,
      );
    }
    expect(await scene.shared.tags('payroll/towpath')).toContain('dev.0.attempt.1');
    const { codes, annotations } = await promoting(scene, 'dev', { given: { version: 'v2.0.0' } });
    expect(codes).toEqual(['release-missing']);
    expect(annotations[0]?.message).toContain('Did you mean 2.0.0?');
  });
});

describe('a version tag', () => {
  test('moves in a mutable repository only with move-version-tags', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/backend', 'MUTABLE');
    const files = { 'towpath.yaml': config.replace(/ {2}web.*\n/, '') };
    await scene.publish('payroll/backend', 'dev-1.0.0', { name: 'backend', content: 'another' });
    await scene.publish('payroll/backend', 'build-1.0.0', { name: 'backend' });
    const refused = await promoting(scene, 'dev', { files });
    expect(refused.codes).toEqual(['tag-conflict']);
    expect(refused.annotations[0]?.message).toContain('set move-version-tags: true');
    const moved = await promoting(scene, 'dev', { files, given: { 'move-version-tags': 'true' } });
    expect(moved.codes).toEqual([]);
    expect(await scene.shared.digestOf('payroll/backend', 'dev-1.0.0')).toBe(moved.outputs.digest);
  });
});

describe('an environment in Amazon ECR Public', () => {
  async function withPublicRegistry(): Promise<[Scenario, PublicRegistry, () => Promise<Ending>]> {
    const scene = await team();
    const registry = new PublicRegistry(scene.shared, scene.emulator.api, scene.emulator.ecrPublic);
    const files = {
      'towpath.yaml': config.replace('444455556666.dkr.ecr.us-east-1.amazonaws.com', registry.uri),
    };
    await promoteAll(scene, ['dev', 'test']);
    return [scene, registry, () => promoting(scene, 'prod', { files })];
  }

  test('gets the digest that was published', async () => {
    const [scene, registry, promoteThere] = await withPublicRegistry();
    for (const name of ['payroll/backend', 'payroll/web']) await registry.createRepository(name);
    expect((await promoteThere()).codes).toEqual([]);
    const digest = await scene.shared.digestOf('payroll/web', 'build-1.0.0');
    expect(await registry.tags('payroll/web')).toEqual({ 'prod-1.0.0': digest });
  });

  test('needs existing repositories', async () => {
    const [, , promoteThere] = await withPublicRegistry();
    expect((await promoteThere()).codes).toEqual(['repository-missing', 'repository-missing']);
  });
});
