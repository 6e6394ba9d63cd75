import { afterEach, jest } from '@jest/globals';
import type { Interruption, StepResult } from '@towpath/runner';
import { buildx, checkOut, cloneCheckout, setStage, type Checkout, type Stage } from '@towpath/stage';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Inputs = Readonly<Record<string, string>>;

/** A team's repository and a runner, on a stage of their own. */
export interface Scene {
  readonly stage: Stage;
  readonly checkout: Checkout;
  /** RUNNER_TEMP of the steps. */
  readonly temp: string;
  /** Makes the builder forget what it has built. */
  readonly withoutCache: () => Promise<void>;
  /** Another clone of the repository, and another runner. */
  readonly clone: () => Promise<Scene>;
  /** The folder of an action. */
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

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** Sets a stage; it is cleared when the test ends. */
export async function begin(example = 'exemplar'): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-e2e-'));
  const stage = await setStage(folder);
  endings.push(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });
  return sceneOf(stage, await checkOut(example, join(folder, 'checkout')), join(folder, 'temp'));
}

function sceneOf(stage: Stage, checkout: Checkout, temp: string): Scene {
  return {
    stage,
    checkout,
    temp,
    action: (name) => join(actions, name),
    withoutCache: forgetBuilds,
    clone: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'towpath-e2e-clone-'));
      endings.push(() => rm(folder, { recursive: true, force: true }));
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

async function forgetBuilds(): Promise<void> {
  await buildx('prune', '--force', '--all');
}

/** @throws Error with the log when the step is red */
export function green(result: StepResult): StepResult {
  if (result.exitCode !== 0) throw new Error(`the step is red:\n${unframed(result.log)}`);
  return result;
}

/** Jest shows the source at each place of a stack: of a bundle that is one line, a megabyte long. */
function unframed(log: string): string {
  return log.replaceAll(/^\s+at /gm, '  in ');
}

/** An image, as the outputs of build, publish and promote have it. */
export interface ImageOutput {
  readonly name: string;
  readonly digest: string;
  readonly platforms: Readonly<Record<string, string>>;
  readonly repository: string;
}

export function imagesOf({ outputs }: StepResult): readonly ImageOutput[] {
  return JSON.parse(outputs.images ?? '[]') as ImageOutput[];
}
