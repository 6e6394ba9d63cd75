import { afterEach, jest } from '@jest/globals';
import type { Interruption, StepResult } from '@towpath/runner';
import { buildx, checkOut, cloneCheckout, setStage, type Checkout, type Stage } from '@towpath/stage';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasBuildkitd } from './clients.ts';
import { useOwnBuilder } from './own-builder.ts';

export type Inputs = Readonly<Record<string, string>>;

/** A checkout of an example and a runner, with their own stage. */
export interface Scene {
  readonly stage: Stage;
  readonly checkout: Checkout;
  /** RUNNER_TEMP of the steps. */
  readonly temp: string;
  /** Deletes the build cache of the builder. */
  readonly withoutCache: () => Promise<void>;
  /** Returns a scene with another clone of the repository and another runner, on the same stage. */
  readonly clone: () => Promise<Scene>;
  /** Returns the folder of an action. */
  readonly action: (name: string) => string;
  /** Runs the bundle of an action. */
  readonly step: (action: string, inputs?: Inputs, how?: How) => Promise<StepResult>;
}

export interface How {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly interruption?: Interruption;
}

const actions = fileURLToPath(new URL('../../actions/', import.meta.url));
// A test builds and moves real images.
jest.setTimeout(120_000);
// BuildKit joins equal steps of builds that run at the same time. If one of them pulls from the registry of a test that
// ends, the builds of other tests fail with it. So each file of tests has a BuildKit of its own, if one can be started.
if (hasBuildkitd) useOwnBuilder();
// Now and then the connection between buildx and BuildKit breaks (http2 PROTOCOL_ERROR), so a test that fails is repeated
// once, and its first error is in the log.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A runner whose folders have spaces and other letters, with RUNNER_TEMP on another device, if Linux has one. */
export const oddRunner = {
  workspace: 'towpath e2e (Zürich) ✓ ',
  temp: existsSync('/dev/shm') ? '/dev/shm' : tmpdir(),
};

/**
 * Starts a stage with a checkout of an example. Both are removed after the test.
 *
 * @param runner the start of the name of the workspace, and the parent folder of RUNNER_TEMP
 */
export async function begin(
  example = 'exemplar',
  runner: typeof oddRunner = { workspace: 'towpath-e2e-', temp: tmpdir() },
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), runner.workspace));
  const temp = await mkdtemp(join(runner.temp, runner.workspace));
  const stage = await setStage();
  cleanups.push(async () => {
    await stage.close();
    for (const one of [folder, temp]) await rm(one, { recursive: true, force: true });
  });
  return sceneOf(stage, await checkOut(example, join(folder, 'checkout')), join(temp, 'temp'));
}

function sceneOf(stage: Stage, checkout: Checkout, temp: string): Scene {
  return {
    stage,
    checkout,
    temp,
    action: (name) => join(actions, name),
    withoutCache: async () => {
      await buildx('prune', '--force', '--all');
    },
    clone: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'towpath-e2e-clone-'));
      cleanups.push(() => rm(folder, { recursive: true, force: true }));
      return sceneOf(stage, await cloneCheckout(checkout, join(folder, 'checkout')), join(folder, 'temp'));
    },
    step: async (action, inputs = {}, { env, interruption } = {}) =>
      (await stage.job(checkout, temp, env)).run(
        join(actions, action),
        inputs,
        interruption && [interruption],
      ),
  };
}

/** Returns the result of a step that succeeded. @throws Error with the log if the step failed */
export function green(result: StepResult): StepResult {
  if (result.exitCode !== 0) throw new Error(`The step failed:\n${withoutFrames(result.log)}`);
  return result;
}

/** Rewrites stack frames, because Jest prints the source line of each, and a bundle is one line of a megabyte. */
function withoutFrames(log: string): string {
  return log.replaceAll(/^\s+at /gm, '  in ');
}

/** An image in the output `images` of build, publish and promote. */
export interface ImageOutput {
  readonly name: string;
  readonly digest: string;
  readonly platforms: Readonly<Record<string, string>>;
  readonly repository: string;
}

export function imagesOf({ outputs }: StepResult): readonly ImageOutput[] {
  return JSON.parse(outputs.images ?? '[]') as ImageOutput[];
}
