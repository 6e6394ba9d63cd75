import { execFileSync } from 'node:child_process';

/**
 * Brings the bundles up to date before end-to-end tests start them; for other tests it is not worth the time.
 *
 * @param {import('jest').Config & { testPathPatterns?: { patterns?: string[] } }} config
 */
function bundle({ testPathPatterns }) {
  const patterns = testPathPatterns?.patterns ?? [];
  if (patterns.length > 0 && !patterns.some((pattern) => pattern.includes('e2e'))) return;
  execFileSync('nx', ['run-many', '--target=bundle'], {
    env: { ...process.env, NX_DAEMON: 'false' },
    stdio: 'pipe',
  });
}

// Jest takes its set-up from nowhere else.
export { bundle as default };
