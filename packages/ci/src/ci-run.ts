import type { Facts } from '@towpath/tags';

/** The git state of the workspace, if it is a clone. */
export interface Checkout {
  /** The commit of HEAD. */
  readonly commit: string;
  /** The branch of HEAD; absent if HEAD is detached. */
  readonly branch?: string;
}

/** A commit that a run may have checked out, with its names. */
export interface Source {
  /** The commits with these names. For a pull request, they are its head and the merge commit. */
  readonly commits: readonly string[];
  /** The commit to show to people. */
  readonly sha?: string;
  /** The full ref, e.g. `refs/heads/main`. */
  readonly ref?: string;
  readonly branch?: string;
  readonly tag?: string;
  /** The number of the pull request. */
  readonly pr?: string;
  readonly fromFork?: boolean;
}

/** A run as its CI system describes it. Each CI system has a file that reads it. */
export interface CiRun {
  /** `owner/name` of the source repository. */
  readonly repository?: string;
  /** The web address of the source repository. */
  readonly repositoryUrl?: string;
  /** The commit of the run itself. */
  readonly revision?: string;
  /** What the run has checked out, or what it checks out by default. */
  readonly source?: Source;
  /** Whether the sources come from a fork. GitHub gives such a run no secrets and no AWS credentials. */
  readonly fromFork: boolean;
  /** The URL of this run. */
  readonly run?: string;
  /** Who started this run. */
  readonly actor?: string;
  /** Facts about the run itself, not about its commit. */
  readonly facts: Facts;
}

/** The commit that the checked-out commit is compared with to find what changed. */
export type BaseCommit =
  /** The first parent of the checked-out merge commit, which the CI system made of `head` and the base branch. */
  | {
      readonly kind: 'first-parent';
      readonly head: string;
      readonly otherwise: string | undefined;
      readonly change: 'pull request' | 'merge request';
    }
  /** The last common commit of the checkout and this commit or branch. */
  | { readonly kind: 'fork-point'; readonly from: string; readonly why: string }
  | { readonly kind: 'commit'; readonly commit: string; readonly why: string }
  /** It is unknown. Everything counts as changed. */
  | { readonly kind: 'none'; readonly why: string };
