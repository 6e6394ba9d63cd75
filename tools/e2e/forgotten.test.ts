import { expect } from '@jest/globals';
import type { Interruption, StepResult } from '@towpath/runner';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startBuilder } from './builder.ts';
import { testWithBuildkitd } from './clients.ts';
import { filesWith } from './files-with.ts';
import { begin } from './scene.ts';

const from = 'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';
const password = 's3cr3t-of-the-proxy';
const env = { HTTP_PROXY: `http://tug:${password}@127.0.0.1:9` };

interface Kept {
  readonly result: StepResult;
  /** The records of the builder, as anyone sees them. */
  readonly records: string;
  /** The files of the builder that hold the password, below its folder. */
  readonly files: readonly string[];
}

/** A scene behind a proxy with a password, with a real BuildKit of its own. */
async function stand(settings?: string) {
  const scene = await begin();
  const root = join(dirname(scene.temp), 'bk');
  const builder = await startBuilder(root, {}, settings);
  const config = 'provenance: max\nimages:\n  reconcile: { context: job }\n';
  await writeFile(join(scene.checkout.folder, 'towpath.yaml'), config);
  const build = async (
    step: string,
    cancelsAt?: string,
    by: Interruption['by'] = 'SIGINT',
  ): Promise<Kept> => {
    await writeFile(join(scene.checkout.folder, 'job/Dockerfile'), `${from}\nRUN ${step}\n`);
    const cancel = new AbortController();
    if (cancelsAt !== undefined)
      void appears(cancelsAt).then(() => {
        cancel.abort();
      });
    const interruption = cancelsAt === undefined ? undefined : { when: cancel.signal, by };
    const result = await scene.step('build', { builder: builder.name }, { env, interruption });
    const files = (await filesWith(root, [password])).map((file) => file.slice(root.length + 1));
    return { result, records: await builder.records(), files };
  };
  return {
    build,
    records: () => builder.records(),
    [Symbol.asyncDispose]: async () => {
      await builder[Symbol.asyncDispose]();
    },
  };
}

/** Builds behind a proxy with a password, and looks for the password in all that a real BuildKit keeps. */
async function build(step: string, cancelsAt?: string): Promise<Kept> {
  await using stage = await stand();
  return await stage.build(step, cancelsAt);
}

/** Until a program with these words on its command line runs on this machine. */
async function appears(words: string): Promise<void> {
  for (;;) {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    if (lines.some((line) => line.startsWith('sleep') && line.includes(words))) return;
    await setTimeout(50);
  }
}

const warning = expect.objectContaining({
  level: 'warning',
  message: expect.stringContaining('may still hold the password of the proxy') as unknown,
}) as unknown;

/** What BuildKit itself deletes or overwrites later: the warning names both. */
function expectForgotten({ result, records, files }: Kept): void {
  expect(result.log).not.toContain(password);
  expect(records).not.toContain(password);
  expect(result.annotations).toContainEqual(warning);
  const left = files.filter((file) => !/(?:^|\/)history\.db$/.test(file));
  expect(left.length).toBeLessThanOrEqual(1);
}

testWithBuildkitd(
  'a build behind a proxy with a password leaves no record of it with the builder',
  async () => {
    const kept = await build('true');
    expect(kept.result.exitCode).toBe(0);
    expectForgotten(kept);
  },
);

testWithBuildkitd('nor does a build that fails', async () => {
  const kept = await build('false');
  expect(kept.result.outputs['failure-reason']).toBe('build-failed');
  expectForgotten(kept);
});

testWithBuildkitd('nor does a build that is cancelled, in the time that a runner leaves', async () => {
  const kept = await build('sleep 61.25', '61.25');
  expect(kept.result.outputs['failure-reason']).toBe('cancelled');
  expect(kept.result.annotations.map(({ message }) => message).join()).toContain(
    'Images built: none; not built: reconcile.',
  );
  expectForgotten(kept);
});

testWithBuildkitd('a builder that records no builds keeps nothing of the password', async () => {
  await using stage = await stand('[history]\nmaxEntries = 0\n');
  const { result, records, files } = await stage.build('true');
  expect(result.exitCode).toBe(0);
  expect([records, files]).toEqual(['', []]);
  expect(result.annotations.filter(({ title }) => title === 'proxy')).toEqual([]);
});

testWithBuildkitd('a step that is killed leaves no records, once the job has ended', async () => {
  await using stage = await stand();
  const { result } = await stage.build('sleep 62.25', '62.25', 'SIGKILL');
  const { log } = await result.post();
  expect(log).toContain('The records of interrupted builds are removed from builder');
  expect(log).not.toContain(password);
  expect(await stage.records()).not.toContain(password);
});
