import { beforePush, none, ofNewBranch, ofTag } from './bases.ts';
import type { BaseCommit, Checkout } from './ci-run.ts';
import { isNoCommit } from './git-names.ts';
import { filled, type Environment } from './ci-system.ts';

/** The fields that are read from an event's payload (GitHub docs, "Webhook events and payloads"). */
interface Event {
  readonly before?: string;
  readonly repository?: { readonly default_branch?: string };
  readonly merge_group?: { readonly base_sha?: string };
  readonly pull_request?: {
    readonly merge_commit_sha?: string | null;
    readonly head?: { readonly sha?: string };
    readonly base?: { readonly sha?: string };
  };
}

/** Returns the base for the event of a run on GitHub. An event that names no earlier state of the same branch has none. */
export function gitHubBase(env: Environment, event: unknown, checkout: Checkout): BaseCommit {
  const payload = (event ?? {}) as Event;
  const name = env.GITHUB_EVENT_NAME;
  if (name === undefined || name === '') return none('the event of the run is unknown');
  if (name.startsWith('pull_request')) return ofPullRequest(env, payload, checkout);
  if (env.GITHUB_SHA !== undefined && env.GITHUB_SHA !== '' && checkout.commit !== env.GITHUB_SHA)
    return none(`the checked-out commit is not the one of the ${name} event`);
  if (name === 'merge_group') return ofMergeGroup(payload);
  if (name === 'push') return ofPush(env, payload);
  return none(`the event ${name} does not name a commit to compare with`);
}

function ofPullRequest(env: Environment, { pull_request: pull }: Event, { commit }: Checkout): BaseCommit {
  const [head, base] = [pull?.head?.sha, pull?.base?.sha];
  const isMerge =
    commit === pull?.merge_commit_sha ||
    (commit === env.GITHUB_SHA && env.GITHUB_EVENT_NAME !== 'pull_request_target');
  if (head !== undefined && commit === head && base !== undefined)
    return {
      kind: 'fork-point',
      from: base,
      why: 'the commit at which the pull request left its base branch',
    };
  // The base commit of the payload can be older than the one that GitHub merged.
  if (isMerge && head !== undefined)
    return { kind: 'first-parent', head, otherwise: base, change: 'pull request' };
  return none('the checked-out commit is not the one of the pull request');
}

function ofMergeGroup({ merge_group: group }: Event): BaseCommit {
  const commit = group?.base_sha;
  return commit === undefined || isNoCommit(commit)
    ? none('the event merge_group does not name its base')
    : { kind: 'commit', commit, why: 'the base of the merge group' };
}

function ofPush(env: Environment, { before = '', repository }: Event): BaseCommit {
  if (env.GITHUB_REF_TYPE === 'tag' || env.GITHUB_REF?.startsWith('refs/tags/') === true) return ofTag();
  if (!isNoCommit(before)) return beforePush(before);
  return ofNewBranch(filled(env.GITHUB_REF_NAME), filled(repository?.default_branch));
}
