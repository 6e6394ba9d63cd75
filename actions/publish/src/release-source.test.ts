import { expect, test } from '@jest/globals';
import type { Scenario } from '@towpath/testing';
import { publishing, teamWithLedger } from './harness/team.ts';

/** The sources that the release of version 1.0.0 records. */
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

test('records the commit of the image set if the job that publishes knows no commit', async () => {
  const scene = await teamWithLedger();
  await publishing(scene);
  expect(await recordedSource(scene)).toEqual({ revision: 'c'.repeat(40) });
});
