import { describe, expect, test } from '@jest/globals';
import { scenario, type Ending, type Scenario } from '@towpath/testing';
import { promote } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { backend: {}, web: {} }
environments:
  dev: { from: build }
  prod: { from: dev, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com }
`;

interface Judged {
  readonly name: string;
  readonly repository: string;
  readonly digest: string;
  readonly verdict?: string;
}

/** Creates a team that has published 1.0.0, and the result of its gate. */
async function team(): Promise<{ scene: Scenario; judged: readonly Judged[] }> {
  const scene = await scenario();
  const judged: Judged[] = [];
  for (const name of ['backend', 'web']) {
    const repository = `payroll/${name}`;
    await scene.shared.createRepository(repository, 'MUTABLE');
    await scene.publish(repository, 'build-1.0.0', { name });
    const digest = (await scene.shared.digestOf(repository, 'build-1.0.0')) ?? '';
    judged.push({ name, repository, digest, verdict: 'pass' });
  }
  return { scene, judged };
}

function promoting(scene: Scenario, images: string, given: Record<string, string> = {}): Promise<Ending> {
  return scene.play(promote, {
    files: { 'towpath.yaml': config },
    given: { version: '1.0.0', 'target-environment': 'dev', images, ...given },
  });
}

test('accepts the output images of publish unchanged', async () => {
  const { scene, judged } = await team();
  const published = judged.map(({ name, repository, digest }) => ({
    ...{ name, registry: scene.shared.host, repository, digest, tags: ['build-1.0.0'] },
    ...{ image: `${scene.shared.host}/${repository}@${digest}`, platforms: {} },
  }));
  expect((await promoting(scene, JSON.stringify(published))).codes).toEqual([]);
});

test.each(['', ' '])(
  'rejects %j as the input images, because GitHub may have dropped the job output',
  async (images) => {
    const { scene } = await team();
    const { codes, annotations } = await promoting(scene, images);
    expect(codes).toEqual(['input-invalid']);
    expect(annotations[0]?.message).toContain('GitHub drops a job output that contains a masked value');
  },
);

describe('repositories that are missing in production', () => {
  const command =
    'To create it, run with credentials of account 444455556666: aws ecr create-repository --region us-east-1 --repository-name payroll/backend --image-tag-mutability IMMUTABLE --image-scanning-configuration scanOnPush=true';

  test('are all reported at once, with the command to create them', async () => {
    const { scene } = await team();
    for (const name of ['payroll/backend', 'payroll/web']) await scene.shared.admit(scene.prod, name);
    expect((await promoting(scene, 'any')).codes).toEqual([]);
    const { codes, annotations } = await scene.play(promote, {
      as: scene.prod,
      files: { 'towpath.yaml': config.replace('registry: 1', 'ledger: off\nregistry: 1') },
      given: { version: '1.0.0', 'target-environment': 'prod' },
    });
    expect(codes).toEqual(['repository-missing', 'repository-missing']);
    expect(annotations[0]?.message).toContain(command);
  });

  test('are named if the role of another account cannot see whether they exist', async () => {
    const { scene } = await team();
    expect((await promoting(scene, 'any')).codes).toEqual([]);
    const { codes, annotations } = await promoting(scene, 'any', { 'target-environment': 'prod' });
    expect(codes).toEqual(['access-denied']);
    expect(annotations[0]?.message).toContain('check that payroll/backend, payroll/web exist');
    expect(annotations[0]?.message).toContain(command);
  });
});
