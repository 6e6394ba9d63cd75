import type { DeploymentNote, NoteResult } from '@towpath/flow';
import type { Rest } from './rest.ts';

/** Pages of 100 deployments of one commit in one environment. */
const maxPages = 3;

/** The limit of a description (GitHub REST API, "Create a deployment status"). */
const maxDescription = 140;

/** The fields of a deployment that are read. */
interface Deployment {
  readonly id: number;
  readonly payload?: unknown;
}

/**
 * Creates a deployment with a successful status. If a response is lost, the second attempt finds the deployment by its
 * marker, and creates no other one.
 */
export async function writeDeployment(rest: Rest, note: DeploymentNote): Promise<NoteResult> {
  const { environment, description, page, url } = note;
  return rest.retry(async () => {
    const known = await findDeployment(rest, note);
    const id = known ?? (await createDeployment(rest, note));
    const status = await rest.call('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      deployment_id: id,
      state: 'success',
      environment,
      description: description.slice(0, maxDescription),
      // Earlier deployments of the environment become inactive.
      auto_inactive: true,
      ...(page !== undefined && { log_url: page }),
      ...(url !== undefined && { environment_url: url }),
    });
    return { kind: known === undefined ? 'created' : 'updated', url: page ?? urlOf(status) };
  });
}

async function createDeployment(rest: Rest, { environment, ref, marker, description }: DeploymentNote) {
  const created = await rest.call('POST /repos/{owner}/{repo}/deployments', {
    ref,
    environment,
    task: 'promote',
    description: description.slice(0, maxDescription),
    payload: { marker },
    // The images are in the environment already. Nothing is merged, and no check decides any more.
    auto_merge: false,
    required_contexts: [],
  });
  return (created as Deployment).id;
}

async function findDeployment(
  rest: Rest,
  { environment, ref, marker }: DeploymentNote,
): Promise<number | undefined> {
  const pages = rest.pages(
    'GET /repos/{owner}/{repo}/deployments',
    { environment, ref, task: 'promote' },
    maxPages,
  );
  for await (const one of pages) {
    const { id, payload } = one as Deployment;
    if ((payload as { readonly marker?: unknown } | null)?.marker === marker) return id;
  }
  return undefined;
}

function urlOf(response: unknown): string {
  return (response as { readonly url?: string } | null)?.url ?? '';
}
