import { beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { begin, green, type Scene } from './scene.ts';

/** The policy that docs/permissions.md shows for a build with private base images. */
const { Statement } = JSON.parse(
  readFileSync(new URL('../../examples/exemplar/iam/build.json', import.meta.url), 'utf8'),
) as { readonly Statement: readonly { readonly Action: string | readonly string[] }[] };

let scene: Scene;

beforeEach(async () => {
  scene = await begin();
  await scene.withoutCache();
});

/** Builds the image of one platform with a role that may do all that the policy says but one thing. */
async function build(lacking?: string): ReturnType<Scene['step']> {
  const { emulator, shared } = scene.stage;
  const left = Statement.map(({ Action, ...rest }) => ({
    ...rest,
    Action: [Action].flat().filter((action) => action !== lacking),
  })).filter(({ Action }) => Action.length > 0);
  await emulator.setRoles({
    [`arn:aws:iam::${shared.id}:role/payroll-build`]: { policy: { Statement: left } },
  });
  const { credentials } = await shared.assume('payroll-build');
  return scene.step('build', { only: 'reconcile' }, { env: credentials });
}

test('a build pulls its private bases with the role of the page', async () => {
  expect(JSON.parse(green(await build()).outputs.images ?? '')).toHaveLength(1);
});

test.each(Statement.flatMap(({ Action }) => Action))('it cannot without %s', async (lacking) => {
  const { exitCode, outputs } = await build(lacking);
  expect(exitCode).toBe(1);
  expect(outputs['failure-reason']).toBe(
    lacking === 'ecr:GetAuthorizationToken' ? 'access-denied' : 'build-failed',
  );
});
