import { describe, expect, test } from '@jest/globals';
import { provision } from '@towpath/action-provision';
import { scenario, type Ending, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { everySetting } from './every-setting.ts';
import { lesser, readPolicy, type Policy } from './policy.ts';

const role = 'payroll-provision';
const config = readFileSync('examples/exemplar/towpath.yaml', 'utf8')
  // The repositories of production are in another account, which has its own role.
  .replace(/ {2}prod:\n(?: {4}.*\n)+/, '');

const nothing = '\nrepositories: { lifecycle: none, readers: {} }\n';

/** Creates one of the repositories with other settings and two images. The others are missing. */
async function team(policy: Policy): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.putParameter('/account/ecr/main/registry', `${scene.shared.host}/payroll`);
  await scene.shared.createRepository('payroll/towpath');
  await scene.shared.createRepository('payroll/web', 'MUTABLE', { scanOnPush: false });
  for (const version of ['1', '2'])
    await scene.publish('payroll/web', `build-${version}`, { name: 'web', content: version });
  scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/${role}`]: { policy } });
  return scene;
}

async function running(scene: Scenario, mode: string, written: string): Promise<Ending> {
  return scene.play(provision, {
    as: await scene.shared.assume(role),
    files: { 'towpath.yaml': config + written },
    given: { mode, 'max-expire': '100%' },
  });
}

async function planning(policy: Policy): Promise<Ending> {
  return running(await team(policy), 'plan', everySetting);
}

/** Sets everything, and removes again what can be removed. */
async function applying(policy: Policy): Promise<Ending> {
  const scene = await team(policy);
  const applied = await running(scene, 'apply', everySetting);
  return applied.green ? running(scene, 'apply', nothing) : applied;
}

const plan = readPolicy('provision-plan');
const apply = readPolicy('provision');
const both = (one: Policy, other: Policy): Policy => ({
  Statement: [...one.Statement, ...other.Statement],
});

describe('a role with the policy provision-plan', () => {
  test('plans', async () => {
    expect((await planning(plan)).green).toBe(true);
  });

  test('cannot apply', async () => {
    expect((await applying(plan)).codes).toEqual(['access-denied']);
  });

  test.each(lesser(plan))('cannot plan without $lacks', async ({ policy }) => {
    expect((await planning(policy)).codes).toEqual(['access-denied']);
  });
});

describe('a role with the policies provision-plan and provision', () => {
  test('applies', async () => {
    expect((await applying(both(plan, apply))).green).toBe(true);
  });

  test.each(lesser(apply))('cannot apply without $lacks', async ({ policy }) => {
    expect((await applying(both(plan, policy))).codes).toEqual(['access-denied']);
  });
});
