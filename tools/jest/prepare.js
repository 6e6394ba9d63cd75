import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The environment variable with the folder of what was prepared for one run. */
export const preparedFolder = 'TOWPATH_PREPARED';

/**
 * Prepares what the programs need that tests start: the bundles, a release for the tests of workflows, and a cache of
 * compiled modules for Node.js.
 *
 * @param {import('jest').Config & { testPathPatterns?: { patterns?: string[] } }} run
 * @param {{ testMatch?: string[] }} project
 */
async function prepare(run, project) {
  // Workers, and what they start, inherit it. Most tests end to end start the emulator and several bundles.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
    new URL('../../node_modules/.cache/node', import.meta.url),
  );
  bundle(run, project);
  if (!project.testMatch?.some((match) => match.endsWith('.act.ts'))) return;
  const folder = await mkdtemp(join(tmpdir(), 'towpath-release-'));
  process.env[preparedFolder] = folder;
  const { prepareRelease } = await import('@towpath/workflows');
  await prepareRelease(folder);
}

/**
 * Brings the bundles up to date before tests start them: those from end to end, and those with a command of their own
 * (`*.act.ts`, `*.slow.ts`). For a choice of other tests it is not worth the time.
 *
 * @param {import('jest').Config & { testPathPatterns?: { patterns?: string[] } }} run
 * @param {{ testMatch?: string[] }} project
 */
function bundle({ testPathPatterns }, { testMatch = [] }) {
  if (process.env.TOWPATH_BUNDLES === 'ready') return;
  const patterns = testPathPatterns?.patterns ?? [];
  const isChoice = patterns.length > 0 && testMatch.every((match) => match.endsWith('.test.ts'));
  if (isChoice && !patterns.some((pattern) => pattern.includes('e2e'))) return;
  execFileSync('nx', ['run-many', '--target=bundle'], {
    env: { ...process.env, NX_DAEMON: 'false' },
    stdio: 'pipe',
  });
}

// Jest takes its set-up from nowhere else.
export { prepare as default };
