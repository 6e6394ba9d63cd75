import { execFileSync } from 'node:child_process';

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
export { bundle as default };
