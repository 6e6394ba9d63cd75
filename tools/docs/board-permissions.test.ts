import { describe, expect, test } from '@jest/globals';
import { board } from '@towpath/action-board';
import { putLifecyclePolicy } from '@towpath/ecr';
import { writeEnvironmentEntry, type EnvironmentEntry } from '@towpath/ledger';
import { parseEcrHost } from '@towpath/reference';
import { defaultPolicy, policyDigest } from '@towpath/scan-policy';
import { Session } from '@towpath/session';
import { fakeRuntime, scenario, type Ending, type Scenario } from '@towpath/testing';
import { lesser, readPolicy, type Policy } from './policy.ts';

const role = 'payroll-board';

describe('a role with the policy board', () => {
  /** Shows a board of an environment with an entry and an image. */
  const showing = async (policy: Policy, prefix = 'payroll'): Promise<Ending> => {
    const scene = await scenario();
    await writeEntry(scene, prefix);
    scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/${role}`]: { policy } });
    const registries = `${scene.shared.host}/${prefix}`;
    return scene.play(board, { as: await scene.shared.assume(role), given: { registries } });
  };

  test('reads and observes everything', async () => {
    const { green, annotations, outputs } = await showing(readPolicy('board'));
    expect([green, annotations, outputs['not-observed'], outputs.drift]).toEqual([true, [], '0', '0']);
  });

  test.each(lesser(readPolicy('board')))('says what is missing without $lacks', async ({ policy }) => {
    const { annotations } = await showing(policy);
    expect(annotations.map(({ message }) => message).join()).toMatch(/Grant ecr:|denied/);
  });

  test('cannot read the ledger of another team', async () => {
    const { green, codes } = await showing(readPolicy('board'), 'other');
    expect([green, codes]).toEqual([false, ['access-denied']]);
  });
});

describe('a role with the policies board and board-more', () => {
  const both = (more: Policy): Policy => ({
    Statement: [...readPolicy('board').Statement, ...more.Statement],
  });
  const ofEcr = (policy: Policy): Policy => ({
    Statement: policy.Statement.filter(({ Sid }) => Sid === 'ReadLifecyclePolicies' || Sid === 'ReadScans'),
  });
  const observing = async (policy: Policy): Promise<Ending> => {
    const scene = await scenario({ scanDelays: { notFound: 0, pending: 0, inProgress: 0, findings: 0 } });
    await writeEntry(scene, 'payroll');
    const host = parseEcrHost(scene.shared.host);
    if (host === undefined) throw new Error('the account has a registry');
    const env = { ...scene.shared.credentials, AWS_ENDPOINT_URL: scene.emulator.api };
    const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 100 };
    const rules = [{ rulePriority: 1, selection, action: { type: 'expire' } }];
    const ecr = new Session(fakeRuntime({ env })).ecr(host);
    await putLifecyclePolicy(ecr, 'payroll/web', JSON.stringify({ rules }));
    scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/${role}`]: { policy } });
    const registries = `${scene.shared.host}/payroll`;
    const given = { registries, observe: 'tags,lifecycle,gate' };
    return scene.play(board, { as: await scene.shared.assume(role), given });
  };

  test('observes lifecycle policies and verdicts', async () => {
    const { green, outputs } = await observing(both(ofEcr(readPolicy('board-more'))));
    expect([green, outputs['not-observed'], outputs.drift]).toEqual([true, '0', '0']);
  });

  test.each(lesser(ofEcr(readPolicy('board-more'))))(
    'does not observe them without $lacks',
    async ({ policy }) => {
      expect((await observing(both(policy))).outputs['not-observed']).toBe('1');
    },
  );
});

/** Publishes an image, and records in the ledger that the environment dev has it. */
async function writeEntry(scene: Scenario, prefix: string): Promise<void> {
  for (const name of ['web', 'towpath']) await scene.shared.createRepository(`${prefix}/${name}`);
  await scene.publish(`${prefix}/web`, 'dev-1.0.0', { name: 'web' });
  const digest = await scene.shared.digestOf(`${prefix}/web`, 'dev-1.0.0');
  const host = parseEcrHost(scene.shared.host);
  if (digest === undefined || host === undefined) throw new Error('the image was published');
  const { emulator, shared } = scene;
  const endpoints = { [shared.host]: emulator.registryUrl(shared.id, 'us-east-1') };
  const env = {
    ...shared.credentials,
    AWS_ENDPOINT_URL: emulator.api,
    TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify(endpoints),
  };
  const entry: EnvironmentEntry = {
    schemaVersion: 1,
    environment: 'dev',
    number: 1,
    kind: 'promotion',
    version: '1.0.0',
    from: 'build',
    when: '2026-01-31T12:00:00.000Z',
    source: {},
    images: [
      {
        name: 'web',
        repository: `${prefix}/web`,
        digest,
        version: '1.0.0',
        verdict: 'pass',
        policy: policyDigest(defaultPolicy),
      },
    ],
  };
  const location = { registry: host, repository: `${prefix}/towpath` };
  await writeEnvironmentEntry(location, entry, new Session(fakeRuntime({ env })));
}
