import { formatBytes } from '@towpath/markdown';
import { globSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Obstacle } from './refusal.ts';

/** The fields of an action's package.json that concern its bundle. */
interface Manifest {
  readonly towpath?: { readonly bundleBudget?: number };
}

export interface BundleSize {
  readonly action: string;
  readonly bytes: number;
  /** The maximum size in bytes: `towpath.bundleBudget` in the action's package.json, or 0 if it is not set. */
  readonly budget: number;
}

/**
 * Returns the size and the budget of every bundle below a folder. A runner downloads and parses a bundle at every
 * step. If a dependency exceeds the budget, replace it, load it on demand or increase the budget.
 */
export async function bundleSizes(root: string): Promise<readonly BundleSize[]> {
  const files = globSync('{actions,packages}/*/dist/index.js', { cwd: root }).sort();
  return Promise.all(
    files.map(async (file) => {
      const action = basename(dirname(dirname(file)));
      const { size } = await stat(join(root, file));
      return { action, bytes: size, budget: await budgetOf(join(root, dirname(dirname(file)))) };
    }),
  );
}

async function budgetOf(folder: string): Promise<number> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  return manifest.towpath?.bundleBudget ?? 0;
}

export function overBudget(sizes: readonly BundleSize[]): readonly Obstacle[] {
  return sizes.flatMap(({ action, bytes, budget }) => {
    if (budget === 0) {
      return {
        message: `actions/${action}/package.json sets no budget for its bundle of ${formatBytes(bytes)}.`,
        hint: 'Add "towpath": { "bundleBudget": BYTES }, a tenth above its size.',
      };
    }
    if (bytes <= budget) return [];
    return {
      message: `The bundle of ${action} has ${formatBytes(bytes)}, ${formatBytes(bytes - budget)} more than its budget.`,
      hint: `Run node tools/bundle/main.ts actions/${action} to see its largest parts. The budget is in actions/${action}/package.json.`,
    };
  });
}
