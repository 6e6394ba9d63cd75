import { expect, test, describe } from '@jest/globals';
import { standInRuntimes, type Ending, type Running, type Scenario } from '@towpath/testing';
import { oneAccount, provisioning, scenario, writesOf } from './harness/team.ts';

const repository = 'payroll/web';
const other = `sha256:${'0'.repeat(64)}`;
const keepOne =
  'lifecycle: { rules: [{ selection: { tagStatus: tagged, tagPatternList: ["build-*"], countType: imageCountMoreThan, countNumber: 1 }, action: { type: expire } }] }';
const day = 24 * 60 * 60 * 1000;

/** Creates a repository with build-1, build-2 and build-3. `build-1` is an index with an image for each platform. */
async function published(): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/towpath');
  await scene.shared.createRepository(repository);
  for (const version of ['1', '2', '3']) {
    const platforms = version === '1' ? { platforms: ['linux/amd64', 'linux/arm64'] } : {};
    await scene.publish(repository, `build-${version}`, { name: 'web', content: version, ...platforms });
    scene.emulator.advance(day);
  }
  return scene;
}

interface World {
  readonly uri: string;
  readonly digest: (tag: string) => Promise<string>;
  readonly child: string;
}

async function play(
  what: (world: World) => Running | Promise<Running>,
  settings = `repositories: { in-use: [ecs, lambda], ${keepOne} }`,
  config = oneAccount,
): Promise<Ending & { readonly scene: Scenario }> {
  const scene = await published();
  const { shared } = scene;
  const digest = async (tag: string) => (await shared.digestOf(repository, tag)) ?? '';
  const index = JSON.parse((await shared.manifest(repository, 'build-1')).toString()) as {
    manifests: { digest: string }[];
  };
  const child = index.manifests[1]?.digest ?? '';
  const env = await standInRuntimes(await what({ uri: `${shared.host}/${repository}`, digest, child }));
  const given = { 'max-expire': '100%' };
  return { ...(await provisioning(scene, settings, { config, given, env })), scene };
}

const messages = ({ annotations }: Ending): string => annotations.map(({ message }) => message).join('\n');

describe('a lifecycle policy is refused if it would expire an image of', () => {
  test.each<{ name: string; user: string; running: (world: World) => Running | Promise<Running> }>([
    {
      name: 'a running task, by its digest although its tag moved',
      user: 'task of web in main of ECS',
      running: async ({ uri, digest }) => ({
        services: { web: [`${uri}:build-3`, await digest('build-2')] },
      }),
    },
    {
      name: 'a running task, by a platform of its index',
      user: 'task of web in main of ECS',
      running: ({ uri, child }) => ({ services: { web: [`${uri}:build-3`, child] } }),
    },
    {
      name: 'a service without tasks, by the tag in its task definition',
      user: 'service main/web of ECS',
      running: ({ uri }) => ({ idle: { web: `${uri}:build-2` } }),
    },
    {
      name: 'a service, by tag and digest in its task definition',
      user: 'service main/web of ECS',
      running: async ({ uri, digest }) => ({ idle: { web: `${uri}:build-3@${await digest('build-2')}` } }),
    },
    {
      name: 'a task definition that no service uses',
      user: 'task definition nightly of ECS',
      running: ({ uri }) => ({ definitions: { nightly: `${uri}:build-2` } }),
    },
    {
      name: 'a function',
      user: 'function nightly of Lambda',
      running: async ({ uri, digest }) => ({ functions: { nightly: `${uri}@${await digest('build-2')}` } }),
    },
    {
      name: 'an old version of a function',
      user: 'function nightly:3 of Lambda',
      running: async ({ uri, digest }) => ({
        functions: {
          nightly: `${uri}@${await digest('build-3')}`,
          'nightly:3': `${uri}@${await digest('build-1')}`,
        },
      }),
    },
  ])('$name', async ({ running, user }) => {
    const ending = await play(running);
    expect(ending.codes).toEqual(['expiry-refused']);
    expect(messages(ending)).toContain(`${user} uses it`);
    expect(writesOf(ending)).toEqual(['ecr:StartLifecyclePolicyPreview']);
  });
});

describe('a lifecycle policy is applied', () => {
  test.each<{ name: string; running: (world: World) => Running | Promise<Running> }>([
    { name: 'if nothing runs', running: () => ({}) },
    {
      name: 'if only images that stay are in use',
      running: async ({ uri, digest }) => ({
        services: { web: [`${uri}:build-3`, await digest('build-3')] },
        functions: { nightly: `${uri}@${await digest('build-3')}` },
      }),
    },
    {
      name: 'if the images in use are in another repository, account or registry',
      running: ({ uri }) => ({
        idle: {
          one: `${uri}-other:build-1`,
          two: `${uri.replace('111122223333', '444455556666')}:build-1`,
          three: 'docker.io/payroll/web:build-1',
          four: `${uri.replace('us-east-1', 'eu-west-1')}@${other}`,
        },
      }),
    },
  ])('$name', async ({ running }) => {
    const ending = await play(running);
    expect(ending.codes).toEqual([]);
    expect(writesOf(ending)).toContain('ecr:PutLifecyclePolicy');
  });

  test('with a note about images in use that expire later', async () => {
    const rule =
      '{ selection: { tagStatus: tagged, tagPatternList: ["build-*"], countType: sinceImagePushed, countUnit: days, countNumber: 30 }, action: { type: expire } }';
    const ending = await play(
      ({ uri }) => ({ idle: { web: `${uri}:build-2` } }),
      `repositories: { in-use: [ecs], lifecycle: { rules: [${rule}] } }`,
    );
    expect(ending.green).toBe(true);
    expect(ending.summaries.join()).toMatch(
      /service main\/web of ECS uses build\\-2, which rule 1 is going to expire on/,
    );
  });
});

test.each([
  'ecs:ListClusters',
  'ecs:ListTasks',
  'ecs:DescribeTasks',
  'ecs:ListServices',
  'ecs:DescribeServices',
  'ecs:ListTaskDefinitionFamilies',
  'ecs:DescribeTaskDefinition',
  'lambda:ListFunctions',
  'lambda:GetFunction',
])('without permission for %s nothing is applied', async (denied) => {
  const ending = await play(({ uri }) => ({
    denied: [denied],
    services: { web: [`${uri}:build-3`, other] },
    functions: { nightly: `${uri}@${other}` },
  }));
  expect(ending.codes).toEqual(['access-denied']);
  expect(messages(ending)).toContain(`Grant ${denied}`);
  expect(writesOf(ending)).toEqual(['ecr:StartLifecyclePolicyPreview']);
});

test('only the listed services are read, and none without the key', async () => {
  const denied = ['lambda:ListFunctions'];
  const onlyEcs = await play(() => ({ denied }), `repositories: { in-use: [ecs], ${keepOne} }`);
  expect(onlyEcs.green).toBe(true);
  const none = await play(
    () => ({ denied: ['ecs:ListClusters', ...denied] }),
    `repositories: { ${keepOne} }`,
  );
  expect(none.green).toBe(true);
});

test('accounts that only run images are read with their roles', async () => {
  const roles = '[arn:aws:iam::444455556666:role/read-runtimes]';
  const ending = await play(
    () => ({}),
    `repositories: { in-use: { services: [ecs], roles: ${roles} }, ${keepOne} }`,
  );
  expect(ending.green).toBe(true);
  expect(ending.requests.map(({ operation }) => operation)).toContain('sts:AssumeRole');
});

test.each(['[]', '[eks]', 'ecs', '{ services: [ecs], roles: [admin] }'])(
  'in-use: %s is an error of the configuration',
  async (written) => {
    const scene = await scenario();
    const ending = await provisioning(scene, `repositories: { in-use: ${written} }`);
    expect(ending.codes).toEqual(['config-invalid']);
  },
);
