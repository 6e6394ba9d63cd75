import { describe, expect, test } from '@jest/globals';
import { type Play } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { backend, config, messagesOf, publishing, team, web, writes } from './harness/team.ts';

test('an image set arrives byte for byte under the tag of the version', async () => {
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

test('no tag is set before the content of the whole set is uploaded', async () => {
  const ending = await publishing(await team());
  const tags = writes(ending).map((write) => write.startsWith('ecr:PutImage'));
  expect(tags.indexOf(true)).toBe(tags.lastIndexOf(false) + 1);
  expect(tags.filter(Boolean)).toHaveLength(2);
});

test('publishing again writes nothing and reports it', async () => {
  const scene = await team();
  await publishing(scene);
  const again = await publishing(scene);
  expect(again.green).toBe(true);
  expect(writes(again)).toEqual([]);
  expect(again.summaries.join()).toContain('nothing was written');
});

test('a dry run writes nothing and prints every upload and every tag', async () => {
  const scene = await team();
  const ending = await publishing(scene, { given: { 'dry-run': 'true' } });
  expect(writes(ending)).toEqual([]);
  expect(await scene.shared.tags('payroll/web')).toEqual([]);
  expect(ending.lines.join('\n')).toMatch(/upload 3 blobs .* of backend[^]*tag .*payroll\/web:build-1\.0\.0/);
});

test('a single image can be published alone, and its outputs are plain values', async () => {
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

test('reads the version from its source and reports the source', async () => {
  const scene = await team();
  const { lines, outputs } = await publishing(scene, {
    files: { 'towpath.yaml': config, 'package.json': '{ "version": "1.4.0" }' },
    given: { only: 'backend', version: 'auto' },
  });
  expect(lines).toContain('Version: 1.4.0 (from package.json)');
  expect(outputs.version).toBe('1.4.0');
  expect(await scene.shared.tags('payroll/backend')).toEqual(['build-1.4.0']);
});

test.each([
  ['nested', 3],
  ['with-artifact', 3],
  ['without-platforms', 2],
] as const)(
  'an index that is %s arrives with every child, and its platforms are reported',
  async (shape, children) => {
    const scene = await team();
    const ending = await publishing(scene, { given: { only: 'web' }, imageSet: [{ ...web, shape }] });
    expect(ending.codes).toEqual([]);
    const [image] = JSON.parse(ending.outputs.images ?? '') as { digest: string; platforms: object }[];
    const digests = await scene.shared.untaggedDigests('payroll/web');
    expect(await scene.shared.digestOf('payroll/web', 'build-1.0.0')).toBe(image?.digest);
    expect(digests).toHaveLength(children);
    expect(Object.keys(image?.platforms ?? {})).toEqual(['linux/amd64', 'linux/arm64']);
    expect(digests).toEqual(expect.arrayContaining(Object.values(image?.platforms ?? {})));
  },
);

test.each([
  ['is foreign', { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }],
  ['may not be distributed', { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar' }],
  ['has a download URL', { urls: ['https://elsewhere.example/layer'] }],
])('an image with a layer that %s is rejected, and nothing is written', async (_, layer) => {
  const scene = await team();
  const ending = await publishing(scene, { given: { only: 'web' }, imageSet: [{ ...web, layer }] });
  expect(ending.codes).toEqual(['image-unsupported']);
  expect(messagesOf(ending)).toContain('Image web has layer sha256:');
  expect(writes(ending)).toEqual([]);
});

describe('a mistake that the user can fix ends with one code and sets no tag', () => {
  const cases: { name: string; play: Partial<Play>; codes: string[]; hint: RegExp }[] = [
    {
      name: 'no image set',
      play: { imageSet: undefined },
      codes: ['image-set-missing'],
      hint: /Run build earlier/,
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
      name: 'an invalid registry',
      play: { given: { registry: 'ghcr.io/x' } },
      codes: ['input-invalid'],
      hint: /an ECR registry such as/,
    },
    {
      name: 'an invalid template',
      play: { given: { tags: '{versio}' } },
      codes: ['input-invalid'],
      hint: /version/,
    },
    {
      name: 'a missing repository',
      play: { files: { 'towpath.yaml': config.replace('/payroll', '/nowhere') } },
      codes: ['repository-missing', 'repository-missing'],
      hint: /aws ecr create-repository --region us-east-1 --repository-name nowhere\/backend /,
    },
    {
      name: 'a missing parameter',
      play: { files: { 'towpath.yaml': config.replace(/registry: .*/, 'registry: ssm:/nowhere') } },
      codes: ['parameter-missing'],
      hint: /aws ssm put-parameter/,
    },
    {
      name: 'credentials that AWS rejects',
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

test('masks the login token and its password before it sends them', async () => {
  const scene = await team();
  scene.emulator.addFault({ kind: 'status', status: 500, plane: 'registry', times: 0 });
  const { masks, codes, requests } = await publishing(scene);
  expect(codes).not.toEqual([]);
  const sent = requests.filter(({ status }) => status < 300).map(({ operation }) => operation);
  expect(new Set(sent)).toEqual(
    new Set([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:DescribeRepositories',
      'ecr:GetAccountSetting',
      'ecr:GetAuthorizationToken',
    ]),
  );
  const [token = '', password] = masks;
  expect(Buffer.from(token, 'base64').toString()).toBe(`AWS:${password ?? ''}`);
  expect(masks).toHaveLength(2);
});

describe('the requests', () => {
  test('for an unchanged set are one for each image and two for the registry', async () => {
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

  test('log in while the repositories are read, before the first write needs it', async () => {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    const { requests } = await publishing(scene);
    const login = requests.findIndex(({ operation }) => operation === 'ecr:GetAuthorizationToken');
    const intent = requests.findIndex(
      ({ operation, repository }) =>
        operation === 'ecr:BatchCheckLayerAvailability' && repository === 'payroll/towpath',
    );
    expect([login, intent].every((index) => index >= 0)).toBe(true);
    expect(login).toBeLessThan(intent);
  });

  test('need one request for each image and two for the registry if nothing changed', async () => {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    await publishing(scene);
    const { requests } = await publishing(scene);
    const operations = requests.map(({ operation, repository = '' }) => `${operation} ${repository}`).sort();
    expect(operations).toEqual([
      'ecr:BatchGetImage payroll/backend',
      'ecr:BatchGetImage payroll/towpath',
      'ecr:BatchGetImage payroll/web',
      'ecr:DescribeRepositories payroll/towpath',
    ]);
  });

  test('ask for the images while the settings of the repositories are read', async () => {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    scene.emulator.addFault({ kind: 'slow', latencyMs: 1000, operation: 'ecr:DescribeRepositories' });
    const { requests } = await publishing(scene);
    const settings = requests.find(({ operation }) => operation === 'ecr:DescribeRepositories');
    const images = requests.filter(({ operation }) => operation === 'ecr:BatchGetImage').slice(0, 3);
    const answered = Date.parse(settings?.at ?? '') + (settings?.durationMs ?? NaN);
    expect(images.map(({ repository }) => repository).sort()).toEqual(
      ['backend', 'towpath', 'web'].map((name) => `payroll/${name}`),
    );
    for (const { at } of images) expect(Date.parse(at)).toBeLessThan(answered);
  });

  test('send shared layers once if the registry supports mounting', async () => {
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

test('writes the deployment files to the given folder and reports them in outputs', async () => {
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

describe('credentials that expire', () => {
  test.each(['PUT upload', 'POST upload', 'PUT manifest', 'ecr:PutImage'])(
    'at %s end with a hint, and the next run continues from there',
    async (operation) => {
      const scene = await team();
      scene.emulator.addFault({ kind: 'expired-token', operation });
      const ending = await publishing(scene);
      expect(ending.codes).toEqual(['credentials-missing']);
      expect(messagesOf(ending)).toMatch(/expired before .*role-duration-seconds/);
      expect((await publishing(scene)).codes).toEqual([]);
    },
  );
});

test('a missing repository in the registry of another account is named with the steps to create it', async () => {
  const scene = await team();
  for (const creates of ['false', 'true']) {
    const ending = await publishing(scene, {
      files: { 'towpath.yaml': `${config.replace(scene.shared.id, scene.prod.id)}ledger: off\n` },
      given: { 'create-repository': creates },
    });
    expect(ending.codes).toEqual(['access-denied']);
    expect(messagesOf(ending)).toMatch(
      /payroll\/backend is in account 444455556666, and this role in 111122223333\. Check that the repository exists/,
    );
  }
});
