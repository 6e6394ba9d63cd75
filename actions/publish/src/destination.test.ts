import { describe, expect, test } from '@jest/globals';
import { scenario, type Scenario } from '@towpath/testing';
import { publish } from './action.ts';
import { backend, config, publishing, team, teamWithLedger, web, writes } from './harness/team.ts';

test('reads the registry from SSM if the configuration or the SAM template names the parameter', async () => {
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

test('uses the registry of the caller if no registry is configured', async () => {
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

test('reads the ledger and the settings before the images, whose errors come first', async () => {
  const scene = await teamWithLedger();
  const { requests } = await publishing(scene);
  const first = requests.slice(0, 2).map(({ operation, repository }) => `${operation} ${repository ?? ''}`);
  expect(first.sort()).toEqual([
    'ecr:BatchGetImage payroll/towpath',
    'ecr:DescribeRepositories payroll/towpath',
  ]);
  scene.emulator.addFault({ kind: 'exception', exception: 'AccessDeniedException', nth: 1, times: 2 });
  const incomplete = await publishing(scene, { imageSet: [backend], given: { version: '2.0.0' } });
  expect([incomplete.codes, writes(incomplete)]).toEqual([['image-set-invalid'], []]);
});

describe('repositories that do not exist', () => {
  const settings = 'repositories: { except: [latest], scan-on-push: false }\n';
  const files = { 'towpath.yaml': `${config}${settings}` };

  test('are created with their configured settings if create-repository is set, together with the ledger', async () => {
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
    expect(await scene.shared.tags('payroll/towpath')).toEqual(['1.0.0', '1.0.0.intent.1']);
    expect(summaries.join()).toContain('is in the ledger');
  });

  test('are all listed in a dry run and not created', async () => {
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

  test('are created without changing those that exist', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/web', 'MUTABLE');
    const { green } = await publishing(scene, { files, given: { 'create-repository': 'true' } });
    expect(green).toBe(true);
    expect(await scene.shared.repository('payroll/web')).toMatchObject({ imageTagMutability: 'MUTABLE' });
  });
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

  test('get the same set, and no tag is set before all content is uploaded to all of them', async () => {
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

  test('are checked together: a conflict in one of them fails all', async () => {
    const [scene, registries] = await twoTeams();
    await publishing(scene, {
      given: { registry: `${scene.prod.host}/payroll` },
      imageSet: [{ ...backend, content: 'another' }, web],
    });
    const ending = await publishing(scene, { given: { registries } });
    expect(ending.codes).toEqual(['tag-conflict', 'version-taken']);
    expect(await scene.shared.tags('payroll/web')).toEqual([]);
  });

  test('never get different images of the same version', async () => {
    const [scene, registries] = await twoTeams();
    await scene.shared.createRepository('payroll/towpath');
    const build = (content: string) => [{ ...backend, content, sources: 'same' }, web];
    await publishing(scene, { imageSet: build('first') });
    const ending = await publishing(scene, { given: { registries }, imageSet: build('second') });
    expect(ending.codes).toEqual(['tag-conflict']);
    expect(await scene.prod.tags('payroll/backend')).toEqual([]);
  });

  test('cannot be combined with the input registry', async () => {
    const [scene, registries] = await twoTeams();
    const { codes } = await publishing(scene, { given: { registries, registry: scene.shared.host } });
    expect(codes).toEqual(['input-invalid']);
  });
});

test('the input registry accepts an SSM parameter', async () => {
  const scene = await team();
  await scene.shared.putParameter('/account/ecr/build/registry', `${scene.shared.host}/payroll`);
  const { green } = await publishing(scene, {
    given: { registry: 'ssm:/account/ecr/{environment}/registry' },
  });
  expect(green).toBe(true);
  expect(await scene.shared.tags('payroll/web')).toEqual(['build-1.0.0']);
});

test('without a configuration the repository name comes from the input image-name', async () => {
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
