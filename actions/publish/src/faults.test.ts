import { describe, expect, test } from '@jest/globals';
import {
  images,
  kinds,
  publishing,
  publishThrough,
  standing,
  team,
  undisturbed,
} from './harness/publication.ts';

/** Tests a sample with different requests for each kind; `faults.slow.ts` tests all of them. */
const every = 13;

describe.each(kinds.map((kind, index) => ({ ...kind, first: 1 + (index % every) })))(
  '$name at a request',
  ({ first, ...kind }) => {
    test('leaves no wrong tag, and a second run completes the publication', async () => {
      const { requests, end } = await undisturbed();
      for (let nth = first; nth <= requests; nth += every) await publishThrough(kind, nth, end);
    });
  },
);

test('a rebuild with different bytes completes a run that failed at any request', async () => {
  const { requests } = await undisturbed();
  const rebuilt = images.map((image) => ({ ...image, content: `again ${image.name}`, sources: image.name }));
  for (let nth = 1; nth <= requests; nth += 3) {
    const scene = await team();
    scene.emulator.addFault({ kind: 'exception', exception: 'AccessDeniedException', nth });
    expect([nth, (await publishing(scene)).codes]).toEqual([nth, ['access-denied']]);
    const { codes, outputs } = await publishing(scene, rebuilt);
    expect([nth, codes]).toEqual([nth, []]);
    const digests = JSON.parse(outputs.digests ?? '{}') as Record<string, string>;
    for (const { name } of images)
      for (const tag of ['1.0.0', 'build-1.0.0'])
        expect(digests[name]).toBe(
          `payroll/${name}@${(await scene.shared.digestOf(`payroll/${name}`, tag)) ?? ''}`,
        );
    expect((await standing(scene)).ledger).toContain('1.0.0');
    await scene.emulator.close();
  }
});

describe('two publishers of the same version', () => {
  test('both succeed with the same images', async () => {
    const scene = await team();
    const endings = await Promise.all([publishing(scene), publishing(scene)]);
    expect(endings.map(({ codes }) => codes)).toEqual([[], []]);
    expect(await standing(scene)).toEqual((await undisturbed()).end);
  });

  test('with different images: one succeeds, and the other fails with a conflict', async () => {
    const scene = await team();
    const others = images.map((image) => ({ ...image, content: `another ${image.name}` }));
    const endings = await Promise.all([publishing(scene), publishing(scene, others)]);
    const [winner] = endings.filter(({ green }) => green);
    const [loser] = endings.filter(({ green }) => !green);
    expect(loser?.codes).toEqual(['tag-conflict']);
    const won = JSON.parse(winner?.outputs.images ?? '[]') as { name: string; digest: string }[];
    expect((await standing(scene)).digests).toEqual(
      Object.fromEntries(won.map(({ name, digest }) => [name, digest])),
    );
  });
});
