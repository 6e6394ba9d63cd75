import { expect, test } from '@jest/globals';
import { scenario } from '@towpath/testing';
import { promote } from './action.ts';

const arn = 'arn:aws:iam::444455556666:role/deploy';

function config(role: string): string {
  return `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { web: { platforms: [linux/amd64, linux/arm64] } }
environments:
  prod: { from: build, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com, role: ${role} }
`;
}

/** Creates a team whose production account admits only its own role. */
async function team(...trusted: readonly string[]) {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  await scene.prod.createRepository('payroll/web');
  await scene.publish('payroll/web', 'build-1.0.0', {
    name: 'web',
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  const policy = { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] };
  const trust = {
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: [...trusted] } }],
  };
  scene.emulator.addRoles({ [arn]: { policy, trust } });
  return scene;
}

test('promotes with the role of the environment and reads the source with the role of the job', async () => {
  const scene = await team('111122223333');
  const { green } = await scene.play(promote, {
    files: { 'towpath.yaml': config(arn) },
    given: { version: '1.0.0', 'target-environment': 'prod' },
  });
  expect(green).toBe(true);
  const published = await scene.shared.digestOf('payroll/web', 'build-1.0.0');
  expect(await scene.prod.digestOf('payroll/web', 'prod-1.0.0')).toBe(published);
});

test('names the role that cannot be assumed and promotes nothing', async () => {
  const scene = await team('444455556666');
  const { codes, annotations } = await scene.play(promote, {
    files: { 'towpath.yaml': config(arn) },
    given: { version: '1.0.0', 'target-environment': 'prod' },
  });
  expect(codes).toEqual(['access-denied']);
  expect(annotations.map(({ message }) => message).join()).toContain(arn);
  expect(await scene.prod.tags('payroll/web')).toEqual([]);
});
