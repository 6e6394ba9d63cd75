import { expect, test } from '@jest/globals';
import { digestOf, parseEcrHost, type RepositoryRef } from '@towpath/reference';
import { Journal } from '@towpath/flow';
import { parseManifest } from '@towpath/oci';
import { Session } from '@towpath/session';
import { attach, fakeRuntime, scenario } from '@towpath/testing';
import { settleAttachments } from './attachments.ts';

test('an attachment that is not in the target afterwards is an error that names it', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('web');
  await scene.publish('web', 'build-1', { name: 'web' });
  const image = parseManifest(await scene.shared.manifest('web', 'build-1'), '');
  const { digest, mediaType } = await attach(scene.shared, 'web', {
    subject: image.digest,
    content: 'here',
  });
  const lost = digestOf('lost');
  const host = parseEcrHost(scene.shared.host);
  if (host === undefined) throw new Error('the account has a registry');
  const location: RepositoryRef = { registry: host, repository: 'web' };
  const env = { ...scene.shared.credentials, AWS_ENDPOINT_URL: scene.emulator.api };
  const runtime = fakeRuntime({ env });
  const about = { mediaType, artifactType: '', subject: image.digest };
  const settle = (list: readonly { digest: typeof digest }[]) =>
    settleAttachments(
      {
        name: 'web',
        location,
        graph: { manifests: [{ manifest: image, present: true }], blobs: [] },
        attachments: {
          list: list.map((one) => ({ ...about, ...one })),
          tags: [],
          settings: { mutability: 'MUTABLE', exclusions: [] },
        },
      },
      new Session(runtime),
      runtime,
      new Journal(),
    );
  expect(await settle([{ digest }])).toEqual([]);
  await expect(settle([{ digest }, { digest: lost }])).rejects.toMatchObject({
    code: 'image-missing',
    message: expect.stringContaining(lost) as unknown,
  });
});
