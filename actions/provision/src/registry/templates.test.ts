import { expect, test } from '@jest/globals';
import { provisioning, scenario, writesOf, type Scenario } from '../harness/team.ts';
import { isUnder } from './templates.ts';

const role = 'arn:aws:iam::111122223333:role/ecr-templates';
const templates = (...list: readonly string[]) =>
  `repositories: { registry: { templates: [${list.join(', ')}] } }`;

async function registry(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of [
    'cache/a',
    'cache/deep/b',
    'other/c',
    'payroll/web',
    'payroll/towpath',
    'cache/towpath',
  ])
    await scene.shared.createRepository(name, 'MUTABLE');
  return scene;
}

test('every field is sent, so that ECR takes no default of its own', async () => {
  const scene = await registry();
  const full = `{ prefix: team, for: [push], except: [latest], encryption: KMS, tags: { a: b }, role: "${role}", lifecycle: { expire: { untagged: 7d } }, readers: { accounts: ['444455556666'] } }`;
  expect((await provisioning(scene, templates(full))).green).toBe(true);
  const [created] = await scene.shared.creationTemplates();
  expect(created).toMatchObject({
    prefix: 'team',
    appliedFor: ['CREATE_ON_PUSH'],
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    encryptionConfiguration: { encryptionType: 'KMS' },
    resourceTags: [{ Key: 'a', Value: 'b' }],
    customRoleArn: role,
  });
  expect(created?.lifecyclePolicy).toContain('untagged');
  expect(created?.repositoryPolicy).toContain('TowpathReaders');
  // A change of one field keeps the others.
  const changed = full.replace('a: b', 'a: c');
  expect(writesOf(await provisioning(scene, templates(changed)))).toEqual([
    'ecr:UpdateRepositoryCreationTemplate',
  ]);
  const [updated] = await scene.shared.creationTemplates();
  expect(updated).toMatchObject({
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    resourceTags: [{ Key: 'a', Value: 'c' }],
    repositoryPolicy: created?.repositoryPolicy,
    lifecyclePolicy: created?.lifecyclePolicy,
  });
});

test('tags of a cache move with those of its upstream, unless the template says otherwise', async () => {
  const scene = await registry();
  await provisioning(
    scene,
    templates(
      '{ prefix: a, for: [push] }',
      '{ prefix: b, for: [push, pull-through] }',
      '{ prefix: c, for: [replication], immutability: immutable }',
    ),
  );
  const found = await scene.shared.creationTemplates();
  expect(found.map(({ imageTagMutability }) => imageTagMutability)).toEqual([
    'IMMUTABLE',
    'MUTABLE',
    'IMMUTABLE',
  ]);
});

test('repositories that exist get the settings only with apply-to-existing, and ledgers never', async () => {
  const scene = await registry();
  const cache = '{ prefix: cache, for: [push], immutability: immutable';
  const planned = await provisioning(scene, templates(`${cache} }`), { given: { mode: 'plan' } });
  expect(planned.summaries.join().replaceAll('\\', '')).toContain(
    'They stay as they are. To change them, write apply-to-existing: true.',
  );
  await provisioning(scene, templates(`${cache} }`));
  expect(await scene.shared.repository('cache/a')).toMatchObject({ imageTagMutability: 'MUTABLE' });
  const existing = templates(
    `${cache}, apply-to-existing: true }`,
    '{ prefix: cache/deep, for: [push], immutability: mutable }',
  );
  const applied = await provisioning(scene, existing);
  expect(applied.green).toBe(true);
  expect(writesOf(applied).filter((one) => one.includes('Mutability'))).toHaveLength(1);
  expect(await scene.shared.repository('cache/a')).toMatchObject({ imageTagMutability: 'IMMUTABLE' });
  for (const name of ['cache/deep/b', 'other/c', 'cache/towpath'])
    expect(await scene.shared.repository(name)).toMatchObject({ imageTagMutability: 'MUTABLE' });
  expect(writesOf(await provisioning(scene, existing))).toEqual([]);
});

test.each([
  { prefix: 'a', prefixes: ['a', 'a/b', 'ROOT'], names: ['a/x'] },
  { prefix: 'a/b', prefixes: ['a', 'a/b', 'ROOT'], names: ['a/b/x'] },
  { prefix: 'ROOT', prefixes: ['a', 'ROOT'], names: ['ab', 'b/a/x'] },
])('the template with the longest prefix applies: $prefix', ({ prefix, prefixes, names }) => {
  const all = ['a/x', 'a/b/x', 'ab', 'b/a/x'];
  expect(all.filter(isUnder(prefix, prefixes))).toEqual(names);
});
