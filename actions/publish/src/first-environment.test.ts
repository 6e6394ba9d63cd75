import { expect, test } from '@jest/globals';
import { scenario } from '@towpath/testing';
import { publish } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { web: {} }
environments:
  staging: { from: build }
  canary: { from: build }
  prod: { from: staging }
`;

async function publishFor(environment: string) {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  const ending = await scene.play(publish, {
    files: { 'towpath.yaml': config },
    imageSet: [{ name: 'web' }],
    given: { version: '1.0.0', environment },
  });
  return { ...ending, tags: await scene.shared.tags('payroll/web') };
}

test.each([
  ['', 'staging'],
  ['staging', 'staging'],
  ['canary', 'canary'],
])('reports the environment that the version enters first, given %j', async (given, environment) => {
  const { green, outputs } = await publishFor(given);
  expect([green, outputs.environment]).toEqual([true, environment]);
});

test.each([
  ['dev', 'input-invalid', /has no environment of that name/, /staging/],
  ['prod', 'promotion-skips', /comes from staging, not from build/, /Set environment: staging/],
])('refuses the environment %s before anything is written', async (given, code, message, hint) => {
  const { codes, annotations, tags } = await publishFor(given);
  expect([codes, tags]).toEqual([[code], []]);
  const said = annotations.map((annotation) => annotation.message).join('\n');
  expect(said).toMatch(message);
  expect(said).toMatch(hint);
});
