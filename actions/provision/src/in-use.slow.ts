import { afterAll, describe, expect, jest } from '@jest/globals';
import { testWith, type Ending, type Scenario } from '@towpath/testing';
import { join } from 'node:path';
import { functionRole, motoFolder, startMoto, type Moto } from './harness/moto.ts';
import { provisioning, scenario, writesOf } from './harness/team.ts';

jest.setTimeout(120_000);

const withMoto = testWith('moto', ['test', '-d', join(motoFolder, 'moto')]);
const repository = 'payroll/web';
const settings = `repositories:
  in-use: [ecs, lambda]
  lifecycle:
    rules:
      - selection: { tagStatus: tagged, tagPatternList: ["build-*"], countType: imageCountMoreThan, countNumber: 1 }
        action: { type: expire }`;

let started: Promise<Moto> | undefined;
/** Starting moto takes seconds, so the tests share one. */
const sharedMoto = () => (started ??= startMoto());

afterAll(async () => {
  await (await started)?.stop();
});

interface World {
  readonly moto: Moto;
  /** The reference of `build-1`, `build-2` or `build-3`. A new policy keeps only `build-3`. */
  readonly image: (tag: string) => string;
}

/** Publishes three images, lets moto run what the test wants, and provisions a policy that keeps one image. */
async function play(run: (world: World) => Promise<void>): Promise<Ending & { readonly scene: Scenario }> {
  const scene = await scenario();
  for (const name of ['payroll/towpath', repository]) await scene.shared.createRepository(name);
  for (const tag of ['build-1', 'build-2', 'build-3']) {
    await scene.publish(repository, tag, { name: 'web', content: tag });
    scene.emulator.advance(24 * 60 * 60 * 1000);
  }
  const moto = await sharedMoto();
  await moto.reset();
  await run({ moto, image: (tag) => `${scene.shared.host}/${repository}:${tag}` });
  const given = { 'max-expire': '100%' };
  return { ...(await provisioning(scene, settings, { given, env: moto.env })), scene };
}

const define = ({ moto }: World, family: string, image: string) =>
  moto.ecs('RegisterTaskDefinition', {
    family,
    containerDefinitions: [{ name: 'main', image, memory: 128 }],
  });

const fargate = { cluster: 'main', launchType: 'FARGATE' };

const createFunction = ({ moto }: World, name: string, image: string) =>
  moto.createFunction({
    FunctionName: name,
    PackageType: 'Image',
    Role: functionRole,
    Code: { ImageUri: image },
  });

describe("with moto's ECS and Lambda, a lifecycle policy is refused if it would expire an image of", () => {
  const rows: { name: string; user: string; run: (world: World) => Promise<void> }[] = [
    {
      name: 'a running task, although its task definition has a newer revision',
      user: 'task of web in main of ECS',
      run: async (world) => {
        await world.moto.ecs('CreateCluster', { clusterName: 'main' });
        await define(world, 'web', world.image('build-2'));
        await world.moto.ecs('RunTask', { ...fargate, taskDefinition: 'web:1' });
        await define(world, 'web', world.image('build-3'));
      },
    },
    {
      name: 'a service, by an old revision of a task definition',
      user: 'service main/web of ECS',
      run: async (world) => {
        await world.moto.ecs('CreateCluster', { clusterName: 'main' });
        await define(world, 'web', world.image('build-1'));
        const service = { serviceName: 'web', taskDefinition: 'web:1', desiredCount: 0 };
        await world.moto.ecs('CreateService', { ...fargate, ...service });
        await define(world, 'web', world.image('build-3'));
      },
    },
    {
      name: 'a task definition that no service uses',
      user: 'task definition nightly of ECS',
      run: async (world) => {
        await define(world, 'nightly', world.image('build-2'));
      },
    },
    {
      name: 'a function',
      user: 'function nightly of Lambda',
      run: async (world) => {
        await createFunction(world, 'nightly', world.image('build-2'));
      },
    },
  ];
  for (const { name, user, run } of rows)
    withMoto(name, async () => {
      const ending = await play(run);
      expect(ending.codes).toEqual(['expiry-refused']);
      expect(ending.annotations.map(({ message }) => message).join('\n')).toContain(`${user} uses it`);
      expect(writesOf(ending)).toEqual(['ecr:StartLifecyclePolicyPreview']);
    });
});

withMoto('a lifecycle policy is applied if only the images that stay are in use', async () => {
  const ending = await play(async (world) => {
    await define(world, 'web', world.image('build-3'));
    await createFunction(world, 'nightly', world.image('build-3'));
  });
  expect(ending.codes).toEqual([]);
  expect(writesOf(ending)).toContain('ecr:PutLifecyclePolicy');
});
