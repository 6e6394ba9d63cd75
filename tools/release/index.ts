export { bundleSize, overBudget } from './budgets.ts';
export { Repository } from './git.ts';
export { findUses, type Use } from './pins.ts';
export { bundleAll, verifyRelease } from './verify.ts';
export { makeRelease, pushRelease, type Release } from './release.ts';
