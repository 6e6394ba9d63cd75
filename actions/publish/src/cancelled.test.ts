import { expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { images, publishing, standing, team } from './harness/publication.ts';

test('a publication that is cancelled during an upload ends its requests, and says what is missing', async () => {
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
  const sent = scene.emulator.requests.length;
  await setTimeout(300);
  expect(scene.emulator.requests).toHaveLength(sent);

  scene.emulator.clearFaults();
  expect((await publishing(scene)).codes).toEqual([]);
  expect((await standing(scene)).ledger).toContain('1.0.0');
}, 60_000);
