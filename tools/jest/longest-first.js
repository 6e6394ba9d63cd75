import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// TypeScript has the types of its CommonJS form only.
/** @type {typeof import('@jest/test-sequencer')} */
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer');

/**
 * The tests that take longest. On a new machine Jest starts large files first, but these are small. If one of them
 * starts last, the other processors wait for it.
 */
const longest = [
  'actions/promote/src/kills.slow.ts',
  'actions/promote/src/faults.slow.ts',
  'actions/publish/src/faults.slow.ts',
  'actions/publish/src/refusals.slow.ts',
  'actions/publish/src/kills.slow.ts',
  'packages/ecr-emulator/src/mutations.slow.ts',
  'tools/workflows/pipeline.act.ts',
  'tools/workflows/verify.act.ts',
  'tools/workflows/build-jobs.act.ts',
  'tools/docs/permissions.test.ts',
  'actions/promote/src/many-images.test.ts',
  'actions/promote/src/faults.test.ts',
  'actions/publish/src/faults.test.ts',
  'actions/scan-gate/src/many-images.test.ts',
  'packages/cli/src/program.test.ts',
  'tools/e2e/cache.test.ts',
  'tools/e2e/builders.test.ts',
  'tools/e2e/proxy.test.ts',
  'tools/e2e/made-builder.test.ts',
  'tools/e2e/rerun.test.ts',
  'tools/e2e/job-credentials.test.ts',
  'tools/e2e/journey.test.ts',
];

const root = fileURLToPath(new URL('../../', import.meta.url));
const ranks = new Map(longest.map((file, index) => [join(root, file), index]));

/** Starts the longest tests first, and then the others in the order of Jest. */
class LongestFirst extends Sequencer {
  /**
   * @override
   * @param {Parameters<import('@jest/test-sequencer').default['sort']>[0]} tests
   * @throws Error if a file of the list was moved
   */
  sort(tests) {
    const missing = [...ranks.keys()].filter((file) => !existsSync(file));
    if (missing.length > 0)
      throw new Error(`tools/jest/longest-first.js lists missing files: ${missing.join(', ')}`);
    const rank = (/** @type {string} */ path) => ranks.get(path) ?? longest.length;
    const sorted = super.sort(tests);
    return Promise.resolve(sorted).then((all) => all.sort((one, other) => rank(one.path) - rank(other.path)));
  }
}

// Jest takes a sequencer from nowhere else.
export { LongestFirst as default };
