import { describe, expect, test } from '@jest/globals';
import { provision } from '@towpath/action-provision';
import { scenario, type Ending, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { readPolicy, type Policy } from './policy.ts';

/** The rows of the table of permissions in docs/provision.md: the keys, and the actions to plan and to apply. */
const rows = readFileSync('docs/provision.md', 'utf8')
  .split('## Permissions')[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [keys = [], plan = [], apply = []] = line
      .split('|')
      .slice(1)
      .map((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = '']) => code));
    const ofEcr = (actions: readonly string[]) => actions.filter((action) => action.startsWith('ecr:'));
    return { keys, plan: ofEcr(plan), apply: ofEcr(apply) };
  });

const role = 'arn:aws:iam::111122223333:role/other';

/** Settings that need the actions of a row, in the order in which they are applied. */
const settings: Readonly<Record<string, readonly string[]>> = {
  scanning: ["scanning: { on-push: ['a/*'] }"],
  'blob-mounting': ['blob-mounting: true, policy-scope: V2'],
  policy: ["policy: { A: { principals: ['444455556666'], actions: ['ecr:ReplicateImage'] } }", 'policy: {}'],
  'pull-time-exclusions': [`pull-time-exclusions: ["${role}"]`],
  templates: [
    'templates: [{ prefix: a, for: [push] }]',
    'templates: [{ prefix: a, for: [push], immutability: mutable }]',
  ],
  'pull-through': [
    `pull-through: [{ prefix: aa, upstream: 444455556666.dkr.ecr.us-east-1.amazonaws.com, role: "${role}" }]`,
    `pull-through: [{ prefix: aa, upstream: 444455556666.dkr.ecr.us-east-1.amazonaws.com, role: "${role}2" }]`,
  ],
  replication: ['replication: [{ to: [us-west-2] }]'],
  signing: ['signing: [{ profile: "arn:aws:signer:us-east-1:111122223333:/signing-profiles/images" }]'],
};

/** Runs provision with the policy of the page, and these actions for the whole registry. */
async function running(
  scene: Scenario,
  { actions, mode, text }: { actions: readonly string[]; mode: string; text: string },
): Promise<Ending> {
  const whole = {
    Sid: 'Registry',
    Effect: 'Allow',
    Action: ['ecr:GetAuthorizationToken', ...actions],
    Resource: '*',
  };
  const policy: Policy = {
    Statement: [...readPolicy('provision-plan').Statement, ...readPolicy('provision').Statement, whole],
  };
  scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/registry`]: { policy } });
  const config = `registry: ${scene.shared.host}/payroll\nimages: { web: {} }\nrepositories: { registry: { ${text} } }\n`;
  return scene.play(provision, {
    as: await scene.shared.assume('registry'),
    files: { 'towpath.yaml': config },
    given: { mode },
  });
}

const start = () => scenario({ regions: ['us-east-1', 'us-west-2'] });

describe('the permissions for a key of repositories.registry:', () => {
  test('every key has a row', () => {
    expect(rows?.map(({ keys: [key] }) => key)).toEqual(Object.keys(settings));
  });

  test.each(rows ?? [])('$keys', async ({ keys: [key = ''], plan, apply }) => {
    const texts = settings[key] ?? [];
    const [text = ''] = texts;
    const scene = await start();
    expect((await running(scene, { actions: plan, mode: 'plan', text })).codes).toEqual([]);
    const lesser = await running(scene, { actions: plan, mode: 'apply', text });
    expect(lesser.codes).toEqual(['access-denied']);
    for (const one of texts) {
      const applied = await running(scene, { actions: [...plan, ...apply], mode: 'apply', text: one });
      expect(applied.codes).toEqual([]);
    }
    if (key === 'replication') {
      const backfill = await running(scene, { actions: [...plan, ...apply], mode: 'backfill', text });
      expect(backfill.codes).toEqual([]);
    }
  });

  test.each(
    (rows ?? []).flatMap(({ keys: [key = ''], plan }) =>
      plan
        .filter((action) => action !== 'ecr:ListReplicationBackfills')
        .map((action) => ({ key, action, plan })),
    ),
  )('$key cannot be planned without $action', async ({ key, action, plan }) => {
    const scene = await start();
    const [text = ''] = settings[key] ?? [];
    if (key === 'pull-through') await running(scene, { actions: ['ecr:*'], mode: 'apply', text });
    const actions = plan.filter((one) => one !== action);
    expect((await running(scene, { actions, mode: 'plan', text })).codes).toEqual(['access-denied']);
  });
});
