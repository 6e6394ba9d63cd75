import type { BaseCommit } from './ci-run.ts';

/** Returns the base of a run whose base is unknown. */
export function none(why: string): BaseCommit {
  return { kind: 'none', why };
}

/** Returns the base of a run for a git tag: there is no earlier state to compare with. */
export function ofTag(): BaseCommit {
  return none('a git tag is not a change of a branch');
}

/** Returns the base of a push to an existing branch. */
export function beforePush(before: string): BaseCommit {
  return { kind: 'commit', commit: before, why: 'the commit before the push' };
}

/** Returns the base of a push that created a branch. */
export function ofNewBranch(branch: string | undefined, main: string | undefined): BaseCommit {
  if (main === undefined || branch === undefined || branch === main) return none('the branch is new');
  return { kind: 'fork-point', from: main, why: `the commit at which the new branch left ${main}` };
}
