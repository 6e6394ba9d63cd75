import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Prepares what the programs need that tests start: the bundles, and a cache of compiled modules for Node.js.
 *
 * @param {import('jest').Config & { testPathPatterns?: { patterns?: string[] } }} run
 * @param {{ testMatch?: string[] }} project
 */
function prepare(run, project) {
  // Workers, and what they start, inherit it. Most tests end to end start the emulator and several bundles.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
    new URL('../../node_modules/.cache/node', import.meta.url),
  );
  bundle(run, project);
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
