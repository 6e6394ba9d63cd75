import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { projectRoot, projectRoots } from './batch.js';

/**
 * Where the tally of a project's tests is kept, an output of its task: a run from the cache has one too.
 *
 * @param {string} root of the project
 */
export function tallyFile(root) {
  return `.nx/tests/${root}.json`;
}

/** The projects whose tests need an engine or base images. */
export const endToEnd = ['packages/project', 'tools/demo', 'tools/e2e'];

/** The projects whose tests need a browser. */
export const withBrowser = ['tools/browser'];

/**
 * Returns the options of the set-up for the tests of projects.
 *
 * @param {(roots: string[]) => boolean} includesAny whether tests of one of these projects are run
 */
export function needsOf(includesAny) {
  return [
    ...(includesAny(endToEnd) ? ['--engine', '--base-images'] : []),
    ...(includesAny(withBrowser) ? ['--browser'] : []),
  ];
}

/** @param {string} root of a project */
export function hasTests(root) {
  return globSync(`${root}/**/*.test.ts`, { exclude: (name) => name === 'node_modules' }).length > 0;
}

/**
 * How many tests of a project passed and failed. A file that cannot be loaded is one failed test.
 *
 * @typedef {{ passed: number, failed: number }} Tally
 */

/**
 * Tests many projects in one Jest, which shares its workers and its cache of transformed files among them.
 *
 * @param {import('./batch.js').TaskGraph} taskGraph
 * @param {object} _inputs
 * @param {object} _overrides
 * @param {import('./batch.js').ExecutorContext} context
 * @returns {AsyncGenerator<import('./batch.js').TaskEnd>}
 */
export async function* testAll(taskGraph, _inputs, _overrides, context) {
  const startTime = Date.now();
  const roots = projectRoots(taskGraph, context);
  const tallies = await runJest(context.root, [...roots.values()]);
  for (const [task, root] of roots) {
    const { passed, failed } = tallies.get(root) ?? { passed: 0, failed: 1 };
    const result = { success: failed === 0, terminalOutput: `${root}: ${passed} passed, ${failed} failed\n` };
    yield { task, result: { ...result, startTime, endTime: Date.now() } };
  }
}

/**
 * Tests the project that a task is run for.
 *
 * @param {object} _options
 * @param {import('./batch.js').ExecutorContext} context
 */
export async function testOne(_options, context) {
  const root = projectRoot(context);
  return { success: (await runJest(context.root, [root])).get(root)?.failed === 0 };
}

/**
 * @param {string} workspace
 * @param {string[]} roots of projects
 * @returns {Promise<Map<string, Tally>>} by root
 */
async function runJest(workspace, roots) {
  const folder = await mkdtemp(join(tmpdir(), 'jest-'));
  try {
    const report = join(folder, 'report.json');
    const patterns = roots.map((root) => `^${escape(join(workspace, root) + sep)}`);
    const status = await start(workspace, [
      ...jestCommand(needsOf((others) => roots.some((root) => others.includes(root)))),
      '--json',
      `--outputFile=${report}`,
      ...patterns,
    ]);
    /** @type {Report} */
    const { testResults } = JSON.parse(await readFile(report, 'utf8').catch(() => '{ "testResults": [] }'));
    const tallies = roots.map((root) => {
      const files = testResults.filter(({ name }) => name.startsWith(join(workspace, root) + sep));
      return /** @type {[string, Tally]} */ ([root, tally(files)]);
    });
    // Jest fails although all tests pass when it cannot end, or its set-up fails.
    const isExplained = status === 0 || tallies.some(([, { failed }]) => failed > 0);
    if (!isExplained) for (const [, counts] of tallies) counts.failed = 1;
    for (const [root, counts] of tallies) await writeTally(join(workspace, tallyFile(root)), counts);
    return new Map(tallies);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What is used here of Jest's report (Jest docs, "--json").
 *
 * @typedef {{ name: string, status: string, assertionResults: { status: string }[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} Report
 */

/**
 * Returns the command line of Jest for modules, without the node in front of it.
 *
 * @param {string[]} needs options of the set-up
 */
export function jestCommand(needs) {
  const setUp = ['tools/setup/main.js', ...needs, '--', process.execPath];
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  return needs.length > 0 ? [...setUp, ...jest] : jest;
}

/**
 * @param {FileResult[]} files of a project
 * @returns {Tally} a failure for a project without any: Jest has not come so far
 */
function tally(files) {
  if (files.length === 0) return { passed: 0, failed: 1 };
  const statuses = files.flatMap(({ status, assertionResults }) => {
    const tests = assertionResults.map((test) => test.status);
    return status === 'failed' && !tests.includes('failed') ? [...tests, 'failed'] : tests;
  });
  const count = (/** @type {string} */ which) => statuses.filter((status) => status === which).length;
  return { passed: count('passed'), failed: count('failed') };
}

/**
 * @param {string} file
 * @param {Tally} counts
 */
async function writeTally(file, counts) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(counts));
}

/**
 * @param {string} cwd
 * @param {string[]} args
 */
function start(cwd, args) {
  return new Promise((done, fail) => {
    // The bundles are tasks of their own, which e2e tests depend on. What nx sets is not for programs that tests start.
    const own = Object.entries(process.env).filter(([name]) => !/^(NX_|FORCE_COLOR$)/.test(name));
    const env = { ...Object.fromEntries(own), TOWPATH_BUNDLES: 'ready' };
    spawn(process.execPath, args, { cwd, env, stdio: 'inherit' }).once('error', fail).once('exit', done);
  });
}

/** @param {string} text */
function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
