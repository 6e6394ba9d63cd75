import { describe, expect, test } from '@jest/globals';
import {
  makeImageSet,
  scenario,
  temporaryFolder,
  type Ending,
  type ImageDraft,
  type Play,
  type Scenario,
} from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish } from './action.ts';

const backend: ImageDraft = { name: 'backend' };
const web: ImageDraft = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] };

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: { platforms: [linux/amd64, linux/arm64] }
`;

/** A team with two repositories. */
async function team(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['payroll/backend', 'payroll/web']) await scene.shared.createRepository(name);
  return scene;
}

function publishing(scene: Scenario, play: Partial<Play> = {}): Promise<Ending> {
  const { given, ...rest } = play;
  const files = { 'towpath.yaml': config };
  return scene.play(publish, {
    files,
    imageSet: [backend, web],
    ...rest,
    given: { version: '1.0.0', ...given },
  });
}

/** What was written, in its order. */
function writes({ requests }: Ending): string[] {
  return requests
    .filter(({ operation, status }) => /PutImage|PUT (upload|manifest)/.test(operation) && status < 300)
    .map(({ operation, repository }) => `${operation} ${repository ?? ''}`);
}

/** The artifact types of what says something about the platforms of web. */
async function referrersOfWeb({ shared }: Scenario): Promise<readonly string[]> {
  const digests = await shared.untaggedDigests('payroll/web');
  return (await Promise.all(digests.map((digest) => shared.referrers('payroll/web', digest)))).flat();
}

test('the set arrives byte for byte, under the tag of the version', async () => {
  const scene = await team();
  const { green, outputs } = await publishing(scene);
  expect(green).toBe(true);
  const images = JSON.parse(outputs.images ?? '') as { name: string; digest: string; tags: string[] }[];
  expect(images.map(({ name, tags }) => [name, tags])).toEqual([
    ['backend', ['build-1.0.0']],
    ['web', ['build-1.0.0']],
  ]);
  for (const { name, digest } of images) {
    expect(await scene.shared.digestOf(`payroll/${name}`, 'build-1.0.0')).toBe(digest);
  }
});

test('no tag is set before the content of the whole set is in place', async () => {
  const ending = await publishing(await team());
  const tags = writes(ending).map((write) => write.startsWith('ecr:PutImage'));
  expect(tags.indexOf(true)).toBe(tags.lastIndexOf(false) + 1);
  expect(tags.filter(Boolean)).toHaveLength(2);
});

test('publishing again writes nothing, and says so', async () => {
  const scene = await team();
  await publishing(scene);
  const again = await publishing(scene);
  expect(again.green).toBe(true);
  expect(writes(again)).toEqual([]);
  expect(again.summaries.join()).toContain('nothing was written');
});

test('a dry run writes nothing, and prints every upload and every tag', async () => {
  const scene = await team();
  const ending = await publishing(scene, { given: { 'dry-run': 'true' } });
  expect(writes(ending)).toEqual([]);
  expect(await scene.shared.tags('payroll/web')).toEqual([]);
  expect(ending.lines.join('\n')).toMatch(/upload 3 blobs .* of backend[^]*tag .*payroll\/web:build-1\.0\.0/);
});

test('one image can be published alone, and its outputs are plain', async () => {
  const scene = await team();
  const { green, outputs } = await publishing(scene, { given: { only: 'backend' } });
  expect(green).toBe(true);
  expect(outputs).toMatchObject({
    repository: 'payroll/backend',
    registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
    tags: 'build-1.0.0',
    image: `111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/backend@${outputs.digest ?? ''}`,
  });
  expect(await scene.shared.tags('payroll/web')).toEqual([]);
});

describe('an immutable tag', () => {
  test('that names an image of other sources stops everything before anything is written', async () => {
    const scene = await team();
    await publishing(scene);
    const other = await publishing(scene, {
      imageSet: [
        { ...backend, content: 'changed' },
        { ...web, content: 'changed too' },
      ],
    });
    expect(other.green).toBe(false);
    expect(other.codes).toEqual(['tag-conflict', 'tag-conflict']);
    expect(writes(other)).toEqual([]);
  });

  test('that names another build of the same sources is adopted', async () => {
    const scene = await team();
    const first = await publishing(scene, {
      imageSet: [{ ...backend, content: 'first build', sources: 'same' }, web],
    });
    const rebuilt = await publishing(scene, {
      imageSet: [{ ...backend, content: 'second build', sources: 'same' }, web],
    });
    expect(rebuilt.green).toBe(true);
    expect(writes(rebuilt)).toEqual([]);
    expect(rebuilt.outputs.images).toBe(first.outputs.images);
    expect(rebuilt.annotations).toContainEqual(expect.objectContaining({ level: 'notice' }));
  });
});

test('a mutable tag moves, with a warning', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/backend', 'MUTABLE');
  const given = { only: 'backend' };
  await publishing(scene, { given });
  const moved = await publishing(scene, { given, imageSet: [{ ...backend, content: 'changed' }] });
  expect(moved.green).toBe(true);
  expect(await scene.shared.digestOf('payroll/backend', 'build-1.0.0')).toBe(moved.outputs.digest);
  expect(moved.annotations).toContainEqual(expect.objectContaining({ level: 'warning' }));
});

test('tags come from templates, and one whose fact is unknown is left out with a notice', async () => {
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

test('the version is read where it is, and its source is told', async () => {
  const scene = await team();
  const { lines, outputs } = await publishing(scene, {
    files: { 'towpath.yaml': config, 'package.json': '{ "version": "1.4.0" }' },
    given: { only: 'backend', version: 'auto' },
  });
  expect(lines).toContain('Version: 1.4.0 (from package.json)');
  expect(outputs.version).toBe('1.4.0');
  expect(await scene.shared.tags('payroll/backend')).toEqual(['build-1.4.0']);
});

test('an alias moves to the highest stable version, and stays when an older line is mended', async () => {
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

test('an alias that stays says why', async () => {
  const scene = await team();
  const { annotations } = await publishing(scene, {
    given: { only: 'backend', tags: 'build-{version}, latest', version: '2.0.0-rc.1' },
  });
  expect(annotations).toEqual([
    {
      level: 'notice',
      message: 'backend gets no tag from latest: 2.0.0-rc.1 is no stable version such as 1.4.0.',
    },
  ]);
});

test('the registry is read from SSM, where the configuration or the SAM template says so', async () => {
  const scene = await team();
  await scene.shared.putParameter('/account/ecr/main/registry', `${scene.shared.host}/payroll`);
  const template = `
Parameters:
  RepositoryPrefix: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /account/ecr/main/registry }
Mappings:
  ImageBuildConfiguration:
    Service: { imageName: backend, buildContext: ., dockerfile: Dockerfile, platform: linux/amd64 }
Resources:
  Task: { Properties: { Image: !Join [':', [!Ref RepositoryPrefix, !Sub '\${Environment}']] } }
`;
  const { green } = await scene.play(publish, {
    files: { 'template.yaml': template },
    given: { version: '2.0.0' },
    imageSet: [backend],
  });
  expect(green).toBe(true);
  expect(await scene.shared.tags('payroll/backend')).toEqual(['build-2.0.0']);
});

test('without a registry anywhere the repository is in the registry of the caller', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('backend');
  const { green } = await scene.play(publish, {
    files: { 'towpath.yaml': 'images: { backend: {} }' },
    given: { version: '1.0.0' },
    imageSet: [backend],
  });
  expect(green).toBe(true);
  expect(await scene.shared.tags('backend')).toEqual(['build-1.0.0']);
});

describe('what the user can mend ends with one code, and nothing is tagged', () => {
  const cases: { name: string; play: Partial<Play>; codes: string[]; hint: RegExp }[] = [
    {
      name: 'no image set',
      play: { imageSet: undefined },
      codes: ['image-set-missing'],
      hint: /Run build before/,
    },
    {
      name: 'an image that was not built',
      play: { imageSet: [backend] },
      codes: ['image-set-invalid'],
      hint: /Build it too/,
    },
    {
      name: 'an unknown image',
      play: { given: { only: 'bakend' } },
      codes: ['input-invalid'],
      hint: /Did you mean backend/,
    },
    {
      name: 'an unknown input',
      play: { given: { verson: '1' } },
      codes: ['input-invalid'],
      hint: /Did you mean version/,
    },
    {
      name: 'a wrong registry',
      play: { given: { registry: 'ghcr.io/x' } },
      codes: ['input-invalid'],
      hint: /an ECR registry such as/,
    },
    {
      name: 'a wrong template',
      play: { given: { tags: '{versio}' } },
      codes: ['input-invalid'],
      hint: /version/,
    },
    {
      name: 'a missing repository',
      play: { files: { 'towpath.yaml': config.replace('/payroll', '/nowhere') } },
      codes: ['repository-missing', 'repository-missing'],
      hint: /Create it first/,
    },
    {
      name: 'a missing parameter',
      play: { files: { 'towpath.yaml': config.replace(/registry: .*/, 'registry: ssm:/nowhere') } },
      codes: ['parameter-missing'],
      hint: /Create the parameter/,
    },
    {
      name: 'credentials that AWS does not know',
      play: { env: { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN' } },
      codes: ['credentials-missing'],
      hint: /configure-aws-credentials/,
    },
  ];
  test.each(cases)('$name', async ({ play, codes, hint }) => {
    const scene = await team();
    const { green, codes: found, annotations, lines } = await publishing(scene, play);
    expect(green).toBe(false);
    expect(found).toEqual(codes);
    expect(annotations.map(({ message }) => message).join('\n')).toMatch(hint);
    expect(lines.join('\n')).not.toMatch(/\n\s+at /);
    expect(await scene.shared.tags('payroll/backend')).toEqual([]);
  });

  test('a role of another account is refused, and that is not read as absent', async () => {
    const scene = await team();
    const { green, codes } = await publishing(scene, { as: scene.prod });
    expect(green).toBe(false);
    expect(codes).toEqual(['access-denied']);
  });
});

test('the password of the login is masked before anything is sent with it', async () => {
  const { masks } = await publishing(await team());
  expect(masks).toHaveLength(2);
});

describe('a release', () => {
  const run = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/payroll' };
  const first = { ...run, GITHUB_RUN_ID: '41' };
  const second = { ...run, GITHUB_RUN_ID: '42' };

  async function teamWithLedger(): Promise<Scenario> {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    return scene;
  }

  test('is written into the ledger when the whole set is tagged, and is the last that is written', async () => {
    const scene = await teamWithLedger();
    const ending = await publishing(scene, { env: first });
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0']);
    expect(writes(ending).at(-1)).toBe('ecr:PutImage payroll/towpath');
    expect(ending.summaries.join()).toContain('is in the ledger');
  });

  test('of the same set is there already', async () => {
    const scene = await teamWithLedger();
    await publishing(scene, { env: first });
    const again = await publishing(scene, { env: second });
    expect(again.green).toBe(true);
    expect(writes(again)).toEqual([]);
    expect(again.summaries.join()).toContain('nothing was written');
  });

  test('of another set is refused, and both runs are named', async () => {
    const scene = await teamWithLedger();
    await publishing(scene, { env: first });
    const other = await publishing(scene, {
      env: second,
      imageSet: [{ ...backend, content: 'changed' }, web],
    });
    expect(other.codes).toEqual(['tag-conflict', 'version-taken']);
    const told = other.annotations.map(({ message }) => message).join('\n');
    expect(told).toMatch(/It was published by https:\/\/github.com\/acme\/payroll\/actions\/runs\/41/);
    expect(told).toMatch(/this is https:\/\/github.com\/acme\/payroll\/actions\/runs\/42/);
    expect(writes(other)).toEqual([]);
  });

  test('of a set that an image has joined since is refused', async () => {
    const scene = await teamWithLedger();
    const smaller = { 'towpath.yaml': config.replace(/ {2}web.*\n/, '') };
    await publishing(scene, { files: smaller });
    const larger = await publishing(scene);
    expect(larger.codes).toEqual(['version-taken']);
    expect(larger.annotations[0]?.message).toContain('web was not part of it');
  });

  test('recognises another build of the same where tags may move', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/backend', 'MUTABLE');
    await scene.shared.createRepository('payroll/towpath');
    const files = { 'towpath.yaml': config.replace(/ {2}web.*\n/, '') };
    const published = await publishing(scene, {
      files,
      imageSet: [{ ...backend, content: 'one', sources: 'same' }],
    });
    const rebuilt = await publishing(scene, {
      files,
      imageSet: [{ ...backend, content: 'two', sources: 'same' }],
    });
    expect(rebuilt.outputs.digest).toBe(published.outputs.digest);
    expect(writes(rebuilt)).toEqual([]);
  });

  test('is not written by a choice of images, which is held against one that is there', async () => {
    const scene = await teamWithLedger();
    const alone = await publishing(scene, { given: { only: 'backend' } });
    expect(await scene.shared.tags('payroll/towpath')).toEqual([]);
    expect(alone.summaries.join()).toContain('not all images');
    await publishing(scene);
    const again = await publishing(scene, { given: { only: 'backend' } });
    expect(again.green).toBe(true);
  });

  test('two runs that race for it with the same images both win', async () => {
    const scene = await teamWithLedger();
    const endings = await Promise.all([
      publishing(scene, { env: first }),
      publishing(scene, { env: second }),
    ]);
    expect(endings.map(({ green }) => green)).toEqual([true, true]);
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0']);
  });

  test('cannot be anything else in its repository', async () => {
    const scene = await teamWithLedger();
    await scene.publish('payroll/towpath', '1.0.0', backend);
    const { codes } = await publishing(scene);
    expect(codes).toEqual(['release-invalid']);
  });
});

describe('repositories that do not exist', () => {
  const settings = 'repositories: { except: [latest], scan-on-push: false }\n';
  const files = { 'towpath.yaml': `${config}${settings}` };

  test('are created when that is asked for, as they are configured, and the ledger beside them', async () => {
    const scene = await scenario();
    const { green, summaries } = await publishing(scene, { files, given: { 'create-repository': 'true' } });
    expect(green).toBe(true);
    expect(await scene.shared.repository('payroll/web')).toMatchObject({
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest' }],
      imageScanningConfiguration: { scanOnPush: false },
    });
    expect(await scene.shared.repository('payroll/towpath')).toMatchObject({
      imageTagMutability: 'IMMUTABLE',
    });
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0']);
    expect(summaries.join()).toContain('is in the ledger');
  });

  test('are all named in a dry run, and not created', async () => {
    const scene = await scenario();
    const { lines } = await publishing(scene, {
      files,
      given: { 'create-repository': 'true', 'dry-run': 'true' },
    });
    expect(lines.join('\n')).toMatch(
      /create repository .*payroll\/backend[^]*payroll\/web[^]*payroll\/towpath/,
    );
    expect(await scene.shared.repository('payroll/backend')).toBeUndefined();
  });

  test('of which some are there leaves those as they are', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/web', 'MUTABLE');
    const { green } = await publishing(scene, { files, given: { 'create-repository': 'true' } });
    expect(green).toBe(true);
    expect(await scene.shared.repository('payroll/web')).toMatchObject({ imageTagMutability: 'MUTABLE' });
  });
});

describe('a tag that moves with every version', () => {
  const given = { only: 'backend', tags: 'build-{version}, latest' };

  test('is refused, the first time too, where the repository would never let it', async () => {
    const scene = await team();
    const ending = await publishing(scene, { given });
    expect(ending.codes).toEqual(['tag-conflict']);
    expect(ending.annotations[0]?.message).toContain('Except latest from the immutability');
    expect(writes(ending)).toEqual([]);
  });

  test('moves where it is excepted, after all that are new', async () => {
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

test('an image is found by what it was built from', async () => {
  const scene = await team();
  const { outputs } = await publishing(scene, { given: { only: 'backend' } });
  const [tag = ''] = await scene.shared.fingerprintTags('payroll/backend');
  expect(tag).toMatch(/^fp-[0-9a-f]{24}$/);
  expect(await scene.shared.digestOf('payroll/backend', tag)).toBe(outputs.digest);
});

describe('several registries', () => {
  async function twoTeams(): Promise<[Scenario, string]> {
    const scene = await team();
    for (const name of ['payroll/backend', 'payroll/web', 'payroll/towpath']) {
      await scene.prod.createRepository(name);
      await scene.prod.admit(scene.shared, name);
    }
    return [scene, [scene.shared, scene.prod].map(({ host }) => `${host}/payroll`).join('\n')];
  }

  test('get the same set, and no tag before it is in place in all of them', async () => {
    const [scene, registries] = await twoTeams();
    const ending = await publishing(scene, { given: { registries } });
    expect(ending.green).toBe(true);
    for (const account of [scene.shared, scene.prod])
      expect(await account.tags('payroll/web')).toEqual(['build-1.0.0']);
    const tags = writes(ending)
      .filter((write) => !write.endsWith('/towpath'))
      .map((write) => write.startsWith('ecr:PutImage'));
    expect(tags.indexOf(true)).toBe(tags.lastIndexOf(false) + 1);
  });

  test('have one verdict: a conflict in one of them stops all', async () => {
    const [scene, registries] = await twoTeams();
    await publishing(scene, {
      given: { registry: `${scene.prod.host}/payroll` },
      imageSet: [{ ...backend, content: 'another' }, web],
    });
    const ending = await publishing(scene, { given: { registries } });
    expect(ending.codes).toEqual(['tag-conflict', 'version-taken']);
    expect(await scene.shared.tags('payroll/web')).toEqual([]);
  });

  test('are not given beside another one', async () => {
    const [scene, registries] = await twoTeams();
    const { codes } = await publishing(scene, { given: { registries, registry: scene.shared.host } });
    expect(codes).toEqual(['input-invalid']);
  });
});

test('the registry may be the one of a parameter, by the input too', async () => {
  const scene = await team();
  await scene.shared.putParameter('/account/ecr/build/registry', `${scene.shared.host}/payroll`);
  const { green } = await publishing(scene, {
    given: { registry: 'ssm:/account/ecr/{environment}/registry' },
  });
  expect(green).toBe(true);
  expect(await scene.shared.tags('payroll/web')).toEqual(['build-1.0.0']);
});

describe('the requests', () => {
  test('of an unchanged set are one for each image and two for the registry', async () => {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    await publishing(scene);
    const { requests } = await publishing(scene);
    expect(requests.map(({ operation }) => operation).sort()).toEqual([
      'ecr:BatchGetImage',
      'ecr:BatchGetImage',
      'ecr:BatchGetImage',
      'ecr:DescribeRepositories',
    ]);
  });

  test('send what images share once, where the registry mounts', async () => {
    const scene = await team();
    await scene.shared.allowMounting();
    const { requests } = await publishing(scene);
    const bytes = requests
      .filter(({ operation, status }) => operation === 'PUT upload' && status === 201)
      .map(({ bytesIn }) => bytesIn);
    const base = Buffer.byteLength('the base of all');
    expect(bytes.filter((size) => size === base)).toHaveLength(1);
  });
});

test('what deployments read is written where it is asked for, and told in outputs', async () => {
  const scene = await team();
  const ending = await publishing(scene, { given: { 'deployment-files': 'deploy' } });
  const images = JSON.parse(readFileSync(join(ending.workspace, 'deploy/imagedefinitions.json'), 'utf8')) as {
    imageUri: string;
  }[];
  const [first] = JSON.parse(ending.outputs.images ?? '') as { image: string }[];
  expect(images[0]?.imageUri).toBe(first?.image);
  expect(ending.outputs['parameter-overrides']).toBe('Environment=build DeploymentVersion=1.0.0');
  expect(ending.outputs.digests).not.toContain(scene.shared.id);
  expect(Object.keys(JSON.parse(ending.outputs.digests ?? '') as object)).toEqual(['backend', 'web']);
});

test('without a configuration the image is called as the model’s input says', async () => {
  const scene = await scenario();
  await scene.shared.putParameter('/prefix', `${scene.shared.host}/payroll`);
  await scene.shared.createRepository('payroll/engine');
  const { green, outputs } = await scene.play(publish, {
    files: { Dockerfile: 'FROM scratch\n' },
    given: { version: '1.0.0', 'image-name': 'engine', registry: 'ssm:/prefix' },
    env: { GITHUB_REPOSITORY: 'acme/payroll-engine' },
    imageSet: [{ name: 'payroll-engine' }],
  });
  expect(green).toBe(true);
  expect(outputs.repository).toBe('payroll/engine');
  expect(await scene.shared.tags('payroll/engine')).toEqual(['build-1.0.0']);
});

test('what attests something about an image is published beside it, as its referrers', async () => {
  const scene = await team();
  const { green } = await publishing(scene, { imageSet: [backend, { ...web, attested: true }] });
  expect(green).toBe(true);
  expect(await referrersOfWeb(scene)).toEqual([
    'application/vnd.docker.attestation.manifest.v1+json',
    'application/vnd.docker.attestation.manifest.v1+json',
  ]);
  expect(writes(await publishing(scene, { imageSet: [backend, { ...web, attested: true }] }))).toEqual([]);
});

describe('what another attempt attests about the same image', () => {
  const first = 'https://github.com/acme/payroll/actions/runs/41';
  const second = 'https://github.com/acme/payroll/actions/runs/42';
  const by = (run: string, predicates?: readonly string[]): readonly ImageDraft[] => [
    backend,
    { ...web, attested: { run, predicates } },
  ];

  test('is not published beside what the first has said, and the summary says so', async () => {
    const scene = await team();
    await publishing(scene, { imageSet: by(first) });
    const again = await publishing(scene, { imageSet: by(second) });
    expect(again.green).toBe(true);
    expect(writes(again)).toEqual([]);
    expect(again.summaries.join()).toMatch(/attestations of web were kept/);
    expect(await referrersOfWeb(scene)).toHaveLength(2);
  });

  test('costs one request for each platform and one for the repository, to be compared', async () => {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    await publishing(scene, { imageSet: by(first) });
    const { requests } = await publishing(scene, { imageSet: by(second) });
    expect(requests.map(({ operation }) => operation).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'ecr:BatchGetImage'),
      'ecr:DescribeRepositories',
      'ecr:ListImageReferrers',
      'ecr:ListImageReferrers',
    ]);
  });

  test('is published where it says something of another kind', async () => {
    const scene = await team();
    const kinds = ['https://slsa.dev/provenance/v1', 'https://spdx.dev/Document'];
    await publishing(scene, { imageSet: by(first) });
    const { green } = await publishing(scene, { imageSet: by(second, kinds) });
    expect(green).toBe(true);
    expect(await referrersOfWeb(scene)).toHaveLength(4);
  });

  test('names the run that an image in the way is of, where no ledger does', async () => {
    const scene = await team();
    await publishing(scene, { imageSet: by(first) });
    const imageSet = [backend, { ...web, content: 'changed', attested: { run: second } }];
    const { codes, annotations } = await publishing(scene, { imageSet });
    expect(codes).toEqual(['tag-conflict']);
    expect(annotations[0]?.message).toContain(`It was built by ${first}, as its provenance says.`);
  });

  test('leaves the run unknown where nothing tells it, and says what would', async () => {
    const scene = await team();
    await publishing(scene);
    const { annotations } = await publishing(scene, { imageSet: [{ ...backend, content: 'changed' }, web] });
    expect(annotations[0]?.message).toMatch(/is not known: no ledger tells.*create-repository: true/);
  });
});

describe('an image that was not built anew', () => {
  const reused = {
    registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
    repository: 'payroll/web',
    tag: 'fp-x',
  };

  test('gets its tags where it is', async () => {
    const scene = await team();
    const first = await publishing(scene);
    const second = await publishing(scene, {
      given: { version: '1.1.0' },
      imageSet: [backend, { ...web, reused }],
    });
    expect(second.codes).toEqual([]);
    expect(second.outputs.digests).toBe(first.outputs.digests);
    expect(await scene.shared.tags('payroll/web')).toEqual(['build-1.0.0', 'build-1.1.0']);
  });

  test('is brought to where it is not', async () => {
    const scene = await team();
    await publishing(scene);
    await scene.shared.createRepository('payroll/site');
    const files = { 'towpath.yaml': config.replace('web: {', 'web: { repository: payroll/site,') };
    const { codes } = await publishing(scene, {
      files,
      given: { only: 'web' },
      imageSet: [{ ...web, reused }],
    });
    expect(codes).toEqual([]);
    expect(await scene.shared.digestOf('payroll/site', 'build-1.0.0')).toBe(
      await scene.shared.digestOf('payroll/web', 'build-1.0.0'),
    );
  });

  test('is not looked for where no credentials may go', async () => {
    const elsewhere = { ...reused, registry: 'registry.example' };
    const { codes } = await publishing(await team(), { imageSet: [backend, { ...web, reused: elsewhere }] });
    expect(codes).toEqual(['image-set-invalid']);
  });
});

describe('the image sets of several jobs', () => {
  const files = { 'towpath.yaml': config };

  /** Each in a folder, as artifacts are downloaded. */
  async function artifacts(parts: Readonly<Record<string, readonly ImageDraft[]>>): Promise<string> {
    const folder = temporaryFolder();
    for (const [name, drafts] of Object.entries(parts)) await makeImageSet(join(folder, name), drafts);
    return folder;
  }

  test('are published as one: platforms that were built apart become an index', async () => {
    const scene = await team();
    const folder = await artifacts({
      amd64: [backend, { name: 'web', platforms: ['linux/amd64'] }],
      arm64: [{ name: 'web', platforms: ['linux/arm64'] }],
    });
    const ending = await scene.play(publish, { files, given: { version: '1.0.0', 'image-set': folder } });
    expect(ending.codes).toEqual([]);
    const images = JSON.parse(ending.outputs.images ?? '') as {
      name: string;
      platforms: object;
      digest: string;
    }[];
    const merged = images.find(({ name }) => name === 'web');
    expect(Object.keys(merged?.platforms ?? {})).toEqual(['linux/amd64', 'linux/arm64']);
    expect(await scene.shared.digestOf('payroll/web', 'build-1.0.0')).toBe(merged?.digest);
    expect(await scene.shared.untaggedDigests('payroll/web')).toHaveLength(2);
  });

  test('must have every platform of the configuration', async () => {
    const scene = await team();
    const folder = await artifacts({
      amd64: [{ name: 'web', platforms: ['linux/amd64'] }],
      other: [backend],
    });
    const { codes } = await scene.play(publish, { files, given: { version: '1.0.0', 'image-set': folder } });
    expect(codes).toEqual(['image-set-invalid']);
    expect(await scene.shared.tags('payroll/backend')).toEqual([]);
  });
});
