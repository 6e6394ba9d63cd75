import { formatBytes } from '@towpath/markdown';
import { globSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Obstacle } from './refusal.ts';

/**
 * What each bundle may weigh at most, in bytes: what it weighed when it was first measured and a tenth more. A runner
 * downloads and parses it at every step. What grows over it is replaced, loaded only when it is used, or argued for.
 *
 * Raised since: by 7 % for build, which reads Dockerfiles, bake and Compose files and looks for what was built before;
 * by 9 % for the others, which read and write the ledger and verify what other jobs and registries hand them; by 11 % for
 * publish, which computes fingerprints, too.
 */
const budgets: Readonly<Record<string, number>> = {
  build: 1_100_000,
  promote: 1_000_000,
  publish: 1_020_000,
  'scan-gate': 1_000_000,
};

export interface BundleSize {
  readonly action: string;
  readonly bytes: number;
  readonly budget: number;
}

/** The weight of every bundle below a folder. An action without a budget has none left. */
export async function bundleSizes(root: string): Promise<readonly BundleSize[]> {
  const files = globSync('actions/*/dist/index.js', { cwd: root }).sort();
  return Promise.all(
    files.map(async (file) => {
      const action = file.split('/')[1] ?? '';
      return { action, bytes: (await stat(join(root, file))).size, budget: budgets[action] ?? 0 };
    }),
  );
}

export function overBudget(sizes: readonly BundleSize[]): readonly Obstacle[] {
  return sizes
    .filter(({ bytes, budget }) => bytes > budget)
    .map(({ action, bytes, budget }) => ({
      message: `The bundle of ${action} weighs ${formatBytes(bytes)}, ${formatBytes(bytes - budget)} over its budget.`,
      hint: `npm run bundle -- --verbose says what fills it; its budget is in tools/release/budgets.ts.`,
    }));
}
