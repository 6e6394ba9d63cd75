import { expect, test } from '@jest/globals';
import type { Scenario } from '@towpath/testing';
import { publishing, teamWithLedger } from './harness/team.ts';

/** Returns the source that the release of version 1.0.0 records. */
async function recordedSource({ shared }: Scenario): Promise<unknown> {
  const release = await shared.document('payroll/towpath', '1.0.0');
  return (release as { readonly source: unknown }).source;
}

test('records the commit of the job that publishes, whatever the image set says', async () => {
  const scene = await teamWithLedger();
  const revision = 'a'.repeat(40);
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/payroll',
    GITHUB_SHA: revision,
    GITHUB_REF: 'refs/heads/main',
    GITHUB_EVENT_NAME: 'push',
  };
  expect((await publishing(scene, { env })).green).toBe(true);
  expect(await recordedSource(scene)).toEqual({
    repository: 'acme/payroll',
    revision,
    ref: 'refs/heads/main',
  });
});

test('publishes nothing that was built from another commit than the one that is checked out', async () => {
  const scene = await teamWithLedger();
  const env = { GITHUB_ACTIONS: 'true', GITHUB_SHA: 'a'.repeat(40), GITHUB_REF: 'refs/heads/main' };
  const { codes, annotations, requests } = await publishing(scene, { env, revision: 'b'.repeat(40) });
  expect([codes, requests]).toEqual([['image-set-invalid'], []]);
  expect(annotations[0]?.message).toContain('give actions/checkout the same ref');
});

test('records the commit of the image set if the publishing job has no commit', async () => {
  const scene = await teamWithLedger();
  await publishing(scene);
  expect(await recordedSource(scene)).toEqual({ revision: 'c'.repeat(40) });
});
