import { ciSystem, type Environment } from './ci-system.ts';
import { isChangeOfGitLab } from './gitlab.ts';

/** An unmerged change: a pull request, a merge request, or a group of a merge queue. */
export interface Proposal {
  /**
   * The number of the pull request, if GitHub isolates the caches of its runs from those of branches. It does
   * so only for the event `pull_request` (GitHub docs, "Restrictions for accessing a cache").
   */
  readonly isolated?: string;
}

/** The fields that are read from an event's payload (GitHub docs, "Webhook events and payloads"). */
interface Event {
  readonly number?: number;
  readonly pull_request?: object;
  readonly workflow_run?: { readonly event?: string };
}

/** Events that start a run for the repository's own content. Any other event may be for an unmerged change. */
const ofTheRepository = new Set([
  'push',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'release',
  'create',
]);

/** The prefix of branches that a merge queue creates (GitHub docs, "Managing a merge queue"). */
const queueBranch = 'refs/heads/gh-readonly-queue/';

/**
 * Returns the unmerged change that a run may build. The run must not write to places that the builds of a
 * branch read.
 *
 * @param pr the number of the pull request that is checked out
 * @param isOther whether the commit that is checked out differs from the run's
 * @returns undefined for a run of the repository's own content
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
    (ciSystem(env) === 'gitlab' && isChangeOfGitLab(env)) ||
    env.CODEBUILD_WEBHOOK_EVENT?.startsWith('PULL_REQUEST') === true ||
    env.CHANGE_ID !== undefined;
  return isTrusted && !isChange ? undefined : {};
}
