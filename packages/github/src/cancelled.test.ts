import { describe, expect, jest, test } from '@jest/globals';
import type { Interruption, StepResult } from '@towpath/runner';
import { temporaryFolder } from '@towpath/testing/folder';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { exec, runStep, type Step } from './harness/step.ts';

// Each test starts Node.js, which takes seconds on a busy machine.
jest.setTimeout(60_000);

describe('a step that is cancelled', () => {
  /**
   * Runs a step and sends it signals. Each is sent once the file in its temporary folder exists and the previous one
   * is handled.
   */
  async function interrupt(
    signals: readonly (readonly [Interruption['by'], file: string])[],
    run: (more: Required<Pick<Step, 'temp' | 'interruptions'>>) => Promise<StepResult>,
  ) {
    const temp = temporaryFolder();
    const controllers = signals.map(() => new AbortController());
    const interruptions = signals.map(([by], index) => {
      const { signal = AbortSignal.abort() } = controllers[index] ?? {};
      return { when: signal, by };
    });
    const running = run({ temp, interruptions });
    for (const [index, [, file]] of signals.entries()) {
      while (!existsSync(join(temp, file))) await setTimeout(10);
      controllers[index]?.abort();
    }
    const result = await running;
    expect(result.milliseconds).toBeLessThan(25_000);
    return { temp, result };
  }

  async function cancel(
    run: Parameters<typeof interrupt>[1],
    by: Interruption['by'] = 'SIGINT',
  ): Promise<string> {
    const { temp, result } = await interrupt([[by, 'ready']], run);
    expect(result.exitCode).toBe(1);
    expect(result.outputs['failure-reason']).toBe('cancelled');
    expect(result.annotations.map(({ message }) => message)).toEqual([
      'The run was cancelled. Run it again: it continues where it stopped. [cancelled]',
    ]);
    return temp;
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('wakes up at %s', async (by) => {
    await cancel((more) => runStep({ inputs: { scene: 'sleep' }, ...more }), by);
  });

  test('stops its program, and waits until it has ended', async () => {
    const script = 'trap "echo ended > $0/ended; exit" TERM; touch $0/ready; while :; do sleep 0.01; done';
    const temp = await cancel((more) => exec(['sh', '-c', script, more.temp], more));
    expect(readFileSync(join(temp, 'ended'), 'utf8')).toBe('ended\n');
  });

  test('kills its program if it does not end by itself', async () => {
    const script = 'trap "" TERM; touch $0/ready; while :; do sleep 0.1; done';
    await cancel((more) => exec(['sh', '-c', script, more.temp], more));
  });

  test('does not wait for child processes of its program', async () => {
    const script = 'touch $0/ready; sleep 30 & wait';
    await cancel((more) => exec(['sh', '-c', script, more.temp], more));
  });

  test('still runs a program that cleans up, and stops it in time', async () => {
    const seen: string[] = [];
    for (const script of ['echo cleaned', 'sleep 30'])
      await cancel(async (more) => {
        const inputs = { scene: 'exec-after-cancel', arguments: JSON.stringify(['sh', '-c', script]) };
        const result = await runStep({ inputs, ...more });
        seen.push(result.log);
        return result;
      });
    expect(seen).toEqual([expect.stringContaining('cleaned'), expect.stringContaining('TimeoutError')]);
  });

  test('ends at the second signal without waiting', async () => {
    const script = 'trap "touch $0/asked" TERM; touch $0/ready; for i in $(seq 500); do sleep 0.01; done';
    const signals = [
      ['SIGINT', 'ready'],
      ['SIGTERM', 'asked'],
    ] as const;
    const { result } = await interrupt(signals, (more) => exec(['sh', '-c', script, more.temp], more));
    expect(result.outputs).toEqual({});
  });
});
