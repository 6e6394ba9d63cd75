import { describe, expect, test } from '@jest/globals';
import type { ReplicationRule } from '@towpath/ecr';
import { mergeRules } from './replication.ts';
import type { WantedReplication } from './setting.ts';
import { provisioning, scenario, writesOf, type Ending, type Scenario } from '../harness/team.ts';

const west = { account: '111122223333', region: 'us-west-2' };
const foreign = { account: '444455556666', region: 'us-east-1' };

describe('rules of a configuration are added to those of a registry:', () => {
  test.each<{
    name: string;
    before: readonly ReplicationRule[];
    wanted: readonly WantedReplication[];
    after: readonly ReplicationRule[];
  }>([
    {
      name: 'a new rule does not replicate deletions',
      before: [],
      wanted: [{ prefixes: ['a/'], destinations: [west] }],
      after: [{ prefixes: ['a/'], destinations: [west], deletions: false }],
    },
    {
      name: 'a rule of others keeps its deletions',
      before: [{ prefixes: ['b/'], destinations: [foreign], deletions: true }],
      wanted: [{ prefixes: ['a/'], destinations: [west] }],
      after: [
        { prefixes: ['b/'], destinations: [foreign], deletions: true },
        { prefixes: ['a/'], destinations: [west], deletions: false },
      ],
    },
    {
      name: 'deletions that are not written stay as they are',
      before: [{ prefixes: ['a/'], destinations: [west], deletions: true }],
      wanted: [{ prefixes: ['a/'], destinations: [west, foreign] }],
      after: [
        { prefixes: ['a/'], destinations: [west], deletions: true },
        { prefixes: ['a/'], destinations: [foreign], deletions: false },
      ],
    },
    {
      name: 'deletions that are switched off change only their own destination',
      before: [{ prefixes: ['a/'], destinations: [west, foreign], deletions: true }],
      wanted: [{ prefixes: ['a/'], destinations: [west], deletions: false }],
      after: [
        { prefixes: ['a/'], destinations: [west], deletions: false },
        { prefixes: ['a/'], destinations: [foreign], deletions: true },
      ],
    },
    {
      name: 'the order of prefixes makes no difference',
      before: [{ prefixes: ['a/', 'b/'], destinations: [west], deletions: false }],
      wanted: [{ prefixes: ['b/', 'a/'], destinations: [west] }],
      after: [{ prefixes: ['a/', 'b/'], destinations: [west], deletions: false }],
    },
    {
      name: 'all repositories are other repositories than some',
      before: [{ prefixes: [], destinations: [west], deletions: false }],
      wanted: [{ prefixes: ['a/'], destinations: [west], deletions: true }],
      after: [
        { prefixes: [], destinations: [west], deletions: false },
        { prefixes: ['a/'], destinations: [west], deletions: true },
      ],
    },
  ])('$name', ({ before, wanted, after }) => {
    expect(mergeRules(before, wanted)).toEqual(after);
    expect(mergeRules(after, wanted)).toEqual(after);
  });
});

const rule = (text: string) => `repositories: { registry: { replication: [${text}] } }`;

/** The images of the registry exist before the rules. */
async function registry(options = {}): Promise<Scenario> {
  const scene = await scenario({ regions: ['us-east-1', 'us-west-2'], replicationDelay: 0, ...options });
  for (const name of ['other/app', 'payroll/web', 'payroll/towpath'])
    await scene.shared.createRepository(name);
  await scene.publish('payroll/web', 'build-1', { name: 'web' });
  return scene;
}

const summaryOf = ({ summaries }: Ending): string => summaries.join().replaceAll('\\', '');

test('the plan lists the repositories that are copied, those of others, and what an account must allow', async () => {
  const scene = await registry();
  const planned = await provisioning(scene, rule("{ to: [us-west-2, '444455556666/us-east-1'] }"), {
    given: { mode: 'plan' },
  });
  const summary = summaryOf(planned);
  expect(summary).toContain(
    'Pushed images are copied to 111122223333 in us-west-2 and 444455556666 in us-east-1: other/app, payroll/towpath, payroll/web.',
  );
  expect(summary).toContain('Not in this configuration: other/app.');
  expect(summary).toContain(
    'The registry policy of 444455556666 in us-east-1 must allow account 111122223333 ecr:ReplicateImage and ecr:CreateRepository.',
  );
  expect(summary).not.toContain('lose images');
});

test('the plan lists the replicas that lose images, and deletions reach them', async () => {
  const scene = await registry();
  const wanted = rule('{ to: [us-west-2], repositories: [payroll/], deletions: true }');
  const planned = await provisioning(scene, wanted, { given: { mode: 'plan' } });
  expect(summaryOf(planned)).toContain(
    'The replicas in 111122223333 in us-west-2 lose images: an image or a tag that is deleted or expires in payroll/towpath, payroll/web is deleted there, too.',
  );
  await provisioning(scene, wanted);
  await provisioning(scene, wanted, { given: { mode: 'backfill' } });
  const replica = scene.shared.in('us-west-2');
  await eventually(async () => (await replica.repository('payroll/web')) !== undefined);
  await eventually(async () => (await replica.tags('payroll/web')).length === 1);
  await scene.shared.deleteTags('payroll/web', 'build-1');
  expect(await replica.tags('payroll/web')).toEqual([]);
});

test('the plan of a lifecycle policy says which replicas lose the expired images', async () => {
  const scene = await registry();
  await scene.publish('payroll/web', 'gitsha_1', { name: 'web', content: 'old' });
  scene.emulator.advance(30 * 24 * 60 * 60 * 1000);
  const settings = (deletions: boolean) =>
    `repositories: { lifecycle: { expire: { gitsha_: 7d } }, registry: { replication: [{ to: [us-west-2], deletions: ${deletions} }] } }`;
  const given = { mode: 'plan', 'max-expire': '100%' };
  const losing = await provisioning(scene, settings(true), { given });
  expect(summaryOf(losing)).toContain(
    'The replicas in 111122223333 in us-west-2 lose the expired images, too.',
  );
  const keeping = await provisioning(scene, settings(false), { given });
  expect(summaryOf(keeping)).not.toContain('lose the expired images');
});

describe('mode: backfill', () => {
  const wanted = rule('{ to: [us-west-2], repositories: [payroll/] }');
  const given = { mode: 'backfill' };

  test('is needed to copy images that exist, starts once, and says what is in progress', async () => {
    const scene = await registry({ replicationDelay: 60_000 });
    const applied = await provisioning(scene, wanted);
    expect(writesOf(applied)).toEqual(['ecr:PutReplicationConfiguration']);
    expect(summaryOf(applied)).toContain('To copy them, run provision with mode: backfill.');
    const dry = await provisioning(scene, wanted, { given: { ...given, 'dry-run': 'true' } });
    expect(writesOf(dry)).toEqual([]);
    const first = await provisioning(scene, wanted, { given });
    expect(first).toMatchObject({ green: true, outputs: { changed: 'true' } });
    expect(writesOf(first)).toEqual(['ecr:StartReplicationBackfill']);
    const second = await provisioning(scene, wanted, { given });
    expect(second).toMatchObject({ green: true, outputs: { changed: 'false' } });
    expect(writesOf(second)).toEqual([]);
    expect(second.annotations.map(({ message }) => message).join()).toContain(
      'No back-fill to 111122223333 in us-west-2 was started, because one is in progress in us-west-2.',
    );
  });

  test('needs rules that were applied', async () => {
    const scene = await registry();
    const early = await provisioning(scene, wanted, { given });
    expect(early.codes).toEqual(['config-invalid']);
    const without = await provisioning(scene, '', { given });
    expect(without.codes).toEqual(['config-invalid']);
    expect([...writesOf(early), ...writesOf(without)]).toEqual([]);
  });
});

async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it never became true');
}
