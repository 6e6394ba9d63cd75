import { hasTests, jestCommand, needsOf, tallyFile } from '@towpath/workspace/jest';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

/*
 * `npm test -- ARGUMENT…` is Jest with these arguments. `npm test` runs the tests of all projects as tasks of nx, which
 * repeats those alone whose inputs have changed. With NX_BASE, a commit, it runs the tests that changes since then affect.
 */

const args = process.argv.slice(2);
process.exitCode =
  args.length > 0 ? run(process.execPath, [...jestCommand(needsOf(mayChoose)), ...args]) : testAll();

/**
 * Whether the arguments may choose a test of one of these projects. An argument other than a path may choose any test.
 *
 * @param {string[]} roots
 */
function mayChoose(roots) {
  const files = roots
    .flatMap((root) => globSync(`${root}/**/*.test.ts`, { exclude: (name) => name === 'node_modules' }))
    .map((file) => resolve(file));
  return args.some((arg) => arg.startsWith('-') || files.some((file) => new RegExp(arg, 'i').test(file)));
}

/** Closes with one line that a program can read, the last on stdout: `N passed, N failed`. */
function testAll() {
  rmSync('.nx/tests', { recursive: true, force: true });
  const isPart = (process.env.NX_BASE ?? '') !== '';
  const projects = isPart ? ['affected'] : ['run-many'];
  const status = run('nx', [...projects, '--targets=test,e2e', '--output-style=stream']);
  const roots = globSync('{packages,actions,tools}/*').filter(hasTests);
  const tallies = roots.flatMap(
    (root) => readTally(tallyFile(root)) ?? (isPart ? [] : { passed: 0, failed: 1 }),
  );
  const sum = (/** @type {'passed' | 'failed'} */ which) =>
    tallies.reduce((total, tally) => total + tally[which], 0);
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);
  return status === 0 && sum('failed') > 0 ? 1 : status;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {number} its exit code
 */
function run(command, args) {
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, NX_DAEMON: 'false' },
  });
  return status ?? 1;
}

/**
 * @param {string} file
 * @returns {import('@towpath/workspace/jest').Tally | undefined} undefined where the tests were not run
 */
function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
