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

/** Returns the size and the budget of every bundle below a folder. */
export async function bundleSizes(root: string): Promise<readonly BundleSize[]> {
  const files = globSync('{actions,packages}/*/dist/index.js', { cwd: root }).sort();
  return Promise.all(files.map((file) => bundleSize(join(root, dirname(dirname(file))))));
}

/**
 * Returns the size and the budget of the bundle of an action: of `index.js` and the action, which is the largest part
 * that it loads. Chunks that only some runs load do not count. If a dependency exceeds the budget, replace it, load it on
 * demand or increase the budget.
 *
 * @param folder of the action
 */
export async function bundleSize(folder: string): Promise<BundleSize> {
  return {
    action: basename(folder),
    bytes: await sizeOf(join(folder, 'dist')),
    budget: await budgetOf(folder),
  };
}

/** Matches an import of chunks in the code that ncc writes: one chunk, or a list of them. */
const importPattern =
  /__nccwpck_require__\.e\((?:\/\*[^*]*\*\/ ?)?\d+\)(?:, ?__nccwpck_require__\.e\(\d+\))*/g;

/** Returns the bytes of `index.js` in a folder and of the largest part that it loads, which is the action. */
async function sizeOf(dist: string): Promise<number> {
  const index = await readFile(join(dist, 'index.js'), 'utf8');
  const parts = [...index.matchAll(importPattern)].map(([text]) => text.match(/\d+/g) ?? []);
  const sizes = await Promise.all(parts.map((chunks) => sumOf(chunks, dist)));
  return Buffer.byteLength(index) + Math.max(0, ...sizes);
}

async function sumOf(chunks: readonly string[], dist: string): Promise<number> {
  const sizes = await Promise.all(chunks.map((chunk) => stat(join(dist, `${chunk}.index.js`))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
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
