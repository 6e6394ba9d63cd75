import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compare, type Contender, type Measure } from './measure.ts';

const program = join(import.meta.dirname, 'judge-findings.ts');

/**
 * Judging and rendering the scans of one image on 3 platforms: the CPU time after the last response, and the peak of the
 * memory of a process that does nothing else.
 */
export async function benchGate(rounds: number): Promise<void> {
  const contender = (name: string, ...args: readonly string[]): Contender => ({
    name,
    run: () => judge(args),
  });
  await compare(
    'Judge and render an image with 3 platforms (CPU time)',
    [
      contender('10,000 findings for each platform', '10000'),
      contender('with ignores, scores and a baseline', '10000', '--strict'),
      contender('with SARIF', '10000', 'sarif-out'),
      contender('with JSON', '10000', 'report-out'),
      contender('1,000 findings for each platform', '1000'),
      contender('no findings', '0'),
      contender('100,000 findings for each platform', '100000'),
    ],
    rounds,
  );
}

/** Each measurement has a process of its own: the memory of an earlier one would count. */
async function judge(args: readonly string[]): Promise<Measure> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args]);
  return JSON.parse(stdout) as Measure;
}
