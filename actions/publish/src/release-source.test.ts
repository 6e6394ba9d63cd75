import { expect, test } from '@jest/globals';
import { BatchGetImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import type { Scenario } from '@towpath/testing';
import { publishing, teamWithLedger } from './harness/team.ts';

/** The sources that the release of version 1.0.0 records. */
async function recordedSource({ emulator, shared }: Scenario): Promise<unknown> {
  const ecr = new ECRClient({
    endpoint: emulator.api,
    region: 'us-east-1',
    credentials: { accessKeyId: shared.id, secretAccessKey: 'secret' },
  });
  const { images = [] } = await ecr.send(
    new BatchGetImageCommand({ repositoryName: 'payroll/towpath', imageIds: [{ imageTag: '1.0.0' }] }),
  );
  const manifest = JSON.parse(images[0]?.imageManifest ?? '') as { layers: { data: string }[] };
  const document = Buffer.from(manifest.layers[0]?.data ?? '', 'base64').toString('utf8');
  return (JSON.parse(document) as { source: unknown }).source;
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
