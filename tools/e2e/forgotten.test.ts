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

interface Build {
  readonly result: StepResult;
  /** The build records of the builder. */
  readonly records: string;
  /** The files of the builder that contain the password, relative to its folder. */
  readonly files: readonly string[];
}

/**
 * Starts a scene behind a proxy with a password, with its own BuildKit.
 *
 * @param settings added to buildkitd.toml
 */
async function start(settings?: string) {
  const scene = await begin();
  const root = join(dirname(scene.temp), 'bk');
  const builder = await startBuilder(root, {}, settings);
  const config = 'provenance: max\nimages:\n  reconcile: { context: job }\n';
  await writeFile(join(scene.checkout.folder, 'towpath.yaml'), config);
  const build = async (
    step: string,
    cancelsAt?: string,
    by: Interruption['by'] = 'SIGINT',
  ): Promise<Build> => {
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

/**
 * Builds behind a proxy with a password and searches the files of BuildKit for the password.
 *
 * @param cancelsAt an argument of `sleep`: the build is cancelled when this program runs
 */
async function build(step: string, cancelsAt?: string): Promise<Build> {
  await using started = await start();
  return await started.build(step, cancelsAt);
}

/** Waits until `sleep` runs with this argument on this machine. */
async function appears(argument: string): Promise<void> {
  for (;;) {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    if (lines.some((line) => line.startsWith('sleep') && line.includes(argument))) return;
    await setTimeout(50);
  }
}

const warning = expect.objectContaining({
  level: 'warning',
  message: expect.stringContaining('may still hold the password of the proxy') as unknown,
}) as unknown;

/** Expects the password only in files that BuildKit deletes or overwrites later, which the warning names. */
function expectRemoved({ result, records, files }: Build): void {
  expect(result.log).not.toContain(password);
  expect(records).not.toContain(password);
  expect(result.annotations).toContainEqual(warning);
  const remaining = files.filter((file) => !/(?:^|\/)history\.db$/.test(file));
  expect(remaining.length).toBeLessThanOrEqual(1);
}

testWithBuildkitd(
  'a build that succeeds leaves no password of the proxy in the records of the builder',
  async () => {
    const done = await build('true');
    expect(done.result.exitCode).toBe(0);
    expectRemoved(done);
  },
);

testWithBuildkitd(
  'a build that fails leaves no password of the proxy in the records of the builder',
  async () => {
    const failed = await build('false');
    expect(failed.result.outputs['failure-reason']).toBe('build-failed');
    expectRemoved(failed);
  },
);

testWithBuildkitd(
  'a build that is cancelled leaves no password of the proxy in the records of the builder',
  async () => {
    const cancelled = await build('sleep 61.25', '61.25');
    expect(cancelled.result.outputs['failure-reason']).toBe('cancelled');
    expect(cancelled.result.annotations.map(({ message }) => message).join()).toContain(
      'Images built: none; not built: reconcile.',
    );
    expectRemoved(cancelled);
  },
);

testWithBuildkitd('a builder without a build history does not store the password', async () => {
  await using started = await start('[history]\nmaxEntries = 0\n');
  const { result, records, files } = await started.build('true');
  expect(result.exitCode).toBe(0);
  expect([records, files]).toEqual(['', []]);
  expect(result.annotations.filter(({ title }) => title === 'proxy')).toEqual([]);
});

testWithBuildkitd('the post script removes the build records of a step that was killed', async () => {
  await using started = await start();
  const { result } = await started.build('sleep 62.25', '62.25', 'SIGKILL');
  const { log } = await result.post();
  expect(log).toContain('The records of interrupted builds are removed from builder');
  expect(log).not.toContain(password);
  expect(await started.records()).not.toContain(password);
});
