import { expect, test } from '@jest/globals';
import { team, type Stage } from '@towpath/stage';
import { appendFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { servePackages } from './package-server.ts';
import { begin, green, imagesOf, type Scene } from './scene.ts';

/** Adds a step with a random result to the job, and enough layers that its upload can be interrupted. */
async function makeUnreproducible({ checkout }: Scene): Promise<void> {
  const folder = join(checkout.folder, 'job');
  await mkdir(join(folder, 'data'));
  const parts = Array.from({ length: 12 }, (_, index) => `data/${index}`);
  for (const part of parts) await writeFile(join(folder, part), randomBytes(2 ** 21));
  const lines = [
    'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37',
    ...parts.map((part) => `COPY ${part} /${part}`),
    'RUN cat /proc/sys/kernel/random/uuid > /uuid',
  ];
  await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
  await checkout.commit('Make the build random');
}

/** Returns a signal that aborts when the next blob is stored. */
async function whenABlobIsStored({ emulator }: Stage): Promise<AbortSignal> {
  await emulator.clearRequests();
  const controller = new AbortController();
  const watch = async () => {
    for (;;) {
      const requests = await emulator.requests();
      if (requests.some(({ operation, status }) => operation === 'PUT upload' && status === 201)) break;
      await setTimeout(2);
    }
  };
  // The request fails when the test ends and the emulator is closed.
  void watch()
    .finally(() => {
      controller.abort();
    })
    .catch(() => undefined);
  return controller.signal;
}

const reconcile = `${team.prefix}/reconcile`;

test('publish completes after a run that was killed', async () => {
  const scene = await begin();
  const { stage, step } = scene;
  await makeUnreproducible(scene);
  const built = imagesOf(green(await step('build')));
  const killed = await step(
    'publish',
    { version: '1.0.0' },
    { interruption: { when: await whenABlobIsStored(stage), by: 'SIGKILL' } },
  );
  expect(killed.exitCode).not.toBe(0);
  expect(await stage.shared.tags(reconcile)).toEqual([]);

  const again = green(await step('publish', { version: '1.0.0' }));
  expect(imagesOf(again).map(({ digest }) => digest)).toEqual(built.map(({ digest }) => digest));
  expect(await stage.shared.tags(reconcile)).toEqual(['build-1.0.0']);
});

test('publish keeps the first image if a rerun builds a different digest from the same sources', async () => {
  const scene = await begin();
  const { stage, step, temp } = scene;
  await makeUnreproducible(scene);
  const [first] = imagesOf(green(await step('build', { only: 'reconcile' })));
  green(await step('publish', { version: '1.0.0', only: 'reconcile' }));

  await rm(join(temp, 'towpath'), { recursive: true });
  await scene.withoutCache();
  const [second] = imagesOf(green(await step('build', { only: 'reconcile' })));
  expect(second?.digest).not.toBe(first?.digest);
  await stage.emulator.clearRequests();
  const [published] = imagesOf(green(await step('publish', { version: '1.0.0', only: 'reconcile' })));
  expect(published?.digest).toBe(first?.digest);
  expect(await writesOf(stage)).toEqual([]);
  expect(await stage.shared.tags(`${team.prefix}/towpath`)).toEqual(['1.0.0.intent.1']);

  const inputs = { version: '1.0.0', only: 'reconcile', images: JSON.stringify([second]) };
  const rejected = await step('publish', inputs);
  expect(rejected.outputs['failure-reason']).toBe('tag-conflict');
  expect(await writesOf(stage)).toEqual([]);
});

test('publish writes nothing the second time and reports it in the summary', async () => {
  const { stage, step } = await begin();
  green(await step('build'));
  green(await step('publish', { version: '1.0.0' }));
  await stage.emulator.clearRequests();
  const { summary } = green(await step('publish', { version: '1.0.0' }));
  expect(await writesOf(stage)).toEqual([]);
  expect(summary).toContain('nothing was written');
});

test('a rerun keeps the attestations of the first run, and a conflict names the first run', async () => {
  const scene = await begin();
  const { checkout, stage, step, temp } = scene;
  const only = { only: 'reconcile' };
  green(await step('build', only));
  green(await step('publish', { version: '1.0.0', ...only }));

  await rm(join(temp, 'towpath'), { recursive: true });
  await scene.withoutCache();
  green(await step('build', only));
  await stage.emulator.clearRequests();
  const { summary } = green(await step('publish', { version: '1.0.0', ...only }));
  expect(await writesOf(stage)).toEqual([]);
  expect(summary).toContain('attestations of reconcile were kept');

  await appendFile(join(checkout.folder, 'job/Dockerfile'), 'ENV CHANGED=yes\n');
  await checkout.commit('Change the job');
  green(await step('build', only));
  const conflict = await step('publish', { version: '1.0.0', ...only });
  expect(conflict.outputs['failure-reason']).toBe('tag-conflict');
  expect(conflict.outputs.problems).toMatch(/It was published by https:\S+\/actions\/runs\/1\./);
});

test('a cancelled build stops within 20 s and leaves no partial image set and no login', async () => {
  const { checkout, step, temp } = await begin();
  const controller = new AbortController();
  let started = NaN;
  // The build asks for the file, and is cancelled when it sleeps.
  await using server = await servePackages(() => {
    void setTimeout(2_000).then(() => {
      started = performance.now();
      controller.abort();
    });
    return Promise.resolve();
  });
  const lines = [
    'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37',
    `ADD http://127.0.0.1:${server.port}/one /one`,
    'RUN sleep 60',
  ];
  await writeFile(join(checkout.folder, 'job/Dockerfile'), `${lines.join('\n')}\n`);
  const cancelled = await step('build', {}, { interruption: { when: controller.signal, by: 'SIGINT' } });
  expect(cancelled.exitCode).toBe(1);
  expect(cancelled.outputs['failure-reason']).toBe('cancelled');
  expect(cancelled.log).toMatch(/Images built: .*; not built: .*reconcile.* was not written/);
  expect(performance.now() - started).toBeLessThan(20_000);
  const remaining = (await readdir(temp)).filter((name) => !name.startsWith('_runner'));
  expect(remaining).toEqual([]);
});

async function writesOf({ emulator }: Stage): Promise<string[]> {
  const requests = await emulator.requests();
  return requests
    .map(({ operation }) => operation)
    .filter((operation) => /^(PUT|POST|PATCH|ecr:Put)/.test(operation));
}
