import { expect, test } from '@jest/globals';
import { provisioning, scenario, writesOf, type Scenario } from '../harness/team.ts';

const policy = (text: string) => `repositories: { registry: { policy: { ${text} } } }`;
const replicas =
  "Replicas: { principals: ['444455556666'], actions: ['ecr:ReplicateImage'], repositories: ['payroll/*'] }";

/** Another team has a statement. */
async function registry(): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.allowReplicationFrom(scene.prod);
  await provisioning(scene, '');
  return scene;
}

function statements(text: string | undefined): readonly { readonly Sid?: string }[] {
  return text === undefined ? [] : (JSON.parse(text) as { Statement: { Sid?: string }[] }).Statement;
}

test('statements are added, changed and removed by their names, and those of others stay as they are', async () => {
  const scene = await registry();
  const before = statements(await scene.shared.registryPolicy());
  await provisioning(scene, policy(replicas));
  expect(statements(await scene.shared.registryPolicy())).toEqual([
    ...before,
    {
      Sid: 'TowpathReplicas',
      Effect: 'Allow',
      Principal: { AWS: ['arn:aws:iam::444455556666:root'] },
      Action: ['ecr:ReplicateImage'],
      Resource: ['arn:aws:ecr:us-east-1:111122223333:repository/payroll/*'],
    },
  ]);
  await provisioning(scene, policy(replicas.replace('payroll', 'tools')));
  expect(JSON.stringify(statements(await scene.shared.registryPolicy()))).toContain('repository/tools/*');
  await provisioning(scene, 'repositories: { registry: { policy: {} } }');
  expect(statements(await scene.shared.registryPolicy())).toEqual(before);
});

test('a statement that another team adds between plan and apply stays', async () => {
  const scene = await registry();
  await provisioning(scene, policy(replicas));
  await scene.shared.allowReplicationFrom(scene.prod);
  const ending = await provisioning(scene, policy(replicas));
  expect(writesOf(ending)).toEqual(['ecr:PutRegistryPolicy']);
  expect(statements(await scene.shared.registryPolicy())).toHaveLength(2);
});

test('a policy that ECR refuses says what to check', async () => {
  const scene = await registry();
  scene.emulator.addFault({
    kind: 'exception',
    exception: 'InvalidParameterException',
    operation: 'ecr:PutRegistryPolicy',
  });
  const ending = await provisioning(scene, policy(replicas));
  expect(ending.codes).toEqual(['policy-refused']);
});
