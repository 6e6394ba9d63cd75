import { describe, expect, test } from '@jest/globals';
import { Journal } from '@towpath/flow';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.ts';
import { provisioning, scenario, type Scenario } from './harness/team.ts';
import type { ProvisionPlan } from './plan.ts';
import { ProvisionSession } from './session.ts';

/** Plans, lets others change the same document, and then applies the plan. */
async function interleave(scene: Scenario, settings: string, change: () => Promise<unknown>): Promise<void> {
  const given = { mode: 'apply', 'dry-run': 'true', 'plan-out': 'plan.json' };
  const planned = await provisioning(scene, settings, { given });
  expect(planned.green).toBe(true);
  const file = readFileSync(join(planned.workspace, 'plan.json'), 'utf8');
  const { plan } = JSON.parse(file) as { readonly plan: ProvisionPlan };
  await change();
  const session = new ProvisionSession(planned, { region: undefined, token: undefined });
  try {
    expect((await execute(plan, session, planned, new Journal())).applied).toBe(true);
  } finally {
    await session.close();
  }
}

const registry = (text: string) => `repositories: { registry: { ${text} } }`;
const profile = (name: string) => `arn:aws:signer:us-east-1:111122223333:/signing-profiles/${name}`;

describe('provision keeps what others add between plan and apply:', () => {
  test.each<{
    name: string;
    settings: string;
    change: (scene: Scenario) => Promise<unknown>;
    /** Settings with the entries of both. */
    both: string;
  }>([
    {
      name: 'a scanning filter',
      settings: registry("scanning: { on-push: ['payroll/*'] }"),
      change: ({ shared }) => shared.configureScanning('BASIC', 'SCAN_ON_PUSH', 'other/*'),
      both: registry("scanning: { on-push: ['payroll/*', 'other/*'] }"),
    },
    {
      name: 'a replication rule',
      settings: registry('replication: [{ to: [us-west-2], repositories: [payroll/] }]'),
      change: ({ shared, prod }) => shared.replicateTo(prod),
      both: registry(
        "replication: [{ to: [us-west-2], repositories: [payroll/] }, { to: ['444455556666/us-east-1'] }]",
      ),
    },
    {
      name: 'a signing rule',
      settings: registry(`signing: [{ profile: "${profile('images')}" }]`),
      change: (scene) => provisioning(scene, registry(`signing: [{ profile: "${profile('others')}" }]`)),
      both: registry(`signing: [{ profile: "${profile('images')}" }, { profile: "${profile('others')}" }]`),
    },
  ])('$name', async ({ settings, change, both }) => {
    const scene = await scenario({ regions: ['us-east-1', 'us-west-2'] });
    await provisioning(scene, '');
    await interleave(scene, settings, () => change(scene));
    const checked = await provisioning(scene, both, { given: { mode: 'check' } });
    expect([checked.codes, checked.outputs.changed]).toEqual([[], 'false']);
  });

  test('a statement of a repository policy', async () => {
    const scene = await scenario();
    await provisioning(scene, '');
    const Statement = [
      {
        Sid: 'LambdaECRImageRetrievalPolicy',
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'ecr:BatchGetImage',
      },
    ];
    await interleave(scene, "repositories: { readers: { accounts: ['444455556666'] } }", () =>
      scene.shared.setPolicy('payroll/web', { Version: '2012-10-17', Statement }),
    );
    expect(await scene.shared.policy('payroll/web')).toMatchObject({
      Statement: [{ Sid: 'LambdaECRImageRetrievalPolicy' }, { Sid: 'TowpathReaders' }],
    });
  });

  test('a statement of the registry policy', async () => {
    const scene = await scenario();
    await provisioning(scene, '');
    const settings = registry(
      "policy: { Replicas: { principals: ['444455556666'], actions: ['ecr:ReplicateImage'] } }",
    );
    await interleave(scene, settings, () => scene.shared.allowReplicationFrom(scene.prod));
    expect(JSON.parse((await scene.shared.registryPolicy()) ?? '')).toMatchObject({
      Statement: [{ Sid: 'Replication' }, { Sid: 'TowpathReplicas' }],
    });
  });
});
