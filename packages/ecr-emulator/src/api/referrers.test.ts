import { CreateRepositoryCommand, ListImageReferrersCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import { expect, test } from '@jest/globals';
import { ecrClient, start } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient } from '../harness/registry.ts';

test('lists referrers of an image in pages, filters them, and limits their number', async () => {
  const emulator = await start();
  const ecr = ecrClient(emulator);
  const repositoryName = 'app';
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const registry = await registryClient(emulator);
  const subject = imageOf('subject');
  await push(registry, repositoryName, 'v1', subject);
  const artifact = imageOf('artifact');
  await push(registry, repositoryName, 'artifact', artifact);

  const refer = async (number: number, artifactType: string): Promise<void> => {
    const { mediaType, manifest } = imageOf('artifact', {
      artifactType,
      annotations: { number: String(number) },
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.manifest.length },
    });
    await ecr.send(
      new PutImageCommand({ repositoryName, imageManifest: manifest, imageManifestMediaType: mediaType }),
    );
  };
  for (let number = 0; number < 100; number++)
    await refer(number, number === 0 ? 'type/rare' : 'type/common');
  expect(await refusalOf(refer(100, 'type/common'))).toMatchObject({ name: 'LimitExceededException' });

  const list = { repositoryName, subjectId: { imageDigest: subject.digest } };
  const filtered = await ecr.send(
    new ListImageReferrersCommand({ ...list, filter: { artifactTypes: ['type/rare'] } }),
  );
  expect(filtered.referrers).toEqual([
    expect.objectContaining({
      artifactType: 'type/rare',
      annotations: { number: '0' },
      artifactStatus: 'ACTIVE',
    }),
  ]);
  const first = await ecr.send(new ListImageReferrersCommand(list));
  const second = await ecr.send(new ListImageReferrersCommand({ ...list, nextToken: first.nextToken }));
  expect([first.referrers?.length, second.referrers?.length, second.nextToken]).toEqual([50, 50, undefined]);
});
