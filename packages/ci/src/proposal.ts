import type { Environment } from './ci-facts.ts';

/** A change that nobody has merged yet: a pull request, or a group of a merge queue. */
export interface Proposal {
  /**
   * The number of the pull request, if GitHub keeps the caches of its runs apart from those of branches: it does so for
   * the event `pull_request` alone (GitHub docs, "Restrictions for accessing a cache").
   */
  readonly isolated?: string;
}

/** What is read of an event's payload (GitHub docs, "Webhook events and payloads"). */
interface Event {
  readonly number?: number;
  readonly pull_request?: object;
  readonly workflow_run?: { readonly event?: string };
}

/** Events that start a run for what is in the repository. Any other may be for a change that nobody has merged. */
const ofTheRepository = new Set([
  'push',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'release',
  'create',
]);

/** Branches that a merge queue makes of pull requests (GitHub docs, "Managing a merge queue"). */
const queueBranch = 'refs/heads/gh-readonly-queue/';

/**
 * Whether a run may build a change that nobody has merged yet. What it writes must not reach the builds of a branch.
 *
 * @param pr the number of the pull request that is checked out
 * @param isOther whether the commit that is checked out is another than the run's
 * @returns undefined for a run of the repository itself
 */
export function proposalOf(
  env: Environment,
  event: unknown,
  { pr, fromFork, isOther }: { readonly pr?: string; readonly fromFork: boolean; readonly isOther: boolean },
): Proposal | undefined {
  const { GITHUB_EVENT_NAME: name, GITHUB_REF = '' } = env;
  const { number, pull_request: pull, workflow_run: trigger } = (event ?? {}) as Event;
  if (name === 'pull_request') return { isolated: number?.toString() ?? pr };
  const isOfRepository = (one: string | undefined) => one === undefined || ofTheRepository.has(one);
  const isTrusted =
    name === 'workflow_run'
      ? trigger?.event !== undefined && isOfRepository(trigger.event)
      : isOfRepository(name);
  const isChange =
    pr !== undefined ||
    fromFork ||
    isOther ||
    pull !== undefined ||
    GITHUB_REF.startsWith(queueBranch) ||
    env.CODEBUILD_WEBHOOK_EVENT?.startsWith('PULL_REQUEST') === true ||
    env.CHANGE_ID !== undefined;
  return isTrusted && !isChange ? undefined : {};
}
