import { describe, expect, jest, test } from '@jest/globals';
import { Job, type StepResult } from '@towpath/runner';
import { temporaryFolder } from '@towpath/testing/folder';
import { join } from 'node:path';
import { unsupportedRunner } from './supported-runner.ts';

// Each test starts Node.js, which takes seconds on a busy machine.
jest.setTimeout(60_000);

type Variables = Readonly<Record<string, string>>;

/** Runs the fixture as a step of a job on a runner that sets these variables. */
async function runStep(inputs: Variables, variables: Variables): Promise<StepResult> {
  const env = { PATH: process.env.PATH, ...variables };
  const job = new Job({ workspace: temporaryFolder(), temp: temporaryFolder(), env });
  return job.run(join(import.meta.dirname, 'fixture'), inputs);
}

describe('a runner', () => {
  test.each([
    ['Windows', 'X64', 'Windows on X64'],
    ['macOS', 'ARM64', 'macOS on ARM64'],
    ['Linux', 'ARM', 'Linux on ARM'],
  ])('is rejected before an input is read with %s on %s', async (system, architecture, shown) => {
    const env = { RUNNER_OS: system, RUNNER_ARCH: architecture };
    const { exitCode, annotations, outputs } = await runStep({ scene: 'nonsense' }, env);
    expect(exitCode).toBe(1);
    expect(annotations.map(({ message }) => message)).toEqual([
      `This runner has ${shown}, but Towpath needs Linux on x64 or arm64. Set runs-on to a Linux runner, for example runs-on: ubuntu-latest or runs-on: ubuntu-24.04-arm. [runner-unsupported]`,
    ]);
    expect(outputs['failure-reason']).toBe('runner-unsupported');
  });

  test.each([
    ['Linux', 'X64'],
    ['Linux', 'ARM64'],
  ])('is supported with %s on %s', async (system, architecture) => {
    const env = { RUNNER_OS: system, RUNNER_ARCH: architecture };
    expect((await runStep({ scene: 'tell' }, env)).exitCode).toBe(0);
  });

  test.each([
    ['win32', 'x64', 'Windows on x64'],
    ['darwin', 'arm64', 'macOS on arm64'],
    ['linux', 'arm', 'Linux on arm'],
    ['linux', 'x64', undefined],
    ['linux', 'arm64', undefined],
  ] as const)('is detected by its machine without RUNNER_OS: %s on %s', (platform, arch, shown) => {
    const problem = unsupportedRunner({}, { platform, arch });
    expect(problem?.message).toEqual(shown && expect.stringContaining(`has ${shown},`));
  });
});
