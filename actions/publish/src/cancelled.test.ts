import { expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { images, publishing, standing, team } from './harness/publication.ts';

test('a publication that is cancelled during an upload ends its requests and reports what is missing', async () => {
  const scene = await team();
  scene.emulator.addFault({ kind: 'stall', operation: 'PUT upload', nth: 3, times: 0 });
  const cancelled = new AbortController();
  const publication = publishing(scene, images, cancelled.signal);
  const uploads = () => scene.emulator.requests.filter(({ operation }) => operation === 'PUT upload');
  while (uploads().length < 4) await setTimeout(10);
  cancelled.abort(new Error('cancelled by SIGINT'));
  const { green, codes, annotations, lines } = await publication;
  expect([green, codes]).toEqual([false, ['cancelled']]);
  expect(annotations[0]?.message).toMatch(
    /^The run was cancelled\. Images in place: .*\. Images not in place: .+\. Images without all their tags: .+\. Run it again/,
  );
  expect(lines).toContain('Written before this happened (running again is safe):');
  // Requests that were sent earlier can still arrive.
  await setTimeout(200);
  const sent = scene.emulator.requests.length;
  await setTimeout(300);
  expect(scene.emulator.requests).toHaveLength(sent);

  scene.emulator.clearFaults();
  expect((await publishing(scene)).codes).toEqual([]);
  expect((await standing(scene)).ledger).toContain('1.0.0');
}, 60_000);

test('a publication that is cancelled before its release is written reports the missing release', async () => {
  const { requests } = await publishing(await team());
  // The release is written last.
  const writes = requests.filter(({ operation }) => operation === 'ecr:PutImage').length;
  const scene = await team();
  scene.emulator.addFault({ kind: 'stall', operation: 'ecr:PutImage', nth: writes });
  const cancelled = new AbortController();
  const publication = publishing(scene, images, cancelled.signal);
  const begun = () => scene.emulator.requests.filter(({ operation }) => operation === 'ecr:PutImage');
  while (begun().length < writes) await setTimeout(10);
  cancelled.abort(new Error('cancelled by SIGINT'));
  const { codes, annotations } = await publication;
  expect(codes).toEqual(['cancelled']);
  expect(annotations[0]?.message).toContain(
    'All images are in place with their tags, but release 1.0.0 is missing in',
  );
}, 60_000);
