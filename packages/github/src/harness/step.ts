import { Job, type Interruption, type StepResult } from '@towpath/runner';
import { temporaryFolder } from '@towpath/testing/folder';
import { join } from 'node:path';

export const fixture = join(import.meta.dirname, '../fixture');

export interface Step {
  readonly inputs: Readonly<Record<string, string>>;
  readonly temp?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly interruptions?: readonly Interruption[];
}

/** Runs the fixture as a runner runs a step of a job. */
export async function runStep({
  inputs,
  temp = temporaryFolder(),
  env = {},
  interruptions,
}: Step): Promise<StepResult> {
  const job = new Job({ workspace: temporaryFolder(), temp, env: { PATH: process.env.PATH, ...env } });
  return job.run(fixture, inputs, interruptions);
}

export function exec(command: readonly string[], more: Partial<Step> = {}): Promise<StepResult> {
  return runStep({ ...more, inputs: { scene: 'exec', arguments: JSON.stringify(command), ...more.inputs } });
}

interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly string[];
}

export function resultOf({ outputs }: StepResult): ProgramResult {
  return JSON.parse(outputs.result ?? '') as ProgramResult;
}

export function problemsOf({ outputs }: StepResult): unknown {
  return JSON.parse(outputs.problems ?? '');
}
