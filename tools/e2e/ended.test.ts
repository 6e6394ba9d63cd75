import { expect, test } from '@jest/globals';
import type { Stage } from '@towpath/stage';
import { setTimeout } from 'node:timers/promises';
import { begin, green, type Scene } from './scene.ts';

const version = { version: '1.0.0' };
const reading = 'ecr:DescribeImageScanFindings';

/** Publishes images whose scans never finish. */
async function scanning(): Promise<Scene> {
  const scene = await begin();
  green(await scene.step('build'));
  const { outputs } = green(await scene.step('publish', version));
  const digests = (JSON.parse(outputs.images ?? '[]') as { platforms: Record<string, string> }[]).flatMap(
    ({ platforms }) => Object.values(platforms),
  );
  const status = { status: 'IN_PROGRESS' };
  await scene.stage.emulator.setFindings(Object.fromEntries(digests.map((digest) => [digest, status])));
  await scene.stage.emulator.clearRequests();
  return scene;
}

/** Aborts when so many requests of an operation have arrived. */
function after({ emulator }: Stage, operation: string, count: number): AbortSignal {
  const controller = new AbortController();
  const watch = async (): Promise<void> => {
    while ((await emulator.requests()).filter((one) => one.operation === operation).length < count)
      await setTimeout(20);
    controller.abort();
  };
  // When the emulator is gone the test is over.
  watch().catch(() => undefined);
  return controller.signal;
}

test('the process of a gate ends as soon as one image is refused', async () => {
  const { stage, step } = await scanning();
  await stage.emulator.addFault({
    kind: 'exception',
    exception: 'AccessDeniedException',
    operation: reading,
    nth: 5,
  });
  const gate = await step('scan-gate', { ...version, timeout: '1d' });
  expect([gate.exitCode, gate.outputs['failure-reason']]).toEqual([1, 'access-denied']);
  expect(gate.milliseconds).toBeLessThan(30_000);
});

test('a gate that is cancelled while it waits names the scans that did not finish', async () => {
  const { stage, step } = await scanning();
  const interruption = { when: after(stage, reading, 6), by: 'SIGINT' } as const;
  const gate = await step('scan-gate', { ...version, timeout: '1d' }, { interruption });
  expect([gate.exitCode, gate.outputs['failure-reason']]).toEqual([1, 'cancelled']);
  expect(gate.annotations.map(({ message }) => message).join()).toContain(
    'Scans that finished: none. Scans that did not finish: reconcile',
  );
});

test('a publication that is cancelled during an upload ends it, and says what is missing', async () => {
  const { stage, step } = await begin();
  green(await step('build'));
  await stage.emulator.addFault({ kind: 'stall', operation: 'PUT upload', nth: 5, times: 0 });
  await stage.emulator.clearRequests();
  const interruption = { when: after(stage, 'PUT upload', 5), by: 'SIGINT' } as const;
  const publication = await step('publish', version, { interruption });
  expect([publication.exitCode, publication.outputs['failure-reason']]).toEqual([1, 'cancelled']);
  expect(publication.milliseconds).toBeLessThan(30_000);
  expect(publication.annotations.map(({ message }) => message).join()).toMatch(
    /Images in place: .*Images not in place: .*Images without all their tags: /,
  );
});
