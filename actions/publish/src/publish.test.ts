import { describe, expect, test } from '@jest/globals';
import { scenario, type Ending, type ImageDraft, type Play, type Scenario } from '@towpath/testing';
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
      hint: /private ECR registry/,
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
      codes: ['repository-missing'],
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
