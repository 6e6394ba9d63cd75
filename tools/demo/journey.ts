import type { Job } from '@towpath/runner';
import type { Checkout, LoggedRequest, Stage } from '@towpath/stage';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { printStep } from './print.ts';
import type { Step, Traffic } from './step.ts';

const actions = fileURLToPath(new URL('../../actions/', import.meta.url));

/** A job that prints each of its steps. */
export class Journey {
  readonly stage: Stage;
  readonly checkout: Checkout;
  readonly #temp: string;
  #job: Promise<Job> | undefined;

  constructor(stage: Stage, checkout: Checkout, temp: string) {
    this.stage = stage;
    this.checkout = checkout;
    this.#temp = temp;
  }

  /** Starts another job after a commit. It has none of the folders of the job before. */
  nextJob(name: string): void {
    this.#job = this.stage.job(this.checkout, join(this.#temp, name));
  }

  /**
   * Runs the bundle of an action.
   *
   * @throws Error with the log of the step, if it does not end as expected
   */
  async step(
    action: string,
    inputs: Readonly<Record<string, string>>,
    expected: 'green' | 'red' = 'green',
  ): Promise<Step> {
    if (this.#job === undefined) throw new Error('no job has begun');
    await this.stage.emulator.clearRequests();
    const result = await (await this.#job).run(join(actions, action), inputs);
    const step = { ...result, traffic: countTraffic(await this.stage.emulator.requests()) };
    if ((result.exitCode === 0) !== (expected === 'green')) {
      throw new Error(`${action} ended with exit code ${result.exitCode}:\n${result.log}`);
    }
    printStep(action, inputs, step);
    return step;
  }
}

function countTraffic(requests: readonly LoggedRequest[]): Traffic {
  const asked = requests.filter(({ plane }) => plane !== 'admin');
  const sum = (bytes: (request: LoggedRequest) => number) =>
    asked.reduce((total, request) => total + bytes(request), 0);
  return {
    calls: asked.length,
    bytesUp: sum(({ bytesIn }) => bytesIn),
    bytesDown: sum(({ bytesOut }) => bytesOut),
  };
}
