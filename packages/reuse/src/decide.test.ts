import { expect, test } from '@jest/globals';
import { fingerprintTag } from '@towpath/image-set';
import type { Locations } from '@towpath/project';
import { parseEcrHost } from '@towpath/reference';
import { scenario, sessionOf } from '@towpath/testing';
import { decide } from './decide.ts';
import type { KnownImage } from './fingerprints.ts';

test('builds an image if another program set its fingerprint tag to a manifest that cannot be read', async () => {
  const scene = await scenario();
  const repository = 'payroll/web';
  await scene.shared.createRepository(repository);
  await scene.publish(repository, 'bait', { name: 'web' });
  const manifest = JSON.parse((await scene.shared.manifest(repository, 'bait')).toString()) as {
    readonly mediaType: string;
  };
  const value = 'f'.repeat(64);
  const bytes = Buffer.from(JSON.stringify({ Config: {}, ...manifest }));
  await scene.shared.putManifest(repository, bytes, manifest.mediaType, fingerprintTag(value));
  const image = { name: 'web', noCache: false };
  const known = { image, fingerprint: { value }, unfixed: [] } as unknown as KnownImage;
  const location = { registry: parseEcrHost(scene.shared.host), repository };
  const locations = {
    session: sessionOf(scene),
    locate: () => Promise.resolve(location),
  } as unknown as Locations;
  const decided = await decide([known], {
    maxAge: Infinity,
    now: new Date(),
    locations,
    sources: { caches: [], endpoints: new Map() },
  });
  expect(decided.get('web')).toEqual({
    kind: 'build',
    why: expect.stringMatching(/^Towpath cannot read tag fp-f{24} \(sha256:.*\) of payroll\/web in 1111/),
  });
});
